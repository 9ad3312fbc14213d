//! What a trace starts from in this process, and what its sampler is told.

use crate::record::{Callsite, SpanId, SpanKind, TraceFlags, TraceId};

/// A span of another process that a trace goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteParent {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The W3C flags that came with it.
    pub flags: TraceFlags,
}

impl RemoteParent {
    /// A span of another process.
    #[must_use]
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self { trace_id, span_id, flags }
    }
}

/// What is known of a trace when it begins in this process, for the sampler.
#[derive(Debug)]
#[non_exhaustive]
pub struct RootStart<'a> {
    /// The trace: continued, or new.
    pub trace_id: TraceId,
    /// Where it goes on from.
    pub parent: Option<&'a RemoteParent>,
    /// The root span's name.
    pub name: &'a str,
    /// The root span's kind.
    pub kind: SpanKind,
    /// The place in the code that starts it.
    pub callsite: &'static Callsite,
}
