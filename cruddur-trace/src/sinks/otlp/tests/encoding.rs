//! What leaves, read by opentelemetry-proto's own types.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::pipeline::fixtures;
use crate::record::{
    Attribute, Callsite, ErrorChain, Exemplar, HistogramPoint, Link, LogRecord, Metric, MetricData,
    MetricsSnapshot, NumberPoint, Outcome, Sampling, Severity, SpanEvent, SpanId, SpanKind,
    SpanRecord, Status, TraceFlags, TraceId, TraceLink,
};
use crate::sinks::otlp::*;

pub(super) fn otlp() -> Otlp {
    let mut resource = Resource::default();
    resource.set("service.name", "cruddur-backend");
    let settings = OtlpSettings::tee("otlp", "http://127.0.0.1:1");
    Otlp::new(&settings, &resource).expect("valid settings")
}

pub(super) fn traces(request: &OtlpRequest) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest::decode(request.body.clone()).expect("valid protobuf")
}

pub(super) fn encode(sink: &mut Otlp, batch: Batch) -> Encoded<OtlpRequest> {
    sink.encode(batch, UnixNanos(0))
}

fn encode_span(span: SpanRecord, sampling: Sampling) -> Span {
    let fragment = Arc::new(Fragment::new(span.trace_id, vec![span], sampling));
    let batch = Batch { fragments: vec![fragment], ..Batch::default() };
    let encoded = encode(&mut otlp(), batch);
    assert_eq!((encoded.requests.len(), encoded.requests[0].records), (1, 1));
    let mut decoded = traces(&encoded.requests[0].request);
    // Canonical: what prost writes of it is the same.
    assert_eq!(decoded.encode_to_vec(), encoded.requests[0].request.body);
    let mut spans = decoded.resource_spans.remove(0);
    let resource = spans.resource.take().expect("a resource");
    assert_eq!(shown(&resource.attributes), ["service.name=cruddur-backend"]);
    let mut scope = spans.scope_spans.remove(0);
    assert_eq!(scope.scope.take().expect("a scope").name, "cruddur-trace");
    scope.spans.remove(0)
}

fn shown(attributes: &[KeyValue]) -> Vec<String> {
    attributes.iter().map(|it| format!("{}={}", it.key, show(it.value.as_ref()))).collect()
}

