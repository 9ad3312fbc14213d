//! Settings by code and environment, and what starts by them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::install::{Told, read_metrics};
use super::{Inner, SetupError, Telemetry, platform, resource, wiring};
use crate::config::{Config, Layers, Settings};
use crate::errors::{self, ClientAddress, ReportOptions, Scrubber};
use crate::pipeline::diagnose::{self, Verbosity};
use crate::pipeline::{
    Exported, Exporter, ExporterSettings, HandOver, Hook, LogLimits, PipelineCollector, Platform,
    SpanLimits, Verdict,
};
use crate::record::{Attribute, Key, Value, clock};
use crate::span::{self, Limits};

/// Whether this process has a telemetry: there is one set of limits, samplers and collectors.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// What telemetry is made of: settings by code and environment, and hooks.
///
/// ```no_run
/// use cruddur_trace::Telemetry;
///
/// # fn main() -> Result<(), cruddur_trace::SetupError> {
/// let telemetry = Telemetry::from_env()?.default_service("cruddur-backend").init()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `init` or `start` is called"]
pub struct TelemetryBuilder {
    layers: Layers,
    hook: Hook,
    reports: ReportOptions,
    scrubber: Option<Scrubber>,
    client_addresses: Option<ClientAddress>,
    attributes: Vec<Attribute>,
    copies: Vec<String>,
}

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        f.debug_struct("TelemetryBuilder").finish_non_exhaustive()
    }
}

impl TelemetryBuilder {
    pub(super) fn new(layers: Layers) -> Self {
        Self {
            layers,
            hook: Hook::default(),
            reports: ReportOptions::new(),
            scrubber: None,
            client_addresses: None,
            attributes: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// The service's name, where the environment names none (`OTEL_SERVICE_NAME`).
    pub fn default_service(self, name: impl Into<String>) -> Self {
        self.default_setting("OTEL_SERVICE_NAME", name)
    }

    /// A value for a variable of docs/configuration.md, where the environment has none.
    pub fn default_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.layers.defaults.push((name.into(), value.into()));
        self
    }

    /// A value for a variable of docs/configuration.md, whatever the environment says.
    pub fn force_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.layers.forced.push((name.into(), value.into()));
        self
    }

