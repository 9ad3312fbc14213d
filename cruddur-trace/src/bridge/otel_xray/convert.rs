//! The SDK's spans as records.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanKind as OtelKind, Status as OtelStatus};
use opentelemetry::{Array, KeyValue, Value as OtelValue};
use opentelemetry_sdk::trace::SpanData;

use crate::record::{
    Attribute, Callsite, Link, Outcome, Resource, SpanEvent, SpanId, SpanKind, SpanRecord, Status,
    TraceFlags, TraceId, UnixNanos, Value,
};

/// The SDK does not say where in the code a span was made.
static ELSEWHERE: Callsite = Callsite::new("", "", "", "", 0);

fn nanos(time: SystemTime) -> UnixNanos {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

pub(super) fn value(value: OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => Value::Bool(value),
        OtelValue::I64(value) => Value::I64(value),
        OtelValue::F64(value) => Value::F64(value),
        OtelValue::String(text) => Value::from(text.as_str().to_owned()),
        OtelValue::Array(Array::Bool(list)) => Value::from(list),
        OtelValue::Array(Array::I64(list)) => {
            Value::Array(list.into_iter().map(Value::I64).collect())
        }
        OtelValue::Array(Array::F64(list)) => Value::from(list),
        OtelValue::Array(Array::String(list)) => {
            Value::Array(list.iter().map(|it| Value::from(it.as_str().to_owned())).collect())
        }
        // The enum may grow.
        other => Value::from(other.to_string()),
    }
}

fn attributes(list: Vec<KeyValue>) -> Vec<Attribute> {
    list.into_iter()
        .map(|pair| Attribute::new(pair.key.as_str().to_owned(), value(pair.value)))
        .collect()
}

/// A span; `None` if its ids are zero, which no span has that the SDK made.
pub(super) fn record(span: SpanData) -> Option<SpanRecord> {
    let context = &span.span_context;
    let (dropped_events, dropped_links) = (span.events.dropped_count, span.links.dropped_count);
    let is_failure = matches!(span.status, OtelStatus::Error { .. });
    let trace_state = context.trace_state().header();
    Some(SpanRecord {
        trace_id: TraceId::from_bytes(context.trace_id().to_bytes())?,
        span_id: SpanId::from_bytes(context.span_id().to_bytes())?,
        parent_id: SpanId::from_bytes(span.parent_span_id.to_bytes()),
        parent_is_remote: span.parent_span_is_remote,
        trace_flags: TraceFlags::from_byte(context.trace_flags().to_u8()),
        trace_state: (!trace_state.is_empty()).then(|| trace_state.into()),
        name: span.name,
        kind: match span.span_kind {
            OtelKind::Server => SpanKind::Server,
            OtelKind::Client => SpanKind::Client,
            OtelKind::Producer => SpanKind::Producer,
            OtelKind::Consumer => SpanKind::Consumer,
            OtelKind::Internal => SpanKind::Internal,
        },
        start: nanos(span.start_time),
        end: nanos(span.end_time.max(span.start_time)),
        callsite: &ELSEWHERE,
        attributes: attributes(span.attributes),
        dropped_attributes: span.dropped_attributes_count,
        events: span
            .events
            .events
            .into_iter()
            .map(|event| SpanEvent {
                name: event.name,
                time: nanos(event.timestamp),
                attributes: attributes(event.attributes),
            })
            .collect(),
        dropped_events,
        links: span
            .links
            .links
            .into_iter()
            .filter_map(|link| {
                Some(Link {
                    trace_id: TraceId::from_bytes(link.span_context.trace_id().to_bytes())?,
                    span_id: SpanId::from_bytes(link.span_context.span_id().to_bytes())?,
                    trace_flags: TraceFlags::from_byte(link.span_context.trace_flags().to_u8()),
                    attributes: attributes(link.attributes),
                })
            })
            .collect(),
        dropped_links,
        outcome: if is_failure { Outcome::Error } else { Outcome::Ok },
        status: match span.status {
            OtelStatus::Unset => Status::Unset,
            OtelStatus::Ok => Status::Ok,
            OtelStatus::Error { description } => Status::Error { message: description },
        },
        error: None,
    })
}

pub(super) fn resource(resource: &opentelemetry_sdk::Resource) -> Resource {
    let mut made = Resource::default();
    for (key, found) in resource {
        made.set(key.as_str().to_owned(), value(found.clone()));
    }
    made
}
