//! Where this thread is in a trace, as others are told: other processes, log lines, reports.

use std::sync::Arc;

use super::current::{position, seed, with_arena};
use super::position::{ANCHOR, Mode, Position, span_id};
use super::sampling_table;
use super::scope::{Caller, Scope};
use crate::record::{Sampling, SpanId, TraceFlags, TraceId, TraceLink};

/// The current position in a trace, as it is sent to other processes and put on log lines.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The current span; below a dropped root, the root.
    pub span_id: SpanId,
    /// The W3C flags that go out.
    pub flags: TraceFlags,
    /// Whether spans are recorded.
    pub is_recording: bool,
    /// What was decided at the root.
    pub sampling: Sampling,
    /// What the request shares; `None` where nobody gave a scope, and in a bare `tokio::spawn`.
    pub scope: Option<Arc<Scope>>,
}

impl TraceContext {
    /// The W3C `tracestate` that is sent on.
    #[must_use]
    pub fn trace_state(&self) -> Option<&Arc<str>> {
        self.scope.as_ref()?.trace_state()
    }

    /// The ids and flags alone.
    #[must_use]
    pub const fn link(&self) -> TraceLink {
        TraceLink { trace_id: self.trace_id, span_id: self.span_id, trace_flags: self.flags }
    }
}

/// Where this thread is in a trace; `None` outside of any.
#[must_use]
pub fn current() -> Option<TraceContext> {
    let position = position();
    let trace_id = position.trace_id()?;
    let scope = with_arena(position.seed, |arena| arena.scope().cloned()).flatten();
    Some(TraceContext {
        trace_id,
        span_id: span_id_at(&position),
        flags: flags_at(&position),
        is_recording: position.mode == Mode::Record,
        sampling: sampling_table::decision(position.sampling),
        scope,
    })
}

/// The ids and flags of the current span: what a log line needs, without the scope.
#[must_use]
pub fn current_link() -> Option<TraceLink> {
    let position = position();
    let trace_id = position.trace_id()?;
    let (span_id, trace_flags) = (span_id_at(&position), flags_at(&position));
    Some(TraceLink { trace_id, span_id, trace_flags })
}

/// Who made the request that is handled here; `None` if no layer observes it.
#[cfg_attr(not(feature = "tower"), allow(dead_code))]
pub(crate) fn current_caller() -> Option<Caller> {
    with_arena(seed(), |arena| arena.request_of)?
}

fn span_id_at(position: &Position) -> SpanId {
    let index = position.index;
    let active = with_arena(position.seed, |arena| arena.span_id(index));
    let own_index = if index == ANCHOR { 0 } else { index };
    active.unwrap_or_else(|| span_id(position.seed, own_index))
}

fn flags_at(position: &Position) -> TraceFlags {
    sampling_table::flags(position.sampling, position.random)
}