    /// An attribute of the resource; `OTEL_RESOURCE_ATTRIBUTES` wins over it.
    pub fn resource_attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.attributes.push(Attribute::new(key, value));
        self
    }

    /// Sees every span, log record and error report before it leaves, on the exporter thread, and
    /// may change or drop it; what it drops is counted as
    /// [`Loss::Suppressed`](crate::Loss::Suppressed). If it panics, the record is dropped.
    ///
    /// A span that is dropped leaves its children behind. Where X-Ray is on, the root of a long
    /// trace is seen twice: unfinished first, for the segment in progress, and when it has ended.
    pub fn on_export(mut self, hook: impl FnMut(Exported<'_>) -> Verdict + Send + 'static) -> Self {
        self.hook.add(hook);
        self
    }

    /// Which error reports leave, and how many a minute.
    pub fn reports(mut self, options: ReportOptions) -> Self {
        self.reports = options;
        self
    }

    /// What is masked in spans, log records, reports, queries and headers, before
    /// [`on_export`](Self::on_export) and every sink; the standard rules until changed. The first
    /// telemetry of a process decides.
    pub fn scrubber(mut self, scrubber: Scrubber) -> Self {
        self.scrubber = Some(scrubber);
        self
    }

    /// How much of clients' addresses reports tell; their networks until changed.
    pub fn client_addresses(mut self, policy: ClientAddress) -> Self {
        self.client_addresses = Some(policy);
        self
    }

    /// Sends a copy of everything by OTLP/HTTP to this base URL, beside whatever else is on; no
    /// headers of other sinks go with it.
    #[cfg(feature = "otlp")]
    pub fn copy_to(mut self, endpoint: impl Into<String>) -> Self {
        self.copies.push(endpoint.into());
        self
    }

    pub(super) fn settings(&self) -> Result<Settings, SetupError> {
        Ok(Settings::resolve(&self.layers, &|path| std::fs::read_to_string(path))?)
    }

    /// Starts the pipeline and installs a default `tracing` subscriber: lines on the terminal by
    /// `RUST_LOG`, and export by `CRUDDUR_EXPORT_FILTER`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and if a global subscriber is set already.
    #[cfg(feature = "tracing")]
    pub fn init(self) -> Result<Telemetry, SetupError> {
        // Not `has_been_set`, which a scoped default of some other thread satisfies.
        let is_set = |it: &tracing::Dispatch| !it.is::<tracing::subscriber::NoSubscriber>();
        if tracing::dispatcher::get_default(is_set) {
            return Err(SetupError::SubscriberAlreadySet);
        }
        let telemetry = self.start()?;
        super::subscriber::install(&telemetry)?;
        Ok(telemetry)
    }

    /// Starts the pipeline. Add [`Telemetry::tracing_layer`] to a subscriber of your own.
    ///
    /// # Errors
    ///
    /// A setting that can't be used, a sink that can't be made, a second telemetry in this process,
    /// or no thread to be had.
    pub fn start(self) -> Result<Telemetry, SetupError> {
        let settings = self.settings()?;
        let config = Config::read(&settings)?;
        let verbosity = settings.text("OTEL_LOG_LEVEL").unwrap_or_default();
        let verbosity = Verbosity::parse(verbosity).ok_or_else(|| {
            settings.error("OTEL_LOG_LEVEL", "write none, error, warn, info or debug")
        })?;
        let told = Told::read(&config, &settings)?;
        diagnose::set_verbosity(verbosity);
        let scrubber = self.scrubber.map_or_else(|| Arc::clone(errors::scrubber()), Arc::new);
        let resource =
            resource::resource(&config, platform::detected(), &self.attributes, &scrubber);
        let mut wired = wiring::wire(&config, &settings, &resource, &self.copies)?;
        if RUNNING.swap(true, Ordering::SeqCst) {
            return Err(SetupError::AlreadyRunning);
        }
        // No setting can be wrong any more, so from here on the process is told.
        if let Some(policy) = self.client_addresses {
            errors::set_client_address(policy);
        }
        errors::configure_scrubber(scrubber);
        #[cfg(feature = "tracing")]
        errors::set_report_events(self.reports.reports_events());
        for warning in settings.warnings() {
            diagnose::say(Verbosity::Warn, warning);
        }
        told.install(&config, wired.xray_rules);
        clock::calibrate();
        limits(&config).install();

        let takes_reports = wired.takes_reports;
        let hand_over = Arc::new(HandOver::new(config.batch.hand_over));
        let platform = Platform::default();
        // Nobody would take what it tells.
        let asks = !config.disabled && !wired.sinks.is_empty();
        wired.tasks.extend(asks.then(|| platform::ask(&platform)).flatten());
        let exporter_settings = ExporterSettings {
            platform,
            metrics: if wired.takes_metrics { read_metrics() } else { None },
            batch: config.batch.clone(),
            keep: config.keep,
            log_limits: LogLimits {
                attributes: config.limits.log_attributes,
                value_length: config.limits.log_value_length,
            },
            span_limits: span_limits(&config),
            hook: self.hook,
            sinks: wired.sinks,
            reports: self.reports,
            tasks: wired.tasks,
        };
        let exporter = Exporter::start(Arc::clone(&hand_over), exporter_settings);
        let exporter = Arc::new(exporter.map_err(|error| {
            RUNNING.store(false, Ordering::SeqCst);
            SetupError::Thread(error)
        })?);
        if !config.disabled {
            let (hand_over, exporter) = (Arc::clone(&hand_over), Arc::clone(&exporter));
            let collector = PipelineCollector { hand_over, exporter, takes_reports };
            span::install_collector(Arc::new(collector));
            if takes_reports {
                errors::install_panic_hook();
                #[cfg(feature = "tower")]
                crate::layer::keep_requests(true);
            }
        }
        let telemetry = Telemetry {
            inner: Arc::new(Inner {
                hand_over,
                exporter,
                settings,
                resource,
                on: wired.on,
                takes_reports,
                #[cfg(feature = "tracing")]
                takes_logs: wired.takes_logs,
            }),
            is_shut_down: Default::default(),
        };
        diagnose::say(Verbosity::Info, telemetry.startup_message());
        Ok(telemetry)
    }
}

fn span_limits(config: &Config) -> SpanLimits {
    SpanLimits { value_length: config.limits.span_value_length }
}

fn limits(config: &Config) -> Limits {
    let wanted = &config.limits;
    let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Limits {
        attributes_per_span: small(wanted.span_attributes),
        attribute_value_bytes: span_limits(config).value_bytes_in_core(),
        events_per_span: count(wanted.span_events),
        links_per_span: count(wanted.span_links),
        attributes_per_event: count(wanted.event_attributes),
        attributes_per_link: count(wanted.link_attributes),
        hand_over_spans: wanted.hand_over_spans,
        hand_over_bytes: wanted.hand_over_bytes,
        hand_over_nanos: u64::try_from(wanted.hand_over_after.as_nanos()).unwrap_or(u64::MAX),
    }
}
