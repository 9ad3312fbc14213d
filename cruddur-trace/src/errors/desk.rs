//! The last stage of a report, on the exporter thread: rules, limits, what the request logged
//! before, scrubbing. Pure: no I/O, and the time is passed in.
//!
//! Limits come first, before native frames are resolved: a storm of panics costs no symbols.

use super::limit::Limiter;
use super::options::{ReportDecision, ReportOptions};
use super::pending::PendingReport;
use super::{ErrorReport, ReportKind, ReportLevel, scrubber};
use crate::record::{Attribute, ErrorChain, LogRecord, TraceId, UnixNanos};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Traces whose recent log records are remembered.
const MAX_TRACES: usize = 512;
/// Log records of one trace that are remembered: the latest.
const MAX_EVENTS: usize = 50;
/// Bytes of all remembered log records.
const MAX_BYTES: usize = 4 << 20;
/// How long the report of an event waits for the end of its request.
const EVENT_WAIT_NANOS: u64 = 3_000_000_000;
/// Reports of events that wait at most, and ids of those told that are remembered.
const MAX_EVENT_REPORTS: usize = 256;

/// Decides on reports and completes them.
#[derive(Debug)]
pub(crate) struct ReportDesk {
    options: ReportOptions,
    limiter: Limiter,
    recent: Recent,
    /// Reports of events, in the order of their time.
    waiting: VecDeque<PendingReport>,
    /// Ids of events whose request may still fail.
    told: VecDeque<String>,
}

/// What becomes of a report that arrives.
#[derive(Debug)]
pub(crate) enum Held {
    /// It goes on.
    No(PendingReport),
    /// It waits, to see whether its request fails.
    Waits,
    /// The event that told of it has left already, under the same id.
    Told,
}

/// What was logged of late, by trace.
#[derive(Debug, Default)]
struct Recent {
    by_trace: HashMap<TraceId, VecDeque<Arc<LogRecord>>>,
    /// In the order of their first record.
    order: VecDeque<TraceId>,
    bytes: usize,
}

impl ReportDesk {
    pub(crate) fn new(options: ReportOptions) -> Self {
        let limiter = Limiter::new(options.per_minute, options.per_failure);
        Self {
            options,
            limiter,
            recent: Recent::default(),
            waiting: VecDeque::new(),
            told: VecDeque::new(),
        }
    }

    /// Lets reports of events wait, and takes those back that are part of this failure.
    pub(crate) fn hold(&mut self, pending: PendingReport) -> Held {
        let report = pending.report();
        if pending.is_event() {
            // Out of any trace there is nothing to wait for.
            if report.trace.is_none() || self.waiting.len() >= MAX_EVENT_REPORTS {
                return Held::No(pending);
            }
            self.waiting.push_back(pending);
            return Held::Waits;
        }
        if let Some(at) = self.told.iter().position(|id| *id == report.id) {
            self.told.remove(at);
            return Held::Told;
        }
        let is_part = |event: &PendingReport| {
            let event = event.report();
            event.id == report.id || report.is_uncaught && is_of_one_request(event, report)
        };
        self.waiting.retain(|event| !is_part(event));
        Held::No(pending)
    }

    /// Events whose requests did not fail in time; all of them where this is the end.
    pub(crate) fn release(&mut self, now: UnixNanos, is_end: bool) -> Vec<PendingReport> {
        let mut released = Vec::new();
        while let Some(first) = self.waiting.front() {
            let waited = now.0.saturating_sub(first.report().time.0);
            if !is_end && waited < EVENT_WAIT_NANOS {
                break;
            }
            released.extend(self.waiting.pop_front());
        }
        for event in &released {
            if self.told.len() == MAX_EVENT_REPORTS {
                self.told.pop_front();
            }
            self.told.push_back(event.report().id.clone());
        }
        released
    }

    /// Remembers a log record, in case its request fails.
    pub(crate) fn saw(&mut self, log: &Arc<LogRecord>) {
        if let Some(trace) = log.trace {
            self.recent.add(trace.trace_id, log);
        }
    }

    /// The report at the level that the rules give it; `None` if they ignore it or it is one too
    /// many.
    pub(crate) fn admit(
        &mut self,
        mut pending: PendingReport,
        now: UnixNanos,
    ) -> Option<PendingReport> {
        let level = self.options.judge(pending.report())?;
        pending.level(level);
        self.limiter.admit(pending.report(), now).then_some(pending)
    }

    /// The report as it leaves; `None` if the user's callback drops it.
    pub(crate) fn complete(&self, mut report: ErrorReport) -> Option<ErrorReport> {
        if report.events.is_empty() {
            report.events = self.recent.before(&report);
        }
        scrubber().report(&mut report);
        let decision = self.options.ask(&mut report);
        (decision == ReportDecision::Send).then_some(report)
    }

    /// Tells of what was held back in minutes that are over, or at all where this is the end.
    pub(crate) fn summaries(&mut self, now: UnixNanos, is_end: bool) -> Vec<ErrorReport> {
        let summaries = self.limiter.summaries(now, is_end).into_iter();
        summaries
            .map(|summary| {
                let message = format!(
                    "suppressed {} more reports within a minute of: {}",
                    summary.suppressed, summary.title
                );
                let error = ErrorChain { message, ..ErrorChain::default() };
                let mut report = ErrorReport::new(ReportKind::Message, error, now);
                report.level = ReportLevel::Warning;
                report.custom = vec![
                    Attribute::new("suppressed", summary.suppressed),
                    Attribute::new("suppressed_after", summary.first_id),
                ];
                scrubber().report(&mut report);
                report
            })
            .collect()
    }
}

