//! A finished span.

use std::sync::Arc;

use super::{
    Attribute, Callsite, ErrorChain, Key, Outcome, SpanId, SpanKind, Status, TraceFlags, TraceId,
    TraceLink, UnixNanos, Value,
};

/// A finished span, as every sink gets it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpanRecord {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The span that it is part of; `None` at the start of a trace.
    pub parent_id: Option<SpanId>,
    /// Whether that span is in another process.
    pub parent_is_remote: bool,
    /// The W3C flags of its trace.
    pub trace_flags: TraceFlags,
    /// The W3C `tracestate` of its trace, as it is sent on.
    pub trace_state: Option<Arc<str>>,
    /// What it is called.
    pub name: Key,
    /// What part it plays.
    pub kind: SpanKind,
    /// When it began.
    pub start: UnixNanos,
    /// When it ended; never before `start`.
    pub end: UnixNanos,
    /// Where in the code it was made.
    pub callsite: &'static Callsite,
    /// In the order in which they were set; a key stands once, with its last value.
    pub attributes: Vec<Attribute>,
    /// Attributes over the limit.
    pub dropped_attributes: u32,
    /// In the order in which they happened.
    pub events: Vec<SpanEvent>,
    /// Events over the limit.
    pub dropped_events: u32,
    /// Spans that it has to do with, beyond its parent.
    pub links: Vec<Link>,
    /// Links over the limit.
    pub dropped_links: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Its status in OpenTelemetry's terms.
    pub status: Status,
    /// The error that was recorded on it, with its causes: the first one if there were several.
    pub error: Option<Box<ErrorChain>>,
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanEvent {
    /// What happened.
    pub name: Key,
    /// When.
    pub time: UnixNanos,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
}

/// A span, perhaps of another trace, that this one has to do with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The flags that came with it.
    pub trace_flags: TraceFlags,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
}

impl SpanEvent {
    /// An event without attributes.
    #[must_use]
    pub fn new(name: impl Into<Key>, time: UnixNanos) -> Self {
        Self { name: name.into(), time, attributes: Vec::new() }
    }
}

/// A link without attributes.
impl From<TraceLink> for Link {
    fn from(span: TraceLink) -> Self {
        let TraceLink { trace_id, span_id, trace_flags } = span;
        Self { trace_id, span_id, trace_flags, attributes: Vec::new() }
    }
}

impl SpanRecord {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|found| &found.value)
    }

    /// Nanoseconds from start to end.
    #[must_use]
    pub fn duration_nanos(&self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Whether it failed: its outcome is an error or a panic, or its status says so.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Error | Outcome::Panic)
            || matches!(self.status, Status::Error { .. })
    }

    /// Bytes that it takes in a queue, about: what bounds are counted in.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let attributes =
            |list: &[Attribute]| -> usize { list.iter().map(Attribute::size_bytes).sum() };
        let status = match &self.status {
            Status::Error { message } => message.len(),
            Status::Unset | Status::Ok => 0,
        };
        let error = self.error.as_ref().map_or(0, |error| {
            error.message.len()
                + error.causes.iter().map(String::len).sum::<usize>()
                + error.backtrace.as_ref().map_or(0, String::len)
        });
        size_of::<Self>()
            + attributes(&self.attributes)
            + self.events.iter().map(|event| 64 + attributes(&event.attributes)).sum::<usize>()
            + self.links.iter().map(|link| 64 + attributes(&link.attributes)).sum::<usize>()
            + status
            + error
    }
}
