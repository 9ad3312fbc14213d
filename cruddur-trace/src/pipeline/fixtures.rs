//! Small records for the tests of the pipeline and the sinks.

use std::sync::Arc;

use crate::record::{
    Callsite, Fragment, Key, LogRecord, Outcome, Sampling, Severity, SpanId, SpanKind, SpanRecord,
    Status, TraceFlags, TraceId, UnixNanos,
};

static CALLSITE: Callsite = Callsite::new("test", "test", "test", "test.rs", 1).without_now();

/// A span of trace 1 with nothing on it, from 1 s to 2 s after the epoch.
pub(crate) fn span(id: u64, outcome: Outcome) -> SpanRecord {
    SpanRecord {
        trace_id: TraceId::new(1).expect("not zero"),
        span_id: SpanId::new(id).expect("not zero"),
        parent_id: None,
        parent_is_remote: false,
        trace_flags: TraceFlags::SAMPLED,
        trace_state: None,
        name: Key::Borrowed("test"),
        kind: SpanKind::Internal,
        start: UnixNanos(1_000_000_000),
        end: UnixNanos(2_000_000_000),
        callsite: &CALLSITE,
        attributes: vec![],
        dropped_attributes: 0,
        events: vec![],
        dropped_events: 0,
        links: vec![],
        dropped_links: 0,
        outcome,
        status: Status::Unset,
        error: None,
    }
}

/// A fragment of one such span.
pub(crate) fn fragment(id: u64, outcome: Outcome) -> Arc<Fragment> {
    let trace_id = TraceId::new(1).expect("not zero");
    Arc::new(Fragment::new(trace_id, vec![span(id, outcome)], Sampling::ALWAYS))
}

/// A log record without a message.
pub(crate) fn log(id: u64, severity: Severity) -> Arc<LogRecord> {
    Arc::new(LogRecord::new(id, UnixNanos(id), severity, String::new()))
}
