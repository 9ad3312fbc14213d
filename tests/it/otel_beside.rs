//! What happens where tracing-opentelemetry's layer stays beside ours, while a service moves over: each
//! takes every `tracing` span, neither disturbs the other, and who wants one trace says so.

use std::sync::{Arc, Mutex};

use cruddur_trace::bridge::{otel, tracing::TracingLayer};
use cruddur_trace::observe;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;

#[observe]
fn handler(joins: bool) {
    let span = tracing::info_span!("library", otel.kind = "client", rows = 3);
    if joins {
        span.set_parent(otel::context()).expect("it is not started yet");
    }
    span.in_scope(|| {
        tracing::info!("asking");
        nested();
    });
}

#[observe]
fn nested() {
    tracing::info_span!("inner").in_scope(|| ());
}

/// Keeps what is exported.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

fn run(joins: bool) -> (cruddur_trace::testing::Captured, Vec<SpanData>) {
    let exporter = Kept::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let theirs = tracing_opentelemetry::layer().with_tracer(provider.tracer("beside"));
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new()).with(theirs);
    let (captured, ()) = tracing::subscriber::with_default(subscriber, || {
        Capture::new(Sampling::ALWAYS).run(|| handler(joins))
    });
    provider.force_flush().expect("a flush");
    let theirs = exporter.0.lock().expect("no panic").clone();
    (captured, theirs)
}

#[test]
fn both_take_every_span_once() {
    let (ours, theirs) = run(false);
    // Ours: one tree of observed functions and of the spans of the library.
    let (handler, library) = (ours.span("handler"), ours.span("library"));
    assert_eq!(library.parent_id, Some(handler.span_id));
    assert_eq!(ours.span("nested").parent_id, Some(library.span_id));
    assert_eq!(ours.span("inner").parent_id, Some(ours.span("nested").span_id));
    assert_eq!(library.attribute("rows"), Some(&3.into()));
    assert_eq!(library.events.len(), 1);
    assert_eq!(ours.spans().len(), 4);
    // Theirs: the spans of the library alone, in a trace of its own.
    let names: Vec<_> = theirs.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["inner", "library"]);
    assert_eq!(theirs[0].parent_span_id, theirs[1].span_context.span_id());
    assert_eq!(theirs[1].parent_span_id, opentelemetry::SpanId::INVALID);
    assert_ne!(theirs[1].span_context.trace_id().to_string(), library.trace_id.to_string());
    assert_eq!(theirs[1].events.len(), 1);
}

#[test]
fn a_parent_from_our_context_makes_it_one_trace() {
    let (ours, theirs) = run(true);
    let handler = ours.span("handler");
    let library = theirs.iter().find(|span| span.name == "library").expect("theirs");
    assert_eq!(library.span_context.trace_id().to_string(), handler.trace_id.to_string());
    assert_eq!(library.parent_span_id.to_string(), handler.span_id.to_string());
    // And ours is as before.
    assert_eq!(ours.span("library").parent_id, Some(handler.span_id));
}
