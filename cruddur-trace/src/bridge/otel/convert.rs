//! The API's words and ours, one for the other.

use opentelemetry::trace::{SpanContext, SpanKind as OtelKind, TraceState};
use opentelemetry::{Array, KeyValue, Value as OtelValue};

use crate::record::{Attribute, Link, SpanId, SpanKind, TraceFlags, TraceId, TraceLink, Value};
use crate::span::RemoteParent;

pub(super) fn to_otel(link: &TraceLink, state: Option<&str>, is_remote: bool) -> SpanContext {
    let state = state.and_then(|state| state.parse::<TraceState>().ok()).unwrap_or_default();
    SpanContext::new(
        opentelemetry::TraceId::from_bytes(link.trace_id.to_bytes()),
        opentelemetry::SpanId::from_bytes(link.span_id.to_bytes()),
        opentelemetry::TraceFlags::new(link.trace_flags.to_byte()),
        is_remote,
        state,
    )
}

pub(super) fn remote_of(context: &SpanContext) -> Option<RemoteParent> {
    let trace_id = TraceId::from_bytes(context.trace_id().to_bytes())?;
    let span_id = SpanId::from_bytes(context.span_id().to_bytes())?;
    let flags = TraceFlags::from_byte(context.trace_flags().to_u8());
    Some(RemoteParent::new(trace_id, span_id, flags))
}

pub(super) fn link_of(context: &SpanContext, attributes: Vec<KeyValue>) -> Option<Link> {
    let RemoteParent { trace_id, span_id, flags: trace_flags } = remote_of(context)?;
    let attributes = attributes.into_iter().map(attribute_of).collect();
    Some(Link { trace_id, span_id, trace_flags, attributes })
}

pub(super) const fn kind_of(kind: &OtelKind) -> SpanKind {
    match kind {
        OtelKind::Client => SpanKind::Client,
        OtelKind::Server => SpanKind::Server,
        OtelKind::Producer => SpanKind::Producer,
        OtelKind::Consumer => SpanKind::Consumer,
        OtelKind::Internal => SpanKind::Internal,
    }
}

pub(super) fn attribute_of(attribute: KeyValue) -> Attribute {
    Attribute::new(attribute.key.to_string(), value_of(attribute.value))
}

fn value_of(value: OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => value.into(),
        OtelValue::I64(value) => value.into(),
        OtelValue::F64(value) => value.into(),
        OtelValue::String(value) => value.as_str().to_owned().into(),
        OtelValue::Array(Array::Bool(values)) => values.into(),
        OtelValue::Array(Array::I64(values)) => values.into(),
        OtelValue::Array(Array::F64(values)) => values.into(),
        OtelValue::Array(Array::String(values)) => {
            values.iter().map(|value| value.as_str().to_owned()).collect::<Vec<_>>().into()
        }
        other => other.to_string().into(),
    }
}
