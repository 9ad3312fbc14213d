//! One record in a queue: of which signal it is, what it is worth, and how much room it takes.

use std::sync::Arc;

use crate::errors::ErrorReport;
use crate::record::{Fragment, LogRecord, Severity};

/// One lane per worth, least first: what is dropped goes from the lowest.
pub(super) const LANES: usize = 8;

/// What has a bound, a batch and a delay of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Spans = 0,
    Logs = 1,
    Reports = 2,
}

impl Signal {
    pub(super) const ALL: [Self; 3] = [Self::Spans, Self::Logs, Self::Reports];

    /// The lanes of its records.
    pub(super) const fn lanes(self) -> &'static [usize] {
        match self {
            Self::Spans => &[3, 6],
            Self::Logs => &[0, 1, 2, 4, 5],
            Self::Reports => &[7],
        }
    }
}

/// What waits.
#[derive(Debug)]
pub(super) enum Record {
    Fragment(Arc<Fragment>),
    Log(Arc<LogRecord>),
    Report(Arc<ErrorReport>),
}

impl Record {
    pub(super) const fn signal(&self) -> Signal {
        match self {
            Self::Fragment(_) => Signal::Spans,
            Self::Log(_) => Signal::Logs,
            Self::Report(_) => Signal::Reports,
        }
    }

    /// Its lane: what it is worth.
    pub(super) fn lane(&self) -> usize {
        match self {
            Self::Fragment(fragment) if fragment.is_failure => 6,
            Self::Fragment(_) => 3,
            Self::Log(log) => match log.severity {
                Severity::Trace => 0,
                Severity::Debug => 1,
                Severity::Info => 2,
                Severity::Warn => 4,
                Severity::Error => 5,
            },
            Self::Report(_) => 7,
        }
    }

    /// Spans of a fragment; else 1.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Fragment(fragment) => fragment.spans.len(),
            Self::Log(_) | Self::Report(_) => 1,
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Fragment(fragment) => fragment.size_bytes(),
            Self::Log(log) => log.size_bytes(),
            Self::Report(report) => report_bytes(report),
        }
    }
}

fn report_bytes(report: &ErrorReport) -> usize {
    let frames = report.frames.len() + report.native_frames.len();
    let events = report.events.iter().map(|event| event.size_bytes()).sum::<usize>();
    size_of::<ErrorReport>() + frames * 200 + events + report.error.message.len() + 1_024
}
