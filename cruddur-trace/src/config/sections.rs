//! The settings as types: what each part of the crate asks for.

mod aws;
mod batch;
mod exporters;
#[cfg(feature = "tower")]
mod http;
mod reports;

pub(crate) use aws::{AwsConfig, CloudWatchConfig, XRayConfig, XRayTransport};
pub(crate) use batch::{BatchConfig, LimitsConfig};
pub(crate) use exporters::{Exporters, Keep, LogsExporter, TracesExporter};
#[cfg(feature = "tower")]
pub(crate) use http::{excluded_paths, propagate_to};
pub(crate) use reports::{RollbarConfig, SentryConfig};

use super::{ConfigError, Honeycomb, OtlpConfig, Settings};
use crate::sampling::{Sampler, SamplerError};

/// All settings, read once.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// `OTEL_SDK_DISABLED`.
    pub(crate) disabled: bool,
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    pub(crate) exporters: Exporters,
    pub(crate) otlp: OtlpConfig,
    pub(crate) honeycomb: Option<Honeycomb>,
    pub(crate) aws: AwsConfig,
    /// Where X-Ray is on.
    pub(crate) xray: Option<XRayConfig>,
    /// Where CloudWatch Logs is on.
    pub(crate) cloudwatch: Option<CloudWatchConfig>,
    /// Where Rollbar is on.
    pub(crate) rollbar: Option<RollbarConfig>,
    /// Where Sentry is on.
    pub(crate) sentry: Option<SentryConfig>,
    pub(crate) batch: BatchConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) sampler: Sampler,
    pub(crate) keep: Keep,
}

impl Config {
    /// # Errors
    ///
    /// The first setting that can't be used.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let exporters = Exporters::read(settings)?;
        let honeycomb = Honeycomb::read(settings)?;
        let otlp = OtlpConfig::read(settings, &exporters, honeycomb.as_ref())?;
        let sampler = sampler(settings)?;
        Ok(Self {
            disabled: settings.boolean("OTEL_SDK_DISABLED")?,
            service_name: settings.text("OTEL_SERVICE_NAME").map(str::to_owned),
            resource_attributes: settings.pairs("OTEL_RESOURCE_ATTRIBUTES")?,
            otlp,
            honeycomb,
            aws: AwsConfig::read(settings)?,
            xray: XRayConfig::read(settings, &exporters, &sampler)?,
            cloudwatch: CloudWatchConfig::read(settings, &exporters)?,
            rollbar: RollbarConfig::read(settings)?,
            sentry: SentryConfig::read(settings),
            batch: BatchConfig::read(settings)?,
            limits: LimitsConfig::read(settings)?,
            sampler,
            keep: Keep::read(settings)?,
            exporters,
        })
    }
}

fn sampler(settings: &Settings) -> Result<Sampler, ConfigError> {
    let name = settings.text("OTEL_TRACES_SAMPLER").unwrap_or_default();
    let argument = settings.text("OTEL_TRACES_SAMPLER_ARG");
    Sampler::parse(name, argument).map_err(|error| {
        let variable = match error {
            SamplerError::UnknownName(_) => "OTEL_TRACES_SAMPLER",
            SamplerError::BadRatio(_) => "OTEL_TRACES_SAMPLER_ARG",
        };
        // The error of a setting names the variable and shows its value already.
        settings.error(variable, format!("write {}", error.expected()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn a_wrong_sampler_is_named_and_shown_once() {
        #[track_caller]
        fn check(name: &str, argument: &str, variable: &str, remedy: &str) {
            let settings =
                settings(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
            let error = sampler(&settings).expect_err("an error").to_string();
            assert_eq!(error.matches(variable).count(), 1, "{error}");
            assert!(error.contains(remedy), "{error}");
        }
        check("traceidratio", "abc", "OTEL_TRACES_SAMPLER_ARG", "write a number from 0 to 1");
        check("mostly", "0.5", "OTEL_TRACES_SAMPLER:", "write always_on, ");
    }
}
