//! Row 4: what encoding costs, by itself: OTLP, X-Ray, a log line, a Rollbar item.
//!
//! All variants of a table are given the same spans: requests of eleven, as the layer and
//! `#[observe]` make them, in a batch as it goes over the wire.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;

use benches::measure::{Figure, Variant, measure, print_table};
use benches::records::{SPANS, log_record, report, request, span_data};
use benches::settings::{OTEL_EXPORT_BATCH, amount, rounds};
use benches::{machine, results};
use cruddur_trace::encoders::{Otlp, Rollbar, Xray, log_line};
use cruddur_trace::record::{Attribute, Fragment, LogRecord, SpanRecord, Value};
use opentelemetry::InstrumentationScope;
use opentelemetry_aws::xray_exporter::SegmentTranslator;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::trace::v1 as proto;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

const SERVICE: &str = "cruddur-backend";
const OURS: &str = "cruddur-trace";

fn main() {
    println!("{}", machine::describe());
    let (rounds, batches) = (rounds(25), amount(10, 1));
    let fragments = vec![request(); OTEL_EXPORT_BATCH / SPANS as usize];
    otlp(&fragments, rounds, batches);
    xray(&fragments, rounds, batches);
    log_lines(&log_record(&fragments[0]), rounds, batches * 100);
    items(rounds, batches * 100);
}

/// Time and bytes for one of so many records in each unit of work.
fn table(title: &str, record: &str, records: u64, figures: Vec<Figure>, bytes: &[(&str, usize)]) {
    let each = |figure: Figure| Figure {
        nanos: figure.nanos / records as f64,
        spread: figure.spread / records as f64,
        ..figure
    };
    let figures: Vec<_> = figures.into_iter().map(each).collect();
    print_table("encode", title, record, OURS, &figures);
    let bytes: Vec<_> = bytes
        .iter()
        .map(|(name, bytes)| {
            let bytes = *bytes as f64 / records as f64;
            results::add("encode", title, name, &format!("bytes / {record}"), bytes, 0.0);
            format!("{name} {bytes:.0}")
        })
        .collect();
    println!("\nBytes / {record}: {}.", bytes.join(", "));
}

