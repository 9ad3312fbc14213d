//! What the exporter thread starts with.

use std::rc::Rc;
use std::sync::Arc;

use super::account::Account;
use super::control::Control;
use super::value_limits::{LogLimits, SpanLimits};
use super::worker::Worker;
use super::{Hook, Platform, Signals, Sink};
use crate::config::{BatchConfig, Keep};
use crate::errors::ReportOptions;
use crate::record::MetricsSnapshot;

/// Reads all metrics.
pub(crate) type ReadMetrics = Box<dyn FnMut() -> Option<MetricsSnapshot> + Send>;

/// See [`ExporterSettings::tasks`].
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// Everything that the exporter thread starts with.
pub(crate) struct ExporterSettings {
    pub(crate) batch: BatchConfig,
    pub(crate) keep: Keep,
    pub(crate) log_limits: LogLimits,
    pub(crate) span_limits: SpanLimits,
    pub(crate) hook: Hook,
    pub(crate) sinks: Vec<SinkSpawner>,
    pub(crate) metrics: Option<ReadMetrics>,
    /// Which reports leave, and how many.
    pub(crate) reports: ReportOptions,
    /// Work beside the sinks: each is called once, on the exporter thread, inside of its runtime,
    /// where it may spawn local tasks.
    pub(crate) tasks: Vec<Task>,
    /// What is found out of the platform meanwhile.
    pub(crate) platform: Platform,
}

/// A sink on its way to the exporter thread, where it is made.
pub(crate) struct SinkSpawner {
    pub(super) account: Arc<Account>,
    pub(super) signals: Signals,
    pub(super) spawn: Spawn,
}

type Spawn = Box<dyn FnOnce(Rc<Control>, &BatchConfig, Platform) + Send>;

impl SinkSpawner {
    /// `make` runs on the exporter thread, inside of its runtime.
    pub(crate) fn new<S: Sink>(
        name: &'static str,
        signals: Signals,
        make: impl FnOnce() -> S + Send + 'static,
    ) -> Self {
        let spawn = |control: Rc<Control>, batch: &BatchConfig, platform: Platform| {
            let send_timeout = batch.spans.timeout.max(batch.logs.timeout);
            let sink = make();
            if let Some(logs) = sink.max_batch_logs() {
                control.queue.borrow_mut().batch_logs(logs);
            }
            let worker = Worker::new(sink, control, send_timeout, batch.retry_max_elapsed);
            let (spans, logs) = (batch.spans.timeout, batch.logs.timeout);
            let timeouts = [spans, logs, send_timeout, batch.metric_timeout];
            let worker = worker.learning(platform).with_timeouts(timeouts);
            tokio::task::spawn_local(worker.run());
        };
        Self { account: Arc::new(Account::new(name)), signals, spawn: Box::new(spawn) }
    }
}
