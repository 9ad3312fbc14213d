//! What was logged of late, by trace, for reports of requests that fail. Bounded in traces, in
//! records of each, and in bytes.

use super::ErrorReport;
use crate::record::{LogRecord, TraceId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Traces whose recent log records are remembered.
const MAX_TRACES: usize = 512;
/// Log records of one trace that are remembered: the latest.
const MAX_EVENTS: usize = 50;
/// Bytes of all remembered log records.
const MAX_BYTES: usize = 4 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Logged {
    by_trace: HashMap<TraceId, VecDeque<Arc<LogRecord>>>,
    /// In the order of their first record.
    order: VecDeque<TraceId>,
    bytes: usize,
}

impl Logged {
    pub(super) fn add(&mut self, trace_id: TraceId, log: &Arc<LogRecord>) {
        let events = self.by_trace.entry(trace_id).or_default();
        if events.is_empty() {
            self.order.push_back(trace_id);
        }
        events.push_back(Arc::clone(log));
        self.bytes += log.size_bytes();
        if events.len() > MAX_EVENTS
            && let Some(oldest) = events.pop_front()
        {
            self.bytes -= oldest.size_bytes();
        }
        while self.order.len() > MAX_TRACES || (self.bytes > MAX_BYTES && self.order.len() > 1) {
            let Some(oldest) = self.order.pop_front() else { return };
            let events = self.by_trace.remove(&oldest).unwrap_or_default();
            self.bytes -= events.iter().map(|it| it.size_bytes()).sum::<usize>();
        }
    }

    /// What the request of a report logged before it, oldest first.
    pub(super) fn before(&self, report: &ErrorReport) -> Vec<Arc<LogRecord>> {
        let Some(events) = report.trace.and_then(|it| self.by_trace.get(&it.trace_id)) else {
            return Vec::new();
        };
        let request = report.request.as_ref().and_then(|it| it.request_id.as_ref());
        let same_request = |it: &LogRecord| {
            request.is_none() || it.request_id.is_none() || it.request_id.as_ref() == request
        };
        events.iter().filter(|it| it.time <= report.time && same_request(it)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Severity, UnixNanos};

    #[test]
    fn what_is_remembered_is_bounded() {
        let record = |number: u64| {
            let (time, body) = (UnixNanos(number), "x".repeat(10_000));
            LogRecord::new(number, time, Severity::Info, body)
        };
        let mut logged = Logged::default();
        for number in 0..10_000_u64 {
            let trace = u128::from(number / 100) + 1;
            logged.add(TraceId::new(trace).expect("not zero"), &Arc::new(record(number)));
        }
        let bytes: usize = logged.by_trace.values().flatten().map(|it| it.size_bytes()).sum();
        assert_eq!(bytes, logged.bytes);
        assert!(bytes <= MAX_BYTES && logged.order.len() == logged.by_trace.len());
    }
}
