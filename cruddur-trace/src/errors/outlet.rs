//! Where reports go: to the collector of their trace, as spans do.

use super::pending::PendingReport;
use crate::record::TraceLink;
use crate::span::collector_of;
use std::time::Duration;

/// Hands a report over; without anybody to take it, it is dropped.
pub(super) fn send(trace: Option<TraceLink>, pending: PendingReport) {
    if let Some(collector) = collector_of(trace.map(|it| it.trace_id)) {
        collector.report(pending);
    }
}

/// Waits until what was handed over has left, at most this long.
pub(super) fn flush(trace: Option<TraceLink>, limit: Duration) {
    if let Some(collector) = collector_of(trace.map(|it| it.trace_id)) {
        collector.flush_reports(limit);
    }
}
