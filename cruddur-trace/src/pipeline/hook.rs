//! The `on_export` hook: keep, edit or drop what is about to leave.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::diagnose::{Verbosity, say_once};
use crate::errors::{ErrorReport, discard};
use crate::record::{LogRecord, SpanRecord};

/// A record that is about to leave; what the hook changes is what the sinks get.
#[derive(Debug)]
#[non_exhaustive]
pub enum Exported<'a> {
    /// A finished span.
    Span(&'a mut SpanRecord),
    /// A log record.
    Log(&'a mut LogRecord),
    /// An error report.
    Report(&'a mut ErrorReport),
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It goes to every sink, as the hook left it.
    Keep,
    /// It goes nowhere, and is counted as [`Loss::Suppressed`](super::Loss::Suppressed).
    Drop,
}

type OnExport = Box<dyn FnMut(Exported<'_>) -> Verdict + Send>;

/// All hooks, in the order in which they were given; the first that drops a record decides.
#[derive(Default)]
pub(crate) struct Hook(Vec<OnExport>);

impl Hook {
    pub(crate) fn add(&mut self, hook: impl FnMut(Exported<'_>) -> Verdict + Send + 'static) {
        self.0.push(Box::new(hook));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn keeps(&mut self, mut exported: impl FnMut(&mut OnExport) -> Verdict) -> bool {
        self.0.iter_mut().all(|hook| {
            // A hook that panics may have been about to remove a secret: so the record is dropped.
            match catch_unwind(AssertUnwindSafe(|| exported(hook))) {
                Ok(verdict) => verdict == Verdict::Keep,
                Err(payload) => {
                    let text = "an on_export hook panicked; the record was dropped";
                    say_once(Verbosity::Error, text);
                    discard(payload);
                    false
                }
            }
        })
    }

    pub(super) fn keeps_span(&mut self, span: &mut SpanRecord) -> bool {
        self.keeps(|hook| hook(Exported::Span(span)))
    }

    pub(super) fn keeps_log(&mut self, log: &mut LogRecord) -> bool {
        self.keeps(|hook| hook(Exported::Log(log)))
    }

    pub(super) fn keeps_report(&mut self, report: &mut ErrorReport) -> bool {
        self.keeps(|hook| hook(Exported::Report(report)))
    }
}
