//! The last stage of a report, on the exporter thread: rules, limits, what the request logged
//! before, scrubbing. Pure: no I/O, and the time is passed in.
//!
//! Limits come first, before native frames are resolved: a storm of panics costs no symbols.

use super::limit::Limiter;
use super::logged::Logged;
use super::options::{ReportDecision, ReportOptions};
use super::pending::PendingReport;
use super::{ErrorReport, ReportKind, ReportLevel, scrubber};
use crate::record::{Attribute, ErrorChain, LogRecord, UnixNanos};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long the report of an event waits for the end of its request.
const EVENT_WAIT_NANOS: u64 = 3_000_000_000;
/// Reports of events that wait at most, and ids of those told that are remembered.
const MAX_EVENT_REPORTS: usize = 256;

/// Decides on reports and completes them.
#[derive(Debug)]
pub(crate) struct ReportDesk {
    options: ReportOptions,
    limiter: Limiter,
    logged: Logged,
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

impl ReportDesk {
    pub(crate) fn new(options: ReportOptions) -> Self {
        let limiter = Limiter::new(options.per_minute, options.per_failure);
        Self {
            options,
            limiter,
            logged: Logged::default(),
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
            self.logged.add(trace.trace_id, log);
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
            report.events = self.logged.before(&report);
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

#[cfg(test)]
mod tests;
