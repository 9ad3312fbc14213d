//! Wires everything: the one place that reads the environment, and where sinks are listed.
//!
//! [`TelemetryBuilder`] gathers settings, [`TelemetryBuilder::start`] resolves them, makes the
//! sinks, starts the exporter thread and makes this the process's own telemetry; the [`Telemetry`]
//! that it gives flushes when it is dropped.

mod builder;
mod error;
mod install;
mod platform;
#[cfg(feature = "relay")]
mod relay_into;
mod report;
mod resource;
#[cfg(feature = "tracing")]
mod subscriber;
mod wiring;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use builder::TelemetryBuilder;
pub use error::SetupError;

use crate::config::{Config, Layers, Settings, startup_table};
use crate::pipeline::diagnose::{self, Verbosity};
use crate::pipeline::{Delivery, Exporter, HandOver, PipelineCollector, ServiceCollector, Stats};
use crate::record::Resource;
use crate::span::Collector;

/// How long a guard that is dropped tries to send what is left.
const DROP_DEADLINE: Duration = Duration::from_secs(5);

/// The running telemetry of this process.
///
/// Dropping it sends what is left, for at most 5 seconds, blocking the thread that drops it (never
/// needing that thread's runtime): in `async` code call [`shutdown`](Self::shutdown) before.
#[must_use = "dropping it shuts telemetry down"]
pub struct Telemetry {
    inner: Arc<Inner>,
    is_shut_down: OnceLock<()>,
}

struct Inner {
    hand_over: Arc<HandOver>,
    exporter: Arc<Exporter>,
    settings: Settings,
    resource: Resource,
    /// What is on, in words.
    on: Vec<String>,
    takes_reports: bool,
    /// Whether events become log records, rather than events of their span.
    #[cfg(feature = "tracing")]
    takes_logs: bool,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("settings", &self.inner.settings)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Telemetry {
    /// Settings from the environment. A `.env` file is not read.
    ///
    /// # Errors
    ///
    /// A variable that can't be used: the text names it and the remedy.
    pub fn from_env() -> Result<TelemetryBuilder, SetupError> {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        let layers = Layers { environment: environment.collect(), ..Layers::default() };
        let builder = TelemetryBuilder::new(layers);
        // A bad variable is told at the first line that could know of it.
        let settings = builder.settings()?;
        install::Told::read(&Config::read(&settings)?, &settings)?;
        Ok(builder)
    }

    /// Settings from code alone: the environment is not looked at. For tests and tools.
    pub fn without_env() -> TelemetryBuilder {
        TelemetryBuilder::new(Layers::default())
    }

    /// What has become of every record so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.exporter.stats()
    }

    /// Every effective setting with its source; secrets are redacted.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// What the telemetry is about.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.inner.resource
    }

    /// A further service in this process: give it to that service's own layer
    /// ([`ObserveLayer::collect_into`](crate::ObserveLayer::collect_into)), and its spans have this
    /// `service.name`, so that a map of services shows it by itself. Everything else of the resource
    /// is the process's, and so are sampling, sinks and metrics.
    ///
    /// Spans of tasks that outlive their request are told under the process's own name.
    #[must_use]
    pub fn service(&self, name: &str) -> Arc<dyn Collector> {
        let mut resource = self.inner.resource.clone();
        resource.set("service.name", name.to_owned());
        Arc::new(ServiceCollector {
            pipeline: PipelineCollector {
                hand_over: Arc::clone(&self.inner.hand_over),
                exporter: Arc::clone(&self.inner.exporter),
                takes_reports: self.inner.takes_reports,
            },
            resource: Arc::new(resource),
        })
    }

    /// What is on, and every value that somebody set with its source, secrets redacted.
    #[must_use]
    pub fn startup_message(&self) -> String {
        report::startup(&self.inner.resource, &self.inner.on, &startup_table(&self.inner.settings))
    }

    /// Sends what has been recorded until now, and says how that went.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, sending goes on.
    pub async fn flush(&self, deadline: Duration) -> Delivery {
        self.inner.exporter.order(deadline, false).await
    }

    /// Sends what is left, for at most this long, and stops; spans that are still open are sent as
    /// unfinished. What is recorded later is counted as lost to the shutdown.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the shutdown goes on.
    pub async fn shutdown(&self, deadline: Duration) -> Delivery {
        let _ = self.is_shut_down.set(());
        self.inner.exporter.order(deadline, true).await
    }

    /// As [`shutdown`](Self::shutdown), blocking this thread: for programs without a runtime.
    pub fn shutdown_blocking(&self, deadline: Duration) -> Delivery {
        let _ = self.is_shut_down.set(());
        self.inner.exporter.order_blocking(deadline, true)
    }

    /// Where a relay for browser telemetry sends what it took.
    #[cfg(feature = "relay")]
    #[must_use]
    pub fn relay_destination(&self) -> crate::relay::RelayDestination {
        let hand_over = Arc::clone(&self.inner.hand_over);
        crate::relay::RelayDestination(Arc::new(relay_into::RelayInto(hand_over)))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if self.is_shut_down.set(()).is_ok() {
            let delivery = self.inner.exporter.order_blocking(DROP_DEADLINE, true);
            if !delivery.complete {
                diagnose::say(Verbosity::Warn, delivery);
            }
        }
    }
}
