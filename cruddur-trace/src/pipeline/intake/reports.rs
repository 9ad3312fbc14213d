//! The way of an error report through the exporter: held, admitted, resolved, and sent.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::Intake;
use crate::errors::{ErrorReport, PendingReport};
use crate::pipeline::account::RecordKind;
use crate::pipeline::queue::SinkQueue;
use crate::record::clock;

impl Intake {
    pub(super) fn admit_report(&mut self, pending: PendingReport) {
        // Before symbols are read: a storm of panics costs none.
        match self.desk.admit(pending, clock::now()) {
            Some(pending) => self.resolve(pending),
            None => self.suppressed(RecordKind::Reports, |wants| wants.reports, 1),
        }
    }

    pub(super) fn release_events(&mut self, is_end: bool) {
        for pending in self.desk.release(clock::now(), is_end) {
            self.admit_report(pending);
        }
    }

    /// Symbols are read in the blocking pool: the first time takes a third of a second, and no sink
    /// may wait for it.
    fn resolve(&mut self, pending: PendingReport) {
        if pending.is_slow() {
            self.resolving.spawn_blocking(move || pending.resolve());
        } else {
            self.deal_report(pending.resolve());
        }
    }

    /// Waits for reports that are being resolved, for a flush.
    pub(super) async fn resolved(&mut self, deadline: Instant) {
        self.take_waiting();
        self.release_events(true);
        while let Ok(Some(report)) = timeout_at(deadline, self.resolving.join_next()).await {
            if let Ok(report) = report {
                self.deal_report(report);
            }
        }
    }

    pub(super) fn deal_report(&mut self, report: ErrorReport) {
        let Some(report) = self.desk.complete(report) else {
            return self.suppressed(RecordKind::Reports, |wants| wants.reports, 1);
        };
        self.send_report(report);
    }

    fn send_report(&mut self, mut report: ErrorReport) {
        if !self.hook.is_empty() && !self.hook.keeps_report(&mut report) {
            return self.suppressed(RecordKind::Reports, |wants| wants.reports, 1);
        }
        let report = Arc::new(report);
        let push = |queue: &mut SinkQueue, at| queue.push_report(&report, at);
        self.push(RecordKind::Reports, |wants| wants.reports, push);
    }

    /// What the limits on reports held back is told in reports of its own.
    pub(super) fn tell_suppressed(&mut self, is_end: bool) {
        for summary in self.desk.summaries(clock::now(), is_end) {
            self.send_report(summary);
        }
    }
}