fn otlp(fragments: &[Arc<Fragment>], rounds: usize, batches: u64) {
    let spans: Vec<&SpanRecord> = fragments.iter().flat_map(|it| &it.spans).collect();
    let mut ours = Otlp::new(SERVICE).expect("an encoder");
    let our_bodies = ours.encode(fragments);
    let made = ExportTraceServiceRequest::decode(our_bodies[0].clone()).expect("valid OTLP");
    let resource = made.resource_spans[0].resource.clone();
    let scope = made.resource_spans[0].scope_spans[0].scope.clone();
    let convert = || ExportTraceServiceRequest {
        resource_spans: vec![proto::ResourceSpans {
            resource: resource.clone(),
            scope_spans: vec![proto::ScopeSpans {
                scope: scope.clone(),
                spans: spans.iter().map(|span| message(span)).collect(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    assert_eq!(convert(), made, "both write the same spans");

    let data = sdk_spans(&spans);
    let about = ResourceAttributesWithSchema::default();
    let copies = RefCell::new(Vec::new());
    let refill = || copies.borrow_mut().resize(batches as usize, data.clone());
    refill();
    let theirs = |spans: Vec<SpanData>| {
        let resource_spans = group_spans_by_resource_and_scope(spans, &about);
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    };
    let sizes = [
        (OURS, our_bodies.iter().map(prost::bytes::Bytes::len).sum()),
        ("opentelemetry-proto", theirs(data.clone()).len()),
    ];
    let mut variants = [
        Variant::new(OURS, |count| {
            (0..count).for_each(|_| drop(black_box(ours.encode(black_box(fragments)))));
        }),
        Variant::new("the same records as prost messages, encoded", |count| {
            (0..count).for_each(|_| drop(black_box(convert().encode_to_vec())));
        }),
        Variant::new("prost alone, its messages being there", |count| {
            (0..count).for_each(|_| drop(black_box(black_box(&made).encode_to_vec())));
        }),
        Variant::new("opentelemetry-proto from the SDK's spans, and prost", |count| {
            for _ in 0..count {
                let spans = copies.borrow_mut().pop().expect("one for each");
                drop(black_box(theirs(spans)));
            }
        })
        .settle(refill),
    ];
    let figures = measure(&mut variants, rounds, batches);
    drop(variants);
    table("OTLP request", "span", spans.len() as u64, figures, &sizes);
}

fn sdk_spans(spans: &[&SpanRecord]) -> Vec<SpanData> {
    let scope = InstrumentationScope::builder("cruddur-trace").build();
    spans.iter().map(|span| span_data(span, &scope)).collect()
}

/// One span as opentelemetry-proto's message.
fn message(span: &SpanRecord) -> proto::Span {
    let mut attributes: Vec<_> = span.attributes.iter().map(attribute).collect();
    if span.callsite.now && span.attribute("app.now").is_none() {
        attributes.push(attribute(&Attribute::new("app.now", span.start.to_string())));
    }
    proto::Span {
        trace_id: span.trace_id.to_bytes().to_vec(),
        span_id: span.span_id.to_bytes().to_vec(),
        trace_state: span.trace_state.as_deref().unwrap_or_default().to_owned(),
        parent_span_id: span.parent_id.map_or(Vec::new(), |it| it.to_bytes().to_vec()),
        flags: u32::from(span.trace_flags.to_byte())
            | 0x100
            | if span.parent_is_remote { 0x200 } else { 0 },
        name: span.name.to_string(),
        kind: match span.kind {
            cruddur_trace::SpanKind::Server => 2,
            _ => 1,
        },
        start_time_unix_nano: span.start.0,
        end_time_unix_nano: span.end.0,
        attributes,
        ..Default::default()
    }
}

fn attribute(attribute: &Attribute) -> common::KeyValue {
    common::KeyValue {
        key: attribute.key.to_string(),
        value: Some(any_value(&attribute.value)),
        ..Default::default()
    }
}

fn any_value(value: &Value) -> common::AnyValue {
    use common::any_value::Value as Any;
    let value = match value {
        Value::Bool(it) => Any::BoolValue(*it),
        Value::I64(it) => Any::IntValue(*it),
        Value::F64(it) => Any::DoubleValue(*it),
        Value::Str(it) => Any::StringValue(it.to_string()),
        Value::Array(items) => {
            Any::ArrayValue(common::ArrayValue { values: items.iter().map(any_value).collect() })
        }
        other => unreachable!("no span here has {other:?}"),
    };
    common::AnyValue { value: Some(value) }
}

fn xray(fragments: &[Arc<Fragment>], rounds: usize, batches: u64) {
    let spans: Vec<&SpanRecord> = fragments.iter().flat_map(|it| &it.spans).collect();
    let ours = Xray::new(SERVICE);
    let documents = ours.encode(fragments);
    let requests: Vec<Vec<SpanData>> =
        fragments.iter().map(|it| sdk_spans(&it.spans.iter().collect::<Vec<_>>())).collect();
    // It refuses trace ids that don't begin with the time, as the one of this request does not.
    let mut translator = SegmentTranslator::new()
        .skip_timestamp_validation()
        .metadata_all_attrs()
        .always_nest_subsegments();
    translator.set_resource(&Resource::builder_empty().with_service_name(SERVICE).build());
    let theirs = || -> usize {
        let one = |spans: &Vec<SpanData>| {
            translator.translate_spans(spans).iter().map(|it| it.to_bytes().len()).sum::<usize>()
        };
        requests.iter().map(one).sum()
    };
    let values: Vec<serde_json::Value> =
        documents.iter().map(|it| serde_json::from_slice(it).expect("JSON")).collect();
    let sizes = [(OURS, documents.iter().map(Vec::len).sum()), ("opentelemetry-aws", theirs())];
    let mut variants = [
        Variant::new(OURS, |count| {
            (0..count).for_each(|_| drop(black_box(ours.encode(black_box(fragments)))));
        }),
        Variant::new("opentelemetry-aws", |count| {
            for _ in 0..count {
                let _ = black_box(theirs());
            }
        }),
        Variant::new("serde_json alone, the same documents being there", |count| {
            for _ in 0..count {
                for value in &values {
                    drop(black_box(serde_json::to_vec(black_box(value))));
                }
            }
        }),
    ];
    let figures = measure(&mut variants, rounds, batches);
    table("X-Ray segment documents", "span", spans.len() as u64, figures, &sizes);
}

/// The line's fields, for serde.
struct Line<'a>(&'a LogRecord);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &record.time.to_string())?;
        map.serialize_entry("level", record.severity.as_str())?;
        map.serialize_entry("message", &record.body)?;
        map.serialize_entry("target", &*record.target)?;
        map.serialize_entry("service", SERVICE)?;
        if let Some(trace) = &record.trace {
            let bits = trace.trace_id.bits();
            map.serialize_entry("trace_id", &trace.trace_id.to_string())?;
            map.serialize_entry("span_id", &trace.span_id.to_string())?;
            map.serialize_entry("trace_flags", &format!("{:02x}", trace.trace_flags.to_byte()))?;
            let xray = format!("1-{:08x}-{:024x}", bits >> 96, bits & ((1 << 96) - 1));
            map.serialize_entry("xray_trace_id", &xray)?;
        }
        map.serialize_entry("request_id", record.request_id.as_deref().unwrap_or_default())?;
        map.serialize_entry("user_id", record.user_id.as_deref().unwrap_or_default())?;
        if let Some((file, line)) = &record.place {
            map.serialize_entry("file", &**file)?;
            map.serialize_entry("line", line)?;
        }
        map.serialize_entry("log_id", &record.log_id)?;
        for attribute in &record.attributes {
            match &attribute.value {
                Value::Bool(it) => map.serialize_entry(&*attribute.key, it)?,
                Value::I64(it) => map.serialize_entry(&*attribute.key, it)?,
                Value::F64(it) => map.serialize_entry(&*attribute.key, it)?,
                Value::Str(it) => map.serialize_entry(&*attribute.key, it)?,
                other => unreachable!("no line here has {other:?}"),
            }
        }
        map.end()
    }
}

fn log_lines(record: &LogRecord, rounds: usize, lines: u64) {
    let ours = log_line(record, SERVICE);
    let theirs = serde_json::to_string(&Line(record)).expect("JSON");
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(parsed(&ours), parsed(&theirs), "both write the same line");
    let mut variants = [
        Variant::new(OURS, |count| {
            (0..count).for_each(|_| drop(black_box(log_line(black_box(record), SERVICE))));
        }),
        Variant::new("serde_json", |count| {
            let line = || serde_json::to_string(&Line(black_box(record)));
            (0..count).for_each(|_| drop(black_box(line())));
        }),
    ];
    let figures = measure(&mut variants, rounds, lines);
    let sizes = [(OURS, ours.len()), ("serde_json", theirs.len())];
    table("Log line for CloudWatch Logs", "line", 1, figures, &sizes);
}

fn items(rounds: usize, count: u64) {
    let report = report();
    let ours = Rollbar::new(SERVICE);
    let body = ours.encode(&report);
    let value: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let mut variants = [
        Variant::new(OURS, |count| {
            (0..count).for_each(|_| drop(black_box(ours.encode(black_box(&report)))));
        }),
        Variant::new("serde_json: the same item as a value, copied and written", |count| {
            for _ in 0..count {
                drop(black_box(serde_json::to_vec(&black_box(&value).clone())));
            }
        }),
        Variant::new("serde_json alone, the value being there", |count| {
            (0..count).for_each(|_| drop(black_box(serde_json::to_vec(black_box(&value)))));
        }),
    ];
    let figures = measure(&mut variants, rounds, count);
    table("Rollbar item", "item", 1, figures, &[(OURS, body.len())]);
}
