//! What is kept: one field per kind of data, each bounded by count and by bytes.

pub(crate) mod errors;
pub(crate) mod health;
pub(crate) mod honeycomb;
pub(crate) mod log_groups;
pub(crate) mod log_line;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod span;
pub(crate) mod summary;
pub(crate) mod trace;
pub(crate) mod traces;
pub(crate) mod value;
pub(crate) mod xray;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Options;

/// All that the console holds.
pub(crate) struct Store {
    pub(crate) traces: traces::Traces,
    pub(crate) logs: logs::Logs,
    pub(crate) errors: errors::Errors,
    pub(crate) log_groups: Mutex<log_groups::LogGroups>,
    pub(crate) metrics: metrics::Metrics,
    pub(crate) health: health::Health,
    pub(crate) xray: xray::Xray,
    pub(crate) honeycomb: Mutex<honeycomb::Honeycomb>,
}

impl Store {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            traces: traces::Traces::new(options.max_traces, options.max_bytes),
            logs: logs::Logs::default(),
            errors: errors::Errors::default(),
            log_groups: Mutex::default(),
            metrics: metrics::Metrics::default(),
            health: health::Health::default(),
            xray: xray::Xray::default(),
            honeycomb: Mutex::default(),
        }
    }

    /// Forgets everything (the page's "clear"). Every store has a line here.
    pub(crate) fn clear(&self) {
        self.traces.clear();
        self.logs.clear();
        self.errors.clear();
        lock(&self.log_groups).clear();
        self.metrics.clear();
        self.health.clear();
        self.xray.clear();
        lock(&self.honeycomb).clear();
    }
}

/// Locks, whether or not another handler panicked: rings stay usable after any single write.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
