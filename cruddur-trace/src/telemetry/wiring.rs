//! The list of sinks.
//!
//! A sink is one block in [`wire`]: what it needs of the configuration, and how it is made.

use crate::config::{Config, LogsExporter, Settings, TracesExporter};
use crate::pipeline::{Signals, Sink, SinkSpawner, Task};
use crate::record::Resource;
use crate::sampling::XrayRules;
use crate::sinks;

use super::SetupError;

/// What was wired.
#[derive(Default)]
pub(super) struct Wired {
    pub(super) sinks: Vec<SinkSpawner>,
    pub(super) tasks: Vec<Task>,
    /// Who decides on X-Ray's bit, where X-Ray is on.
    pub(super) xray_rules: Option<Box<dyn XrayRules>>,
    pub(super) takes_reports: bool,
    pub(super) takes_logs: bool,
    pub(super) takes_metrics: bool,
    /// In words, for start-up.
    pub(super) on: Vec<String>,
}

impl Wired {
    /// Adds a sink that is made already.
    fn add<S: Sink + Send>(&mut self, sink: S, on: &str) {
        let (name, signals) = (sink.name(), sink.signals());
        self.add_later(name, signals, on, move || sink);
    }

    /// Adds a sink that is made on the exporter thread.
    fn add_later<S: Sink>(
        &mut self,
        name: &'static str,
        signals: Signals,
        on: &str,
        make: impl FnOnce() -> S + Send + 'static,
    ) {
        self.takes_reports |= signals.reports;
        self.takes_logs |= signals.logs;
        self.takes_metrics |= signals.metrics;
        self.on.push(format!("{name}: {on}"));
        self.sinks.push(SinkSpawner::new(name, signals, make));
    }
}

/// Every sink that is on.
pub(super) fn wire(
    config: &Config,
    settings: &Settings,
    resource: &Resource,
    copies: &[String],
) -> Result<Wired, SetupError> {
    let mut wired = Wired::default();
    if config.disabled {
        return Ok(wired);
    }
    #[cfg(feature = "otlp")]
    otlp(config, resource, copies, &mut wired)?;
    #[cfg(feature = "xray")]
    xray(config, resource, &mut wired)?;
    #[cfg(not(feature = "xray"))]
    if config.sampler.root == crate::sampling::RootSampler::Xray {
        // Without rules nothing would ever be sampled.
        return Err(settings.error("OTEL_TRACES_SAMPLER", "build with the feature `xray`").into());
    }
    #[cfg(feature = "aws")]
    cloudwatch_logs(config, settings, resource, &mut wired)?;
    #[cfg(feature = "rollbar")]
    if let Some(rollbar) = &config.rollbar {
        let sink = sinks::rollbar::Rollbar::new(rollbar, resource);
        let place = crate::config::shown_url(&rollbar.endpoint);
        wired.add(sink, &format!("error reports to {place}"));
    }
    #[cfg(feature = "sentry")]
    if let Some(sentry) = &config.sentry {
        let sink = sinks::sentry::Sentry::new(sentry, resource).map_err(|error| {
            let remedy = format!("{error}: write https://KEY@HOST/PROJECT, as Sentry shows it");
            settings.error("SENTRY_DSN", remedy)
        })?;
        wired.add(sink, "error reports to Sentry");
    }
    #[cfg(feature = "rollbar")]
    if !wired.takes_reports {
        let about = sinks::rollbar::About::of(resource);
        let sink = sinks::rollbar::StderrReports::new(about);
        wired.add(sink, "error reports as JSON, for want of ROLLBAR_ACCESS_TOKEN");
    }
    let console = config.exporters.traces_on(TracesExporter::Console, false);
    let logs = config.exporters.logs_on(LogsExporter::Console, false);
    if console || logs {
        let sink = sinks::terminal::Terminal::new(console, logs);
        wired.add(sink, "traces or logs as text on standard output");
    }
    let _ = (settings, resource, copies);
    Ok(wired)
}

#[cfg(feature = "otlp")]
fn otlp(
    config: &Config,
    resource: &Resource,
    copies: &[String],
    wired: &mut Wired,
) -> Result<(), SetupError> {
    use crate::config::Honeycomb;
    use sinks::otlp::{Otlp, OtlpSettings};

    let on = &config.exporters;
    let honeycomb = |honeycomb: &Honeycomb| {
        let traces = on.traces_on(TracesExporter::Otlp, true);
        let logs = on.logs_on(LogsExporter::Otlp, true);
        OtlpSettings::honeycomb(honeycomb, traces, logs, on.metrics.unwrap_or(true))
    };
    let standard = OtlpSettings::standard(&config.otlp);
    let copies = copies.iter().map(|endpoint| {
        let mut settings = OtlpSettings::tee("copy", endpoint);
        // A copy holds what is on.
        settings.metrics.take_if(|_| on.metrics == Some(false));
        settings
    });
    let all = standard.into_iter().chain(config.honeycomb.as_ref().map(honeycomb)).chain(copies);
    for settings in all {
        let sink = Otlp::new(&settings, resource)
            .map_err(|cause| SetupError::Sink { sink: settings.name, cause })?;
        wired.add(sink, &settings.in_words());
    }
    Ok(())
}

