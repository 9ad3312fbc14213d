//! Records as a service makes them: a request of eleven spans through the layer, a log line in it,
//! and the report of a failure; and the same spans as the OpenTelemetry SDK's data.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use cruddur_trace::errors::ErrorReport;
use cruddur_trace::record::{
    Fragment, LogRecord, Outcome, Sampling, Severity, SpanRecord, UnixNanos, Value,
};
use cruddur_trace::testing::{Capture, Captured, fix_ids, fix_times};
use cruddur_trace::{ObserveLayer, observe};
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tower::Service as _;

/// Spans of a request: the layer's, and ten nested ones.
pub const SPANS: u64 = 11;

/// When the request began: 2026-11-22T16:00:00Z.
const START: UnixNanos = UnixNanos(1_795_363_200_000_000_000);

#[observe(name = "get-activities", fields(depth = depth, app.userId = "andrewbrown"))]
fn nested(depth: u64) -> Result<u64, std::num::ParseIntError> {
    if depth == 1 { "4".parse() } else { nested(depth - 1) }
}

#[observe(name = "get-activities", fields(depth = depth, app.userId = "andrewbrown"))]
fn failing(depth: u64) -> Result<u64, std::num::ParseIntError> {
    if depth == 1 { "four".parse() } else { failing(depth - 1) }
}

/// Spans with the ids and times of every run.
#[must_use]
pub fn request() -> Arc<Fragment> {
    let captured = serve("/api/activities/7?page=2");
    let mut fragment = captured.fragments().first().expect("one request").clone();
    assert_eq!(fragment.spans.len() as u64, SPANS);
    fix_times(&mut fragment, START);
    Arc::new(fragment)
}

/// The report of a request that answers with 500.
#[must_use]
pub fn report() -> Arc<ErrorReport> {
    let captured = serve("/api/failing/7?page=2");
    Arc::new(captured.reports().first().expect("one report").clone())
}

/// A log line of that request.
#[must_use]
pub fn log_record(fragment: &Fragment) -> LogRecord {
    let mut record = LogRecord::new(7, START, Severity::Info, "get home activities".to_owned());
    record.target = "cruddur::home".into();
    record.attributes = fragment.spans[1].attributes.clone();
    record.place = Some(("src/home.rs".into(), 12));
    record.request_id = Some("01930c1f-2b7a-7c3e-9f1d-3a5b7c9d1e2f".into());
    record.user_id = Some("andrewbrown".into());
    record
}

fn serve(target: &str) -> Captured {
    let mut app = Router::new()
        .route(
            "/api/activities/{id}",
            get(async |Path(_): Path<u64>| {
                nested(SPANS - 1).map(|found| found.to_string()).map_err(internal)
            }),
        )
        .route(
            "/api/failing/{id}",
            get(async |Path(_): Path<u64>| {
                failing(SPANS - 1).map(|found| found.to_string()).map_err(internal)
            }),
        )
        .layer(ObserveLayer::new());
    let request = Request::get(format!("http://127.0.0.1:4567{target}"))
        .header("host", "127.0.0.1:4567")
        .header("user-agent", "benches/1.0")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .body(Body::empty())
        .expect("a request");
    let _ids = fix_ids(1);
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, ()) = capture.run(|| {
        let answer = crate::block_on(app.call(request)).expect("no service here fails");
        let body = crate::block_on(axum::body::to_bytes(answer.into_body(), 4_096));
        body.expect("a body");
    });
    captured
}

#[allow(clippy::needless_pass_by_value, reason = "what `map_err` wants")]
fn internal(error: std::num::ParseIntError) -> (axum::http::StatusCode, String) {
    (axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// A span in the terms of the OpenTelemetry SDK.
#[must_use]
pub fn span_data(span: &SpanRecord, scope: &InstrumentationScope) -> SpanData {
    let flags = opentelemetry::TraceFlags::new(span.trace_flags.to_byte());
    let (trace_id, span_id) = (span.trace_id.bits().into(), span.span_id.bits().into());
    let mut attributes: Vec<KeyValue> = span
        .attributes
        .iter()
        .map(|it| KeyValue::new(it.key.to_string(), value(&it.value)))
        .collect();
    if span.callsite.now && span.attribute("app.now").is_none() {
        attributes.push(KeyValue::new("app.now", span.start.to_string()));
    }
    SpanData {
        span_context: SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE),
        parent_span_id: opentelemetry::trace::SpanId::from_bytes(
            span.parent_id.map_or([0; 8], cruddur_trace::record::SpanId::to_bytes),
        ),
        parent_span_is_remote: span.parent_is_remote,
        span_kind: match span.kind {
            cruddur_trace::SpanKind::Server => SpanKind::Server,
            _ => SpanKind::Internal,
        },
        name: span.name.to_string().into(),
        start_time: UNIX_EPOCH + Duration::from_nanos(span.start.0),
        end_time: UNIX_EPOCH + Duration::from_nanos(span.end.0),
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: match span.outcome {
            Outcome::Error => Status::error("failed"),
            _ => Status::Unset,
        },
        instrumentation_scope: scope.clone(),
    }
}

fn value(value: &Value) -> opentelemetry::Value {
    match value {
        Value::Bool(it) => (*it).into(),
        Value::I64(it) => (*it).into(),
        Value::F64(it) => (*it).into(),
        Value::Str(it) => it.to_string().into(),
        Value::Array(items) => {
            let texts = items.iter().map(|it| StringValue::from(it.to_string()));
            opentelemetry::Value::Array(Array::String(texts.collect()))
        }
        other => unreachable!("no span here has {other:?}"),
    }
}
