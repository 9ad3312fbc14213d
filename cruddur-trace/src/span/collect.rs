//! Where arenas go: to a collector, which takes what was recorded.
//!
//! A process has one collector, the pipeline; a root may name another (a test's capture, a telemetry
//! of its own). Spans that outlive or leave their root find the named one again by their trace id.

mod here;
mod known;
mod piece;
mod report;

use std::fmt;
use std::time::Duration;

use super::arena::Arena;
use super::failure::FailedRoot;
use super::origin::RootStart;
use super::recycle;
use crate::errors::PendingReport;
use crate::record::{LogRecord, Sampling};

pub(crate) use here::{Here, Open, here};
pub use known::install_collector;
pub(crate) use known::{collector_of, global, is_taken, name_collector, named, own_collector_of};
pub use piece::Piece;
pub(crate) use report::{report_failed_root, report_panic_apart, report_recovered};

/// Takes what was recorded. Called on the threads that run requests: it must not block.
pub trait Collector: Send + Sync + 'static {
    /// Takes a part of a trace; what can't be kept is counted there.
    fn hand_over(&self, piece: Piece);

    /// Decides what becomes of a trace that starts here and that nobody decided on yet.
    fn sample(&self, root: &RootStart<'_>) -> Sampling;

    /// A root outside of any request, or a task that left its request, ended in an error or a
    /// panic. By default, that is reported.
    fn root_failed(&self, root: &FailedRoot<'_>) {
        if let Some(report) = crate::errors::report_root(root) {
            self.report(report);
        }
    }

    /// Whether it is the process's own by another name: then the process's sampler decides, and what
    /// comes late, apart from its root, goes to the process's own. `false` by default.
    fn is_of_process(&self) -> bool {
        false
    }

    /// Whether it does anything with reports.
    fn takes_reports(&self) -> bool {
        false
    }

    /// Takes a log record. Does nothing by default.
    fn log(&self, _log: LogRecord) {}

    /// Takes a report of a failure. Does nothing by default.
    fn report(&self, _report: PendingReport) {}

    /// Waits until the reports that it took have left, at most this long: the process is about to
    /// abort. Does nothing by default.
    fn flush_reports(&self, _limit: Duration) {}
}

impl fmt::Debug for dyn Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

/// Sends an arena off; with nobody to take it, it is recycled.
pub(crate) fn hand_over(mut arena: Box<Arena>) {
    if arena.is_empty() {
        return recycle::put_back(arena);
    }
    arena.release_scope();
    if let Some(collector) = arena.collector.take().or_else(|| named(arena.trace_id)) {
        collector.hand_over(Piece::new(arena));
    } else if let Some(collector) = global() {
        collector.hand_over(Piece::new(arena));
    } else {
        recycle::put_back(arena);
    }
}

/// Spans that were handed over while they were open, of which is remembered where they are.
const MAX_DEPARTED: usize = 4_096;

impl Arena {
    /// Sends all records off, open ones as well (their ends follow as completions), and goes on
    /// empty. What a failure left on its way out stays: the root asks for it at its end.
    #[cold]
    pub(crate) fn hand_over_finished(&mut self) {
        let mut next = recycle::take(self.trace_id);
        next.seed = self.seed;
        next.base = self.base.wrapping_add(self.records.len() as u32);
        next.is_root = self.is_root;
        next.has_own_span = self.has_own_span;
        next.random = self.random;
        next.parent = self.parent;
        next.sampling = self.sampling;
        next.set_scope(self.scope().cloned());
        next.request_of = self.request_of;
        next.collector.clone_from(&self.collector);
        next.outer = self.outer.take();
        next.outer_position = self.outer_position;
        std::mem::swap(&mut next.failed, &mut self.failed);
        std::mem::swap(&mut next.departed, &mut self.departed);
        let records = self.records.iter().enumerate().filter(|(_, record)| record.end == 0);
        next.departed.extend(
            records
                .map(|(offset, it)| (self.base.wrapping_add(offset as u32), it.callsite, it.parent))
                .take(MAX_DEPARTED.saturating_sub(next.departed.len())),
        );
        std::mem::swap(&mut *next, self);
        hand_over(next);
    }
}
