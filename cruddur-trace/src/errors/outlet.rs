//! Where reports go: to the collector of their trace, as spans do.

use super::pending::PendingReport;
use crate::record::TraceLink;
use crate::span::collector_of;
use std::time::Duration;

/// Whether anybody would take a report.
#[cfg(feature = "tower")]
pub(super) fn is_open(trace: Option<TraceLink>) -> bool {
    collector_of(trace.map(|it| it.trace_id)).is_some_and(|it| it.takes_reports())
}

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
