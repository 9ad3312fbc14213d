//! Golden documents, the eleven faults, and the property that nothing is lost and nothing invalid.
//!
//! Every document is judged by the console's validator, which was written from the developer guide
//! and shares nothing with the encoder.

mod daemon;
mod fields;
mod golden;
mod poller;
mod properties;
mod sizes;
#[path = "../../../../../demo/console/src/receivers/xray/validate/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod validate;

use serde_json::Value as Json;

use crate::record::{
    Attribute, Callsite, Fragment, Outcome, Resource, Sampling, SpanId, SpanKind, SpanRecord,
    Status, TraceFlags, TraceId, UnixNanos, Value,
};

use super::{MAX_DOCUMENT_BYTES, Translator, XraySettings, documents};

static HERE: Callsite = Callsite::new(
    "home_notifications",
    "app::routes::notifications",
    "app::routes",
    "src/routes.rs",
    7,
);

const START: u64 = 1_795_363_200_000_000_000;

fn trace_id() -> TraceId {
    TraceId::new(0x6b02_f0c0_bd86_2e3f_e1be_46a9_9427_2793).expect("not zero")
}

fn span(id: u64, parent: Option<u64>, name: &'static str) -> SpanRecord {
    SpanRecord {
        trace_id: trace_id(),
        span_id: SpanId::new(id).expect("not zero"),
        parent_id: parent.and_then(SpanId::new),
        parent_is_remote: false,
        trace_flags: TraceFlags::SAMPLED,
        trace_state: None,
        name: name.into(),
        kind: SpanKind::Internal,
        start: UnixNanos(START),
        end: UnixNanos(START + 1_500_000),
        callsite: &HERE,
        attributes: Vec::new(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        outcome: Outcome::Ok,
        status: Status::Unset,
        error: None,
    }
}

fn with(mut span: SpanRecord, kind: SpanKind, attributes: &[(&'static str, Value)]) -> SpanRecord {
    span.kind = kind;
    span.attributes =
        attributes.iter().map(|(key, value)| Attribute::new(*key, value.clone())).collect();
    span
}

fn server(attributes: &[(&'static str, Value)]) -> SpanRecord {
    with(span(1, None, "GET /api/activities/notifications"), SpanKind::Server, attributes)
}

fn settings() -> XraySettings {
    let mut resource = Resource::default();
    resource.set("service.name", "cruddur-backend");
    XraySettings::new(resource)
}

/// The documents of one trace, each checked.
fn encode_with(settings: &XraySettings, spans: Vec<SpanRecord>) -> Vec<Json> {
    let fragment = Fragment::new(trace_id(), spans, Sampling::ALWAYS);
    let count = fragment.spans.len() as u64;
    let (found, lost) = documents(&Translator::new(settings), [&fragment], MAX_DOCUMENT_BYTES);
    assert_eq!(found.iter().map(|it| it.spans).sum::<u64>() + lost, count);
    found.iter().map(|document| checked(&document.bytes)).collect()
}

fn encode(spans: Vec<SpanRecord>) -> Vec<Json> {
    encode_with(&settings(), spans)
}

fn encode_one(span: SpanRecord) -> Json {
    let mut found = encode(vec![span]);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn checked(bytes: &[u8]) -> Json {
    assert!(bytes.len() <= MAX_DOCUMENT_BYTES, "{} bytes", bytes.len());
    match validate::validate(bytes) {
        Ok(valid) => {
            assert!(valid.unknown.is_empty(), "undocumented: {:?}", valid.unknown);
            Json::Object(valid.document)
        }
        Err(invalid) => panic!("{invalid:?}: {}", String::from_utf8_lossy(bytes)),
    }
}