fn is_of_one_request(event: &ErrorReport, failure: &ErrorReport) -> bool {
    let trace = |it: &ErrorReport| it.trace.map(|it| it.trace_id);
    let request =
        |it: &ErrorReport| it.request.as_ref().and_then(|it| it.request_id.as_ref().cloned());
    let (one, other) = (request(event), request(failure));
    trace(event) == trace(failure) && (one.is_none() || other.is_none() || one == other)
}

impl Recent {
    fn add(&mut self, trace_id: TraceId, log: &Arc<LogRecord>) {
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
    fn before(&self, report: &ErrorReport) -> Vec<Arc<LogRecord>> {
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
    use crate::record::{Severity, SpanId, TraceFlags, TraceLink};

    fn link(trace: u128) -> Option<TraceLink> {
        Some(TraceLink {
            trace_id: TraceId::new(trace)?,
            span_id: SpanId::new(1)?,
            trace_flags: TraceFlags::default(),
        })
    }

    fn log(trace: u128, time: u64, body: &str) -> Arc<LogRecord> {
        let mut log = LogRecord::new(time, UnixNanos(time), Severity::Info, body.to_owned());
        log.trace = link(trace);
        Arc::new(log)
    }

    fn report(trace: u128, time: u64) -> ErrorReport {
        let error = ErrorChain { class: "E".into(), message: "m".into(), ..ErrorChain::default() };
        let mut report = ErrorReport::new(ReportKind::Error, error, UnixNanos(time));
        report.trace = link(trace);
        report
    }

    #[test]
    fn a_report_carries_what_its_request_logged_before() {
        let mut desk = ReportDesk::new(ReportOptions::new());
        for (trace, time, body) in
            [(1, 1, "first"), (2, 2, "another"), (1, 3, "token=abc"), (1, 9, "after")]
        {
            desk.saw(&log(trace, time, body));
        }
        let report = desk.complete(report(1, 5)).expect("kept");
        let bodies: Vec<_> = report.events.iter().map(|it| it.body.as_str()).collect();
        assert_eq!(bodies, ["first", "token=REDACTED"]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut recent = Recent::default();
        for number in 0..10_000_u64 {
            let trace = u128::from(number / 100) + 1;
            recent.add(
                TraceId::new(trace).expect("not zero"),
                &log(trace, number, &"x".repeat(10_000)),
            );
        }
        let bytes: usize = recent.by_trace.values().flatten().map(|it| it.size_bytes()).sum();
        assert_eq!(bytes, recent.bytes);
        assert!(bytes <= MAX_BYTES && recent.order.len() == recent.by_trace.len());
    }

    #[test]
    fn rules_ignore_and_set_levels() {
        let options = ReportOptions::new()
            .ignore_class("app::NotFound")
            .ignore_message("timed out")
            .level_of_class("app::quota::*", ReportLevel::Warning)
            .before_send(|report| {
                report.fingerprint = Some("own".into());
                if report.error.class == "drop" {
                    ReportDecision::Drop
                } else {
                    ReportDecision::Send
                }
            });
        let mut desk = ReportDesk::new(options);
        let mut check = |class: &'static str, message: &str, expected: Option<ReportLevel>| {
            let mut report = report(1, 1);
            report.error.class = class.into();
            report.error.message = message.to_owned();
            let admitted = desk.admit(PendingReport::new(report), UnixNanos(1));
            let completed = admitted.and_then(|it| desk.complete(it.resolve()));
            assert!(completed.as_ref().is_none_or(|it| it.fingerprint.as_deref() == Some("own")));
            assert_eq!(completed.map(|it| it.level), expected, "{class} {message}");
        };
        check("app::NotFound", "x", None);
        check("app::Other", "it timed out", None);
        check("app::quota::Full", "x", Some(ReportLevel::Warning));
        check("drop", "x", None);
        check("app::Other", "x", Some(ReportLevel::Error));
    }

    #[test]
    fn an_event_waits_for_the_end_of_its_request() {
        let mut desk = ReportDesk::new(ReportOptions::new());
        let second = 1_000_000_000;
        let event = |trace, time| PendingReport::new(report(trace, time)).of_event();
        let failure = |trace, id: Option<String>| {
            let mut failure = report(trace, 2 * second);
            failure.is_uncaught = true;
            failure.id = id.unwrap_or(failure.id);
            PendingReport::new(failure)
        };
        assert!(matches!(desk.hold(event(1, second)), Held::Waits));
        assert!(matches!(desk.hold(event(2, second)), Held::Waits));
        assert!(matches!(desk.hold(failure(1, None)), Held::No(_)));
        assert_eq!(desk.release(UnixNanos(2 * second), false).len(), 0);
        let released = desk.release(UnixNanos(5 * second), false);
        assert_eq!(released.len(), 1, "only that of the request that did not fail");
        let id = released[0].report().id.clone();
        assert!(matches!(desk.hold(failure(2, Some(id))), Held::Told), "it failed much later");
        assert!(matches!(desk.hold(event(0, second)), Held::No(_)), "of no trace");
        assert!(matches!(desk.hold(event(3, second)), Held::Waits));
        assert_eq!(desk.release(UnixNanos(second), true).len(), 1, "the end");
    }

    #[test]
    fn what_was_held_back_is_told() {
        let mut desk = ReportDesk::new(ReportOptions::new().per_failure_per_minute(1));
        let sent =
            (0..5).filter(|_| desk.admit(PendingReport::new(report(1, 1)), UnixNanos(1)).is_some());
        assert_eq!(sent.count(), 1);
        let summaries = desk.summaries(UnixNanos(2), true);
        assert_eq!(
            summaries[0].error.message,
            "suppressed 4 more reports within a minute of: E: m"
        );
    }
}
