//! The process's collector: what the core and the bridges hand over, and who decides on roots; and
//! those of further services in the same process.

use std::sync::Arc;
use std::time::Duration;

use super::{Exporter, HandOver};
use crate::errors::PendingReport;
use crate::record::{LogRecord, Resource, Sampling};
use crate::sampling::{self, RootFacts};
use crate::span::{Collector, Piece, RootStart};
use crate::suppress::is_exporter_thread;

/// Takes everything without waiting, and decides by the process's own decider.
pub(crate) struct PipelineCollector {
    pub(crate) hand_over: Arc<HandOver>,
    pub(crate) exporter: Arc<Exporter>,
    /// Whether any sink wants reports.
    pub(crate) takes_reports: bool,
}

impl Collector for PipelineCollector {
    fn hand_over(&self, piece: Piece) {
        self.hand_over.piece(piece);
    }

    fn sample(&self, root: &RootStart<'_>) -> Sampling {
        // Telemetry never traces itself.
        if is_exporter_thread() {
            return Sampling::DROP;
        }
        let Some(decider) = sampling::installed() else { return Sampling::ALWAYS };
        decider.decide(&RootFacts {
            has_parent: root.parent.is_some(),
            sampled: root.parent.map(|parent| parent.flags.is_sampled()),
            ..RootFacts::new(root.trace_id, root.name, root.kind)
        })
    }

    fn takes_reports(&self) -> bool {
        self.takes_reports
    }

    fn report(&self, report: PendingReport) {
        self.hand_over.report(report);
    }

    fn log(&self, log: LogRecord) {
        if !is_exporter_thread() {
            self.hand_over.log(Arc::new(log));
        }
    }

    fn flush_reports(&self, limit: Duration) {
        // On the exporter's own thread nobody would do the work that is waited for.
        if !is_exporter_thread() {
            let _ = self.exporter.order_blocking(limit, false);
        }
    }
}

/// Another service in the same process: the same pipeline, its spans under a resource of their own.
pub(crate) struct ServiceCollector {
    pub(crate) pipeline: PipelineCollector,
    pub(crate) resource: Arc<Resource>,
}

impl Collector for ServiceCollector {
    fn hand_over(&self, piece: Piece) {
        self.pipeline.hand_over.piece_of(piece, &self.resource);
    }

    fn sample(&self, root: &RootStart<'_>) -> Sampling {
        self.pipeline.sample(root)
    }

    fn is_of_process(&self) -> bool {
        true
    }

    fn takes_reports(&self) -> bool {
        self.pipeline.takes_reports
    }

    fn report(&self, report: PendingReport) {
        self.pipeline.report(report);
    }

    fn log(&self, mut log: LogRecord) {
        log.resource.get_or_insert_with(|| Arc::clone(&self.resource));
        self.pipeline.log(log);
    }

    fn flush_reports(&self, limit: Duration) {
        self.pipeline.flush_reports(limit);
    }
}
