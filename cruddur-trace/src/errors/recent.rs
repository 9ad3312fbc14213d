//! One failure, one report: remembers what was reported a moment ago.
//!
//! The same failure may be told more than once: by hand where it happened and by the layer when the
//! request ends in a 5xx, by a spawned task and by the handler that unwraps its `JoinError`, by hand
//! at two levels. Within one request, a failure whose texts contain those of an earlier one is that
//! one, and gets its id.

use super::ErrorReport;
use crate::record::text::first_bytes;
use crate::record::{TraceId, UnixNanos};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Reports that are remembered.
const MAX_REMEMBERED: usize = 256;
/// Bytes of a text that are compared.
const MAX_COMPARED: usize = 512;
/// Texts shorter than this say too little to be looked for inside of others.
const MIN_CONTAINED: usize = 8;
/// How long a report outside of any trace is remembered: long enough for "twice in a row".
const WITHOUT_TRACE_NANOS: u64 = 1_000_000_000;

static RECENT: Mutex<Recent> = Mutex::new(Recent(VecDeque::new()));

struct Recent(VecDeque<Known>);

struct Known {
    id: String,
    scope: Scope,
    time: UnixNanos,
    class: String,
    texts: Vec<String>,
    /// A `tracing` event, which may turn out to be part of a failure.
    is_event: bool,
}

/// The request, or the thread, that a report belongs to.
#[derive(PartialEq)]
enum Scope {
    Request(TraceId, Option<Arc<str>>),
    Thread(std::thread::ThreadId),
}

/// Remembers a report, unless one of the same failure is known: then gives that one's id. An event
/// of the same request gives its id to the report: it told of this failure beforehand.
pub(super) fn remember(report: &mut ErrorReport, request_id: Option<Arc<str>>) -> Option<String> {
    let mut new = Known::of(report, request_id, false);
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = recent.0.iter().rev().find(|it| !it.is_event && it.is_same(&new)) {
        return Some(same.id.clone());
    }
    // What nobody caught ends the request; an event in it was about that.
    let ends = report.is_uncaught;
    let is_part = |it: &Known| it.is_event && (it.is_same(&new) || ends && it.is_near(&new));
    if let Some(at) = recent.0.iter().rposition(is_part) {
        report.id.clone_from(&recent.0[at].id);
        new.id.clone_from(&report.id);
        recent.0.remove(at);
    }
    recent.add(new);
    None
}

/// The same for an event.
#[cfg(any(feature = "tracing", test))]
pub(super) fn remember_event(report: &ErrorReport, request_id: Option<Arc<str>>) -> Option<String> {
    let new = Known::of(report, request_id, true);
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = recent.0.iter().rev().find(|it| it.is_same(&new)) {
        return Some(same.id.clone());
    }
    recent.add(new);
    None
}

impl Recent {
    fn add(&mut self, new: Known) {
        if self.0.len() == MAX_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(new);
    }
}

fn texts(report: &ErrorReport) -> Vec<String> {
    let error = &report.error;
    let all = std::iter::once(&error.message).chain(&error.causes).take(8);
    all.map(|it| first_bytes(it, MAX_COMPARED).to_owned()).collect()
}

impl Known {
    fn of(report: &ErrorReport, request_id: Option<Arc<str>>, is_event: bool) -> Self {
        let scope = match report.trace {
            Some(trace) => Scope::Request(trace.trace_id, request_id),
            None => Scope::Thread(std::thread::current().id()),
        };
        Self {
            id: report.id.clone(),
            scope,
            time: report.time,
            class: report.error.class.to_string(),
            texts: texts(report),
            is_event,
        }
    }

    /// Whether it belongs to the same request.
    fn is_near(&self, new: &Self) -> bool {
        match (&self.scope, &new.scope) {
            (Scope::Request(trace, request), Scope::Request(new_trace, new_request)) => {
                let same_request =
                    request.is_none() || new_request.is_none() || request == new_request;
                trace == new_trace && same_request
            }
            _ => false,
        }
    }