fn show(value: Option<&opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    use any_value::Value as Any;
    match value.and_then(|it| it.value.as_ref()) {
        Some(Any::StringValue(text)) => text.clone(),
        Some(Any::BoolValue(value)) => value.to_string(),
        Some(Any::IntValue(value)) => format!("{value}i"),
        Some(Any::DoubleValue(value)) => format!("{value:?}"),
        Some(Any::ArrayValue(list)) => {
            let items: Vec<_> = list.values.iter().map(|it| show(Some(it))).collect();
            format!("[{}]", items.join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn bare() -> SpanRecord {
    fixtures::span(7, Outcome::Ok)
}

#[test]
fn a_full_span_is_read_as_it_was_written() {
    static CALLSITE: Callsite = Callsite::new("x", "x", "x", "x.rs", 1);
    let attributes = vec![
        Attribute::new("text", "käse"),
        Attribute::new("empty", ""),
        Attribute::new("number", -1),
        Attribute::new("zero", 0),
        Attribute::new("float", 1.5),
        Attribute::new("no", false),
        Attribute::new("list", vec!["a", "b"]),
        Attribute::new("long", "x".repeat(300)),
    ];
    let mut span = bare();
    span.callsite = &CALLSITE;
    span.parent_id = SpanId::new(5);
    span.parent_is_remote = true;
    span.trace_flags = TraceFlags::from_byte(3);
    span.trace_state = Some("ot=th:8".into());
    span.name = "get-activities".into();
    span.kind = SpanKind::Server;
    span.attributes = attributes;
    span.dropped_attributes = 2;
    let event = vec![Attribute::new("k", 1)];
    span.events = vec![SpanEvent { name: "e".into(), time: UnixNanos(9), attributes: event }];
    span.links = vec![Link {
        trace_id: TraceId::new(2).expect("not zero"),
        span_id: SpanId::new(3).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
        attributes: vec![],
    }];
    let read = encode_span(span, Sampling::ALWAYS);
    assert_eq!(read.trace_id, 1_u128.to_be_bytes());
    assert_eq!(
        (read.span_id, read.parent_span_id),
        (vec![0, 0, 0, 0, 0, 0, 0, 7], vec![0, 0, 0, 0, 0, 0, 0, 5])
    );
    assert_eq!((read.trace_state.as_str(), read.name.as_str()), ("ot=th:8", "get-activities"));
    assert_eq!((read.kind, read.flags), (2, 0x303));
    assert_eq!(
        (read.start_time_unix_nano, read.end_time_unix_nano),
        (1_000_000_000, 2_000_000_000)
    );
    assert_eq!((read.dropped_attributes_count, read.status), (2, None));
    let long = format!("long={}", "x".repeat(300));
    assert_eq!(
        shown(&read.attributes),
        [
            "text=käse",
            "empty=",
            "number=-1i",
            "zero=0i",
            "float=1.5",
            "no=false",
            "list=[a b]",
            &long,
            "app.now=1970-01-01T00:00:01.000000Z",
        ]
    );
    assert_eq!((read.events[0].name.as_str(), read.events[0].time_unix_nano), ("e", 9));
    assert_eq!(read.links[0].trace_id, 2_u128.to_be_bytes());
    assert_eq!(read.links[0].flags, 1);
}

#[test]
fn an_error_is_the_first_exception_event_with_its_causes() {
    let mut span = bare();
    span.outcome = Outcome::Error;
    let other = SpanEvent { name: "exception".into(), time: UnixNanos(1), attributes: vec![] };
    span.events = vec![other];
    let error = ErrorChain {
        class: "app::AppError".into(),
        message: "no feed".to_owned(),
        causes: vec!["store is gone".to_owned(), "disk full".to_owned()],
        place: Some(("src/home.rs", 7)),
        ..ErrorChain::default()
    };
    span.error = Some(Box::new(error));
    let read = encode_span(span, Sampling::ALWAYS);
    assert_eq!(read.events.len(), 2);
    assert_eq!(
        shown(&read.events[0].attributes),
        [
            "exception.type=app::AppError",
            "exception.message=no feed",
            "exception.stacktrace=app::AppError: no feed\n    at src/home.rs:7\nCaused by: store is \
         gone\nCaused by: disk full",
        ]
    );
    let status = read.status.expect("a status");
    assert_eq!((status.code, status.message.as_str()), (2, "no feed"));
}

#[test]
fn status_and_outcome_say_how_it_ended() {
    let check = |outcome, status: Status, code: Option<i32>, attribute: Option<&str>| {
        let mut span = bare();
        (span.outcome, span.status) = (outcome, status);
        let read = encode_span(span, Sampling::ALWAYS);
        assert_eq!(read.status.map(|status| status.code), code);
        let attributes = shown(&read.attributes);
        assert_eq!(attributes.first().map(String::as_str), attribute);
    };
    check(Outcome::Ok, Status::Unset, None, None);
    check(Outcome::Ok, Status::Ok, Some(1), None);
    check(Outcome::Ok, Status::Error { message: "".into() }, Some(2), None);
    check(Outcome::Panic, Status::Unset, Some(2), None);
    check(Outcome::Error, Status::Ok, Some(1), None);
    check(Outcome::Cancelled, Status::Unset, None, Some("cruddur.outcome=cancelled"));
    check(Outcome::Unfinished, Status::Unset, None, Some("cruddur.outcome=unfinished"));
}

#[test]
fn a_parent_in_this_process_is_known_not_to_be_remote() {
    assert_eq!(encode_span(bare(), Sampling::ALWAYS).flags, 0x101);
}

#[test]
fn the_sample_rate_is_there_when_a_trace_stands_for_more() {
    let rate = |rate| {
        let sampling = Sampling { rate, ..Sampling::ALWAYS };
        shown(&encode_span(bare(), sampling).attributes)
    };
    assert_eq!(rate(10.0), ["SampleRate=10i"]);
    assert_eq!(rate(1.0), [""; 0]);
}

#[test]
fn relayed_spans_keep_their_own_resource() {
    let mut browser = Fragment::clone(&fixtures::fragment(2, Outcome::Ok));
    let mut resource = Resource::default();
    resource.set("service.name", "cruddur-frontend");
    browser.resource = Some(Arc::new(resource));
    let fragments = vec![fixtures::fragment(1, Outcome::Ok), Arc::new(browser)];
    let encoded = encode(&mut otlp(), Batch { fragments, ..Batch::default() });
    let service = |index: usize| {
        let decoded = traces(&encoded.requests[index].request);
        shown(&decoded.resource_spans[0].resource.as_ref().expect("a resource").attributes)
    };
    assert_eq!(encoded.requests.len(), 2);
    assert_eq!(service(0), ["service.name=cruddur-backend"]);
    assert_eq!(service(1), ["service.name=cruddur-frontend"]);
}

#[test]
fn our_own_names_say_their_schema_and_those_of_a_browser_do_not() {
    let schemas = |resource: &Resource| {
        let sink = Otlp::new(&OtlpSettings::tee("otlp", "http://h"), resource);
        let fragments = vec![fixtures::fragment(1, Outcome::Ok)];
        let batch = Batch { fragments, ..Batch::default() };
        let encoded = encode(&mut sink.expect("valid settings"), batch);
        let decoded = traces(&encoded.requests[0].request);
        let resource = &decoded.resource_spans[0];
        [resource.schema_url.clone(), resource.scope_spans[0].schema_url.clone()]
    };
    let mut ours = Resource::default();
    ours.set("telemetry.sdk.name", "cruddur-trace");
    assert_eq!(schemas(&ours), ["https://opentelemetry.io/schemas/1.42.0"; 2]);
    let mut browser = Resource::default();
    browser.set("telemetry.sdk.name", "opentelemetry");
    assert_eq!(schemas(&browser), [""; 2]);
}

#[test]
fn a_log_record_is_read_as_it_was_written() {
    let mut log = LogRecord::new(1, UnixNanos(77), Severity::Warn, "get home activities".into());
    log.target = "app::home".into();
    log.attributes = vec![Attribute::new("count", 4)];
    log.trace = Some(TraceLink {
        trace_id: TraceId::new(1).expect("not zero"),
        span_id: SpanId::new(2).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
    });
    log.user_id = Some("andrewbrown".into());
    let encoded = encode(&mut otlp(), Batch { logs: vec![Arc::new(log)], ..Batch::default() });
    let body = &encoded.requests[0].request.body;
    let decoded = ExportLogsServiceRequest::decode(body.clone()).expect("valid protobuf");
    assert_eq!(decoded.encode_to_vec(), *body);
    let read = &decoded.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!((read.time_unix_nano, read.severity_number), (77, 13));
    assert_eq!(read.severity_text, "WARN");
    assert_eq!(show(read.body.as_ref()), "get home activities");
    assert_eq!((read.flags, read.span_id.as_slice()), (1, &[0, 0, 0, 0, 0, 0, 0, 2][..]));
    assert_eq!(
        shown(&read.attributes),
        ["count=4i", "log_id=1i", "log.target=app::home", "user.id=andrewbrown"]
    );
}

#[test]
fn metrics_are_read_as_they_were_written() {
    let exemplar = Exemplar {
        value: 0.3,
        time: UnixNanos(8),
        trace_id: TraceId::new(1).expect("not zero"),
        span_id: SpanId::new(2).expect("not zero"),
    };
    let histogram = HistogramPoint {
        attributes: vec![Attribute::new("http.route", "/x")],
        bounds: &[0.1, 0.5],
        counts: vec![1, 2, 0],
        sum: 0.9,
        exemplars: vec![exemplar],
    };
    let number = |value| NumberPoint { attributes: vec![], value };
    let metric = |name, data| Metric { name, unit: "s", description: "d", data };
    let snapshot = MetricsSnapshot {
        start: UnixNanos(1),
        time: UnixNanos(9),
        metrics: vec![
            metric("h", MetricData::Histogram(vec![histogram])),
            metric("c", MetricData::Counter(vec![number(5)])),
            metric("g", MetricData::Gauge(vec![number(-1), number(2)])),
        ],
    };
    let batch = Batch { metrics: Some(Arc::new(snapshot)), ..Batch::default() };
    let encoded = encode(&mut otlp(), batch);
    assert_eq!(encoded.requests[0].records, 4);
    let body = &encoded.requests[0].request.body;
    let decoded = ExportMetricsServiceRequest::decode(body.clone()).expect("valid protobuf");
    assert_eq!(decoded.encode_to_vec(), *body);
    let metrics = &decoded.resource_metrics[0].scope_metrics[0].metrics;
    let Some(metric::Data::Histogram(read)) = &metrics[0].data else { panic!("{:?}", metrics[0]) };
    assert_eq!(read.aggregation_temporality, 2);
    let point = &read.data_points[0];
    assert_eq!((point.count, point.sum), (3, Some(0.9)));
    assert_eq!(
        (&point.bucket_counts[..], &point.explicit_bounds[..]),
        (&[1, 2, 0][..], &[0.1, 0.5][..])
    );
    assert_eq!(point.exemplars[0].trace_id, 1_u128.to_be_bytes());
    let Some(metric::Data::Sum(read)) = &metrics[2].data else { panic!("{:?}", metrics[2]) };
    assert!(!read.is_monotonic);
    let value = number_data_point::Value::AsInt(-1);
    assert_eq!(read.data_points[0].value, Some(value));
}

#[test]
fn relayed_log_records_keep_their_own_resource() {
    let mut page = Resource::default();
    page.set("service.name", "cruddur-frontend");
    let page = Arc::new(page);
    let record = |id: u64, resource: Option<&Arc<Resource>>| {
        let mut record = LogRecord::new(id, UnixNanos(1), Severity::Info, "x".to_owned());
        record.resource = resource.map(Arc::clone);
        Arc::new(record)
    };
    let logs = vec![record(1, None), record(2, Some(&page)), record(3, None)];
    let encoded = encode(&mut otlp(), Batch { logs, ..Batch::default() });
    let told = encoded.requests.iter().map(|outgoing| {
        let request = ExportLogsServiceRequest::decode(outgoing.request.body.clone());
        let logs = &request.expect("valid protobuf").resource_logs[0];
        let resource = logs.resource.as_ref().expect("a resource");
        let service = resource.attributes.iter().find(|it| it.key == "service.name");
        let service = service.and_then(|it| it.value.clone()).and_then(|it| it.value);
        (service, logs.scope_logs[0].log_records.len(), outgoing.records)
    });
    let name = |text: &str| Some(any_value::Value::StringValue(text.to_owned()));
    let expected = [(name("cruddur-backend"), 2, 2), (name("cruddur-frontend"), 1, 1)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
