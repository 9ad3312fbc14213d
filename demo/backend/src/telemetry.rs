//! Where the demo's telemetry goes: what has no settings of its own goes to the console.

use cruddur_console::Console;
use cruddur_trace::{SetupError, Telemetry, TelemetryBuilder};

use crate::SERVICE;

/// Any of these says where OTLP goes.
const OTLP: &[&str] = &[
    "HONEYCOMB_API_KEY",
    "HONEYCOMB_API_KEY_FILE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];
const XRAY: &[&str] =
    &["AWS_XRAY_DAEMON_ADDRESS", "AWS_ENDPOINT_URL_XRAY", "CRUDDUR_XRAY_TRANSPORT"];
const LOGS: &[&str] = &["AWS_CLOUDWATCH_LOG_GROUP", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"];
const ROLLBAR: &[&str] = &["ROLLBAR_ACCESS_TOKEN", "ROLLBAR_ACCESS_TOKEN_FILE", "ROLLBAR_ENDPOINT"];

/// The telemetry by the environment; with a console, whatever the environment does not name goes
/// there, all of it sampled, and with `tee` a copy of the rest too.
pub(crate) fn builder(
    console: Option<&Console>,
    tee: bool,
) -> Result<TelemetryBuilder, SetupError> {
    let mut builder = Telemetry::from_env()?.default_service(SERVICE);
    let Some(console) = console else { return Ok(builder) };
    let (url, address) = (console.url(), console.address().to_string());
    let url = url.trim_end_matches('/');
    if is_unset(OTLP) {
        // Whoever looks on should not have to wait for a batch to fill, nor a minute for metrics.
        builder = builder
            .default_setting("OTEL_EXPORTER_OTLP_ENDPOINT", url)
            .default_setting("OTEL_BSP_SCHEDULE_DELAY", "200")
            .default_setting("OTEL_BLRP_SCHEDULE_DELAY", "200")
            .default_setting("OTEL_METRIC_EXPORT_INTERVAL", "5000");
    } else if tee {
        builder = builder.copy_to(url);
    }
    if is_unset(XRAY) {
        builder = builder
            .default_setting("AWS_XRAY_DAEMON_ADDRESS", address)
            .default_setting("CRUDDUR_XRAY_SAMPLER", "always");
    }
    if is_unset(LOGS) {
        builder = builder
            .default_setting("AWS_CLOUDWATCH_LOG_GROUP", "cruddur")
            .default_setting("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", url)
            .default_setting("AWS_REGION", "us-east-1");
    }
    if is_unset(ROLLBAR) {
        builder = builder
            .default_setting("ROLLBAR_ACCESS_TOKEN", "local-console")
            .default_setting("ROLLBAR_ENVIRONMENT", "production")
            .default_setting("ROLLBAR_ENDPOINT", format!("{url}/api/1/"));
    }
    Ok(builder)
}

/// Whether the environment says nothing here; an empty variable says nothing.
fn is_unset(names: &[&str]) -> bool {
    names.iter().all(|name| std::env::var(name).map_or(true, |value| value.trim().is_empty()))
}
