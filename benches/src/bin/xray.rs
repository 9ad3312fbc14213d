//! X-Ray: what a segment document costs, beside `opentelemetry-aws`, and a sampling decision.
//!
//! Both translators are given the same spans of the OpenTelemetry SDK: a request of one server span
//! with ten nested ones. Ours converts them to its own records first, which its own pipeline does
//! not have to do. Both consume a copy; copying alone is a row of its own.

use std::hint::black_box;

use benches::machine;
use benches::measure::{Figure, Variant, measure, print_table};
use cruddur_trace::bridge::otel_xray::XrayExporter;
use cruddur_trace::record::UnixNanos;
use cruddur_trace::sampling::xray::{
    CentralRules, LocalRules, RequestToSample, RulesPage, SampledService,
};
use opentelemetry::KeyValue;
use opentelemetry::trace::{
    Span as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider,
};
use opentelemetry_aws::xray_exporter::SegmentTranslator;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::json;

/// Spans of the request, with its root.
const SPANS: u64 = 11;
/// Rules that do not match, before the one that does.
const RULES: usize = 24;

fn main() {
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = rounds.unwrap_or(25);
    println!("{}", machine::describe());
    encoding(rounds);
    deciding(rounds);
}

fn request() -> Vec<SpanData> {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let tracer = provider.tracer("bench");
    let root = tracer
        .span_builder("GET /api/activities/home")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("url.path", "/api/activities/home"),
            KeyValue::new("server.address", "localhost"),
            KeyValue::new("http.response.status_code", 200),
        ])
        .start(&tracer);
    let context = opentelemetry::Context::new().with_span(root);
    for _ in 1..SPANS {
        let mut child = tracer.start_with_context("get-activities", &context);
        child.set_attribute(KeyValue::new("app.now", "2026-11-22T16:00:00.000000Z"));
        child.set_attribute(KeyValue::new("app.result_length", 4));
        child.end();
    }
    context.span().end();
    spans.get_finished_spans().unwrap_or_default()
}

fn encoding(rounds: usize) {
    let spans = request();
    let Ok(ours) = XrayExporter::new("127.0.0.1:2000") else { return };
    let ours = ours.segment_name("cruddur-backend");
    // It refuses trace ids that don't begin with the time, which the SDK's own don't; and it panics
    // where it refuses all spans of a batch.
    let mut theirs = SegmentTranslator::new()
        .skip_timestamp_validation()
        .metadata_all_attrs()
        .always_nest_subsegments();
    theirs.set_resource(&Resource::builder_empty().with_service_name("cruddur-backend").build());
    let bytes = |documents: &[Vec<u8>]| documents.iter().map(Vec::len).sum::<usize>() as u64;
    let (our_documents, _) = ours.documents(spans.clone());
    let translated = theirs.translate_spans(&spans);
    let mut their_documents: Vec<Vec<u8>> = Vec::new();
    for document in &translated {
        their_documents.push(document.to_bytes());
    }
    println!(
        "\nBytes a span: cruddur-trace {} in {} documents, opentelemetry-aws {} in {}",
        bytes(&our_documents) / SPANS,
        our_documents.len(),
        bytes(&their_documents) / SPANS,
        their_documents.len(),
    );
    let copy = |count: u64| (0..count).for_each(|_| drop(black_box(spans.clone())));
    let our_run =
        |count: u64| (0..count).for_each(|_| drop(black_box(ours.documents(spans.clone()))));
    let their_run = |count: u64| {
        for _ in 0..count {
            let spans = spans.clone();
            for document in theirs.translate_spans(&spans) {
                drop(black_box(document.to_bytes()));
            }
        }
    };
    let mut variants = [
        Variant::new("cruddur-trace", our_run),
        Variant::new("opentelemetry-aws", their_run),
        Variant::new("copying alone", copy),
    ];
    let per_span = |figure: Figure| Figure {
        nanos: figure.nanos / SPANS as f64,
        spread: figure.spread / SPANS as f64,
        ..figure
    };
    let figures: Vec<Figure> =
        measure(&mut variants, rounds, 50).into_iter().map(per_span).collect();
    print_table(
        "xray",
        "Segment documents of a request of 11 spans",
        "span",
        "cruddur-trace",
        &figures,
    );
}

fn deciding(rounds: usize) {
    let rule = |index: usize| {
        let path = if index < RULES { format!("/elsewhere/{index}/*") } else { "*".to_owned() };
        json!({"SamplingRule": {"RuleName": format!("rule-{index}"), "Version": 1,
            "Priority": index + 1, "FixedRate": 0.1, "ReservoirSize": 5, "URLPath": path,
            "ServiceName": "cruddur-backend"}})
    };
    let rules: Vec<_> = (0..=RULES).map(rule).collect();
    let page = json!({ "SamplingRuleRecords": rules }).to_string();
    let Some(page) = RulesPage::parse(page.as_bytes()) else { return };
    let service = SampledService { name: Some("cruddur-backend".into()), ..Default::default() };
    let central = CentralRules::new(service, LocalRules::default(), 1);
    let now = UnixNanos(1_795_363_200_000_000_000);
    central.replace(page.rules, now);
    let request = RequestToSample::new("localhost", "GET", "/api/activities/home");
    let run = |count: u64| {
        for index in 0..count {
            drop(black_box(central.decide(black_box(&request), now, index)));
        }
    };
    let figures = measure(&mut [Variant::new("cruddur-trace", run)], rounds, 10_000);
    print_table(
        "xray",
        "Sampling decision, 25 rules, the last of which matches",
        "decision",
        "cruddur-trace",
        &figures,
    );
}