/// The sampler, the transport, and the task that keeps rules fresh.
#[cfg(feature = "xray")]
fn xray(config: &Config, resource: &Resource, wired: &mut Wired) -> Result<(), SetupError> {
    use crate::pipeline::diagnose::{Verbosity, say_once};
    use sinks::xray::{DaemonSink, Transport, XrayPlan};

    let Some(xray) = &config.xray else { return Ok(()) };
    let sink_error = |cause: String| SetupError::Sink { sink: "xray", cause };
    let log_groups = config.cloudwatch.iter().map(|it| it.group.clone()).collect();
    let random = crate::span::random_trace_id().bits();
    let read_file = |path: &str| std::fs::read_to_string(path);
    let plan = XrayPlan::new(xray, &config.aws, resource.clone(), log_groups, random, &read_file)
        .map_err(|error| sink_error(error.to_string()))?;
    wired.xray_rules = Some(Box::new(plan.sampler.clone()));
    let warn = |text: &str| say_once(Verbosity::Warn, text.to_owned());
    if let Some(poller) = plan.poller(warn) {
        wired.tasks.push(Box::new(move || drop(tokio::task::spawn_local(poller))));
    }
    if !xray.sends {
        return Ok(());
    }
    match &plan.transport {
        Transport::Daemon(address) => {
            let on = format!("segments to the daemon at {}", address.udp);
            wired.add(DaemonSink::new(&plan.settings, address.udp.clone()), &on);
        }
        #[cfg(feature = "aws")]
        Transport::Api => wired.add(plan.api_sink(), "segments to the X-Ray API"),
        #[cfg(feature = "aws")]
        Transport::Otlp => {
            let settings = plan.otlp_settings().map_err(sink_error)?;
            let sink = sinks::otlp::Otlp::signed(&settings, resource, || Some(plan.signer()));
            wired.add(sink.map_err(sink_error)?, &settings.in_words());
        }
        #[cfg(not(feature = "aws"))]
        Transport::Api | Transport::Otlp => {}
    }
    Ok(())
}

#[cfg(feature = "aws")]
fn cloudwatch_logs(
    config: &Config,
    settings: &Settings,
    resource: &Resource,
    wired: &mut Wired,
) -> Result<(), SetupError> {
    use sinks::cloudwatch_logs::{
        CloudwatchLogs, CloudwatchOtlp, Process, Settings as About, group_name, retention_days,
        stream_name, tags,
    };

    let Some(logs) = &config.cloudwatch else { return Ok(()) };
    let text = |key: &str| resource.text(key).unwrap_or("unknown").to_owned();
    let process = Process {
        machine_name: text("host.name"),
        program_name: text("process.executable.name"),
        process_id: std::process::id(),
        service_name: resource.service_name().to_owned(),
    };
    let invalid = |name: &'static str| {
        move |error: sinks::cloudwatch_logs::InvalidName| settings.error(name, error.to_string())
    };
    let group = group_name(&logs.group).map_err(invalid("AWS_CLOUDWATCH_LOG_GROUP"))?;
    let stream =
        stream_name(&logs.stream, &process).map_err(invalid("AWS_CLOUDWATCH_LOG_STREAM"))?;
    let mut about = About::new(group, stream, resource);
    if let Some(days) = logs.retention_days {
        let days = retention_days(&days.to_string());
        about.retention_days = Some(days.map_err(invalid("AWS_CLOUDWATCH_LOG_RETENTION_DAYS"))?);
    }
    about.tags = tags(&logs.tags).map_err(invalid("AWS_CLOUDWATCH_LOG_TAGS"))?;
    about.region.clone_from(&config.aws.region);
    about.endpoint.clone_from(&config.aws.logs_endpoint);
    about.made_up_credentials = !config.aws.has_keys && about.is_local();
    let on = format!("log records to group {}, stream {}", about.group, about.stream);
    if logs.is_otlp {
        let sink = CloudwatchOtlp::new(about, resource)
            .map_err(|cause| SetupError::Sink { sink: "cloudwatch_logs", cause })?;
        wired.add(sink, &format!("{on}, by OTLP"));
    } else {
        wired.add(CloudwatchLogs::new(about), &on);
    }
    Ok(())
}