    fn is_same(&self, new: &Self) -> bool {
        match (&self.scope, &new.scope) {
            (Scope::Request(..), Scope::Request(..)) => {
                self.is_near(new) && (self.is_in(new) || new.is_in(self))
            }
            (Scope::Thread(_), Scope::Thread(_)) => {
                let apart = new.time.0.saturating_sub(self.time.0);
                self.scope == new.scope
                    && self.class == new.class
                    && self.texts == new.texts
                    && apart < WITHOUT_TRACE_NANOS
            }
            _ => false,
        }
    }

    /// Whether the outermost text of this failure is one of the other's, or stands within one.
    fn is_in(&self, other: &Self) -> bool {
        let Some(text) = self.texts.first() else { return false };
        let contains = |it: &String| text.len() >= MIN_CONTAINED && it.contains(text.as_str());
        other.texts.iter().any(|it| it == text || contains(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::ReportKind;
    use crate::record::{ErrorChain, SpanId, TraceFlags, TraceLink};

    fn report(trace: u128, message: &str, causes: &[&str], time: u64) -> ErrorReport {
        let error = ErrorChain {
            class: "E".into(),
            message: message.to_owned(),
            causes: causes.iter().map(|it| (*it).to_owned()).collect(),
            ..ErrorChain::default()
        };
        let mut report = ErrorReport::new(ReportKind::Error, error, UnixNanos(time));
        report.trace = TraceId::new(trace).map(|trace_id| TraceLink {
            trace_id,
            span_id: SpanId::new(1).expect("not zero"),
            trace_flags: TraceFlags::default(),
        });
        report
    }

    #[test]
    fn the_same_failure_of_one_request_is_known() {
        let mut first = report(0xabc1, "disk is full", &[], 1);
        let request = Some(Arc::from("r1"));
        assert_eq!(remember(&mut first, request.clone()), None);
        let known = |report: &ErrorReport, request: &Option<Arc<str>>| {
            remember(&mut report.clone(), request.clone())
        };
        let same = Some(first.id);
        let wrapped = report(0xabc1, "cannot save", &["disk is full"], 2);
        assert_eq!(known(&wrapped, &request), same, "the same, wrapped");
        let joined = report(0xabc1, "task panicked with \"disk is full\"", &[], 2);
        assert_eq!(known(&joined, &None), same, "of a task that lost its scope");
        assert_eq!(known(&report(0xabc1, "disk is full", &[], 9), &Some(Arc::from("r2"))), None);
        assert_eq!(known(&report(0xabc2, "disk is full", &[], 9), &request), None, "another trace");
        assert_eq!(known(&report(0xabc1, "something else", &[], 9), &request), None);
    }

    #[test]
    fn without_a_trace_only_the_very_same_within_a_second_is_known() {
        let mut first = report(0, "of no trace", &[], 1);
        let remember = |report: &mut ErrorReport| remember(report, None);
        assert_eq!(remember(&mut first), None);
        assert_eq!(remember(&mut report(0, "of no trace", &[], 2)), Some(first.id));
        assert_eq!(remember(&mut report(0, "of no trace!", &[], 2)), None);
        assert_eq!(remember(&mut report(0, "of no trace", &[], 2_000_000_000)), None);
    }

    #[test]
    fn an_event_gives_its_id_to_the_failure_that_ends_its_request() {
        let event = report(0xabc3, "cannot reach the store", &[], 1);
        assert_eq!(remember_event(&event, None), None);
        assert_eq!(remember_event(&event, None), Some(event.id.clone()), "said twice");
        let mut by_hand = report(0xabc3, "something else", &[], 2);
        assert_eq!(remember(&mut by_hand, None), None);
        assert_ne!(by_hand.id, event.id, "what does not end the request is another failure");
        let mut failure = report(0xabc3, "it failed", &[], 3);
        failure.is_uncaught = true;
        assert_eq!(remember(&mut failure, None), None);
        assert_eq!(failure.id, event.id);
        assert_eq!(remember(&mut failure.clone(), None), Some(event.id.clone()));
        let late = report(0xabc3, "it failed", &[], 4);
        assert_eq!(remember_event(&late, None), Some(event.id), "told of afterwards");
    }
}
