//! A column's name, and what a span has in it. The names are those Honeycomb gives to OTLP spans.

use std::borrow::Cow;

use crate::store::span::Span;
use crate::store::value::{Key, Value, hex};

/// A column, resolved once, so that a question over many spans compares no names of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    Duration,
    Name,
    TraceId,
    SpanId,
    ParentId,
    Service,
    Error,
    Kind,
    Status,
    StatusMessage,
    /// An attribute of the span, else of its resource, else of its first `exception` event.
    Attribute(Box<str>),
}

impl Column {
    const OWN: [(&'static str, Self); 10] = [
        ("duration_ms", Self::Duration),
        ("name", Self::Name),
        ("trace.trace_id", Self::TraceId),
        ("trace.span_id", Self::SpanId),
        ("trace.parent_id", Self::ParentId),
        ("service.name", Self::Service),
        ("error", Self::Error),
        ("span.kind", Self::Kind),
        ("status", Self::Status),
        ("status_message", Self::StatusMessage),
    ];

    pub(super) fn new(name: &str) -> Self {
        let own = Self::OWN.into_iter().find(|(own, _)| *own == name);
        own.map_or_else(|| Self::Attribute(name.into()), |(_, column)| column)
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Attribute(name) => name,
            own => Self::OWN.iter().find(|(_, column)| column == own).map_or("", |(name, _)| name),
        }
    }

    /// `None` when the span has no such column.
    pub(super) fn of<'a>(&self, span: &'a Span) -> Option<Cow<'a, Value>> {
        let text = |text: &str| Some(Cow::Owned(Value::Text(text.into())));
        match self {
            Self::Duration => Some(Cow::Owned(Value::Double(span.duration_ms()))),
            Self::Name => text(&span.name),
            Self::TraceId => text(&hex(&span.trace_id)),
            Self::SpanId => text(&hex(&span.span_id)),
            Self::ParentId if span.is_root() => None,
            Self::ParentId => text(&hex(&span.parent_id)),
            Self::Service => text(&span.sender.service),
            // Honeycomb sets it on failed spans only; elsewhere the sender's own stays.
            Self::Error if span.is_error() => Some(Cow::Owned(Value::Bool(true))),
            Self::Error => attribute(span, "error"),
            Self::Kind => text(span.kind),
            Self::Status => text(span.status),
            Self::StatusMessage if span.status_message.is_empty() => None,
            Self::StatusMessage => text(&span.status_message),
            Self::Attribute(name) => attribute(span, name),
        }
    }
}

fn attribute<'a>(span: &'a Span, name: &str) -> Option<Cow<'a, Value>> {
    let resource = || named(&span.sender.resource, name);
    // Honeycomb copies these from the first exception onto the span.
    let exception = || {
        let of_exceptions = name.starts_with("exception.");
        let first = span.events.iter().find(|event| of_exceptions && &*event.name == "exception");
        first.and_then(|event| named(&event.attributes, name))
    };
    let found = span.attribute(name).or_else(resource).or_else(exception)?;
    (*found != Value::Null).then_some(Cow::Borrowed(found))
}

fn named<'a>(attributes: &'a [(Key, Value)], name: &str) -> Option<&'a Value> {
    attributes.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
}
