//! AWS: where it is, and whether X-Ray and CloudWatch Logs are on.

use std::time::Duration;

use super::exporters::{Exporters, LogsExporter, TracesExporter};
use crate::config::otlp::is_url;
use crate::config::{ConfigError, Settings};
use crate::sampling::{RootSampler, Sampler};

/// What every AWS client needs; credentials are the AWS SDK's own affair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AwsConfig {
    pub(crate) region: Option<String>,
    /// Base URL of X-Ray, if it is not AWS's own.
    pub(crate) xray_endpoint: Option<String>,
    /// Base URL of CloudWatch Logs, if it is not AWS's own.
    pub(crate) logs_endpoint: Option<String>,
    /// Whether keys are in the environment; other sources are found by the SDK only.
    pub(crate) has_keys: bool,
}

impl AwsConfig {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let text = |name: &str| settings.text(name).map(str::to_owned);
        Ok(Self {
            region: region(settings)?,
            xray_endpoint: endpoint(settings, "AWS_ENDPOINT_URL_XRAY")?,
            logs_endpoint: endpoint(settings, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")?,
            has_keys: text("AWS_ACCESS_KEY_ID").is_some(),
        })
    }
}

/// The base URL of a service, or of all of them.
fn endpoint(settings: &Settings, name: &str) -> Result<Option<String>, ConfigError> {
    let named = [name, "AWS_ENDPOINT_URL"].into_iter();
    let Some((name, url)) = named.filter_map(|it| Some((it, settings.text(it)?))).next() else {
        return Ok(None);
    };
    if !is_url(url) {
        let remedy = "write a URL with scheme and host, such as http://localhost:4566";
        return Err(settings.error(name, remedy));
    }
    Ok(Some(url.to_owned()))
}

/// The region; it becomes part of a host's name.
fn region(settings: &Settings) -> Result<Option<String>, ConfigError> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    let Some((name, region)) = named.filter_map(|it| Some((it, settings.text(it)?))).next() else {
        return Ok(None);
    };
    let is_usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let begins_well = region.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !begins_well || !region.bytes().all(is_usual) {
        return Err(settings.error(name, "write a region's code, such as \"eu-central-1\""));
    }
    Ok(Some(region.to_owned()))
}

/// How segments reach X-Ray (`CRUDDUR_XRAY_TRANSPORT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum XRayTransport {
    /// What the environment offers.
    #[default]
    Auto,
    Daemon,
    Api,
    Otlp,
}

impl XRayTransport {
    fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let name = "CRUDDUR_XRAY_TRANSPORT";
        match settings.text(name) {
            Some("auto") | None => Ok(Self::Auto),
            Some("daemon") => Ok(Self::Daemon),
            Some("api") => Ok(Self::Api),
            Some("otlp") => Ok(Self::Otlp),
            Some(_) => Err(settings.error(name, "write \"auto\", \"daemon\", \"api\" or \"otlp\"")),
        }
    }
}

/// X-Ray, where it is on; addresses, patterns and paths are as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct XRayConfig {
    /// Whether segments are sent; else only its rules are asked (`OTEL_TRACES_SAMPLER=xray`).
    pub(crate) sends: bool,
    /// Base URL that rules are fetched from, where `OTEL_TRACES_SAMPLER_ARG` names one.
    pub(crate) rules_endpoint: Option<String>,
    /// How often rules are fetched, where `OTEL_TRACES_SAMPLER_ARG` says so.
    pub(crate) rules_interval: Option<Duration>,
    /// `AWS_XRAY_DAEMON_ADDRESS`.
    pub(crate) daemon_address: Option<String>,
    /// `AWS_XRAY_TRACING_NAME`.
    pub(crate) tracing_name: Option<String>,
    /// `AWS_XRAY_URL`: a host pattern for dynamic naming.
    pub(crate) url_pattern: Option<String>,
    /// `CRUDDUR_XRAY_SAMPLER`.
    pub(crate) sampler: String,
    pub(crate) transport: XRayTransport,
    /// `AWS_XRAY_CONTEXT_MISSING`, whether to say so.
    pub(crate) log_missing_context: bool,
    pub(crate) debug: bool,
}

impl XRayConfig {
    pub(super) fn read(
        settings: &Settings,
        exporters: &Exporters,
        sampler: &Sampler,
    ) -> Result<Option<Self>, ConfigError> {
        let text = |name: &str| settings.text(name).map(str::to_owned);
        let daemon_address = text("AWS_XRAY_DAEMON_ADDRESS");
        let enabled = settings.boolean("AWS_XRAY_SDK_ENABLED")?
            && !settings.boolean("AWS_XRAY_SDK_DISABLED")?;
        let sends = enabled && exporters.traces_on(TracesExporter::XRay, daemon_address.is_some());
        let is_coupled = sampler.root == RootSampler::Xray;
        if !sends && !is_coupled {
            return Ok(None);
        }
        let argument = text("OTEL_TRACES_SAMPLER_ARG").filter(|_| is_coupled).unwrap_or_default();
        let (rules_endpoint, rules_interval) = sampler_argument(&argument)
            .map_err(|remedy| settings.error("OTEL_TRACES_SAMPLER_ARG", remedy))?;
        let context_missing = text("AWS_XRAY_CONTEXT_MISSING").unwrap_or_default();
        if !["LOG_ERROR", "IGNORE_ERROR", "RUNTIME_ERROR"].contains(&context_missing.as_str()) {
            let remedy = "write \"LOG_ERROR\" or \"IGNORE_ERROR\"";
            return Err(settings.error("AWS_XRAY_CONTEXT_MISSING", remedy));
        }
        Ok(Some(Self {
            sends,
            rules_endpoint,
            rules_interval,
            daemon_address,
            tracing_name: text("AWS_XRAY_TRACING_NAME"),
            url_pattern: text("AWS_XRAY_URL"),
            sampler: text("CRUDDUR_XRAY_SAMPLER").unwrap_or_default(),
            transport: XRayTransport::read(settings)?,
            log_missing_context: context_missing != "IGNORE_ERROR",
            debug: settings.boolean("AWS_XRAY_DEBUG_MODE")?,
        }))
    }
}

/// `endpoint=http://localhost:2000,polling_interval=300`, both optional: a base URL or `host:port`,
/// and seconds.
fn sampler_argument(text: &str) -> Result<(Option<String>, Option<Duration>), String> {
    let (mut endpoint, mut interval) = (None, None);
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some(("endpoint", value)) if !value.is_empty() => {
                let is_url = value.starts_with("http://") || value.starts_with("https://");
                let url = if is_url { value.to_owned() } else { format!("http://{value}") };
                endpoint = Some(url.trim_end_matches('/').to_owned());
            }
            Some(("polling_interval", value)) => {
                let seconds = value.parse().ok().filter(|seconds| (1..=86_400).contains(seconds));
                let seconds: u64 =
                    seconds.ok_or("`polling_interval` is in whole seconds, from 1 to 86400")?;
                interval = Some(Duration::from_secs(seconds));
            }
            _ => return Err("write \"endpoint=http://host:port,polling_interval=seconds\"".into()),
        }
    }
    Ok((endpoint, interval))
}

/// CloudWatch Logs, where it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloudWatchConfig {
    pub(crate) group: String,
    /// A template.
    pub(crate) stream: String,
    pub(crate) retention_days: Option<u32>,
    /// By OTLP rather than by `PutLogEvents`.
    pub(crate) is_otlp: bool,
    /// Of a group that we make.
    pub(crate) tags: Vec<(String, String)>,
}

impl CloudWatchConfig {
    pub(super) fn read(
        settings: &Settings,
        exporters: &Exporters,
    ) -> Result<Option<Self>, ConfigError> {
        let group = settings.text("AWS_CLOUDWATCH_LOG_GROUP");
        if !exporters.logs_on(LogsExporter::CloudWatch, group.is_some()) {
            return Ok(None);
        }
        let Some(group) = group else {
            let remedy = "name a log group, or take \"cloudwatch\" out of OTEL_LOGS_EXPORTER";
            return Err(settings.error("AWS_CLOUDWATCH_LOG_GROUP", remedy));
        };
        let transport = "CRUDDUR_CLOUDWATCH_TRANSPORT";
        let is_otlp = match settings.text(transport) {
            Some("api") | None => false,
            Some("otlp") => true,
            Some(_) => return Err(settings.error(transport, "write \"api\" or \"otlp\"")),
        };
        Ok(Some(Self {
            is_otlp,
            group: group.to_owned(),
            stream: settings.text("AWS_CLOUDWATCH_LOG_STREAM").unwrap_or_default().to_owned(),
            retention_days: settings.number("AWS_CLOUDWATCH_LOG_RETENTION_DAYS")?,
            tags: settings.pairs("AWS_CLOUDWATCH_LOG_TAGS")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    fn xray(environment: &[(&str, &str)]) -> Option<XRayConfig> {
        let settings = settings(environment);
        let exporters = Exporters::read(&settings).expect("valid lists");
        XRayConfig::read(&settings, &exporters, &Sampler::default()).expect("valid")
    }

    #[test]
    fn places_that_cannot_be_are_named() {
        let check = |name: &str, value: &str, is_good: bool| {
            let read = AwsConfig::read(&settings(&[(name, value)]));
            assert_eq!(read.is_ok(), is_good, "{name}={value}");
            assert!(read.err().is_none_or(|error| error.name() == name), "{name}");
        };
        check("AWS_ENDPOINT_URL", "http://localhost:4566", true);
        check("AWS_ENDPOINT_URL", "localhost:4566", false);
        check("AWS_ENDPOINT_URL_XRAY", "https://h/ x", false);
        check("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "-1", false);
        check("AWS_REGION", "us-east-1", true);
        check("AWS_REGION", "-1", false);
        check("AWS_DEFAULT_REGION", "a/b", false);
    }

    #[test]
    fn the_sampler_is_told_where_rules_are_and_how_often_to_fetch_them() {
        let read = |argument: &str| {
            let settings = settings(&[("OTEL_TRACES_SAMPLER_ARG", argument)]);
            let exporters = Exporters::read(&settings).expect("valid lists");
            let sampler = Sampler::parse("xray", Some(argument)).expect("valid");
            XRayConfig::read(&settings, &exporters, &sampler)
        };
        let check = |argument: &str, endpoint: Option<&str>, seconds: Option<u64>| {
            let found = read(argument).expect("valid").expect("rules are asked");
            assert!(!found.sends, "nothing says that segments are sent");
            assert_eq!(found.rules_endpoint.as_deref(), endpoint, "{argument}");
            assert_eq!(found.rules_interval, seconds.map(Duration::from_secs), "{argument}");
        };
        check("", None, None);
        check(
            "endpoint=http://localhost:2000,polling_interval=360",
            Some("http://localhost:2000"),
            Some(360),
        );
        check(" polling_interval = 10 , endpoint=d:2000/ ", Some("http://d:2000"), Some(10));
        for bad in ["0.5", "endpoint", "endpoint=", "polling_interval=0", "interval=1"] {
            let error = read(bad).expect_err("an error");
            assert_eq!(error.name(), "OTEL_TRACES_SAMPLER_ARG", "{bad}");
        }
    }

    #[test]
    fn xray_is_on_with_a_daemon_or_when_listed_and_off_when_told() {
        let daemon = ("AWS_XRAY_DAEMON_ADDRESS", "xray-daemon:2000");
        assert!(xray(&[("AWS_ACCESS_KEY_ID", "AKIA")]).is_none());
        assert!(xray(&[daemon]).is_some());
        assert!(xray(&[("OTEL_TRACES_EXPORTER", "xray")]).is_some());
        assert!(xray(&[daemon, ("OTEL_TRACES_EXPORTER", "otlp")]).is_none());
        assert!(xray(&[daemon, ("AWS_XRAY_SDK_ENABLED", "false")]).is_none());
        assert!(xray(&[daemon, ("AWS_XRAY_SDK_DISABLED", "true")]).is_none());
    }

    #[test]
    fn cloudwatch_needs_a_group() {
        let read = |environment: &[(&str, &str)]| {
            let settings = settings(environment);
            let exporters = Exporters::read(&settings).expect("valid lists");
            CloudWatchConfig::read(&settings, &exporters)
        };
        assert_eq!(read(&[]), Ok(None));
        let group = ("AWS_CLOUDWATCH_LOG_GROUP", "cruddur");
        assert!(read(&[group]).expect("valid").is_some());
        assert_eq!(read(&[group, ("OTEL_LOGS_EXPORTER", "otlp")]), Ok(None));
        let tags = read(&[group, ("AWS_CLOUDWATCH_LOG_TAGS", "team=cruddur,cost centre=7")]);
        let tags = tags.expect("valid").expect("on").tags;
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(tags, [pair("team", "cruddur"), pair("cost centre", "7")]);
        let error = read(&[group, ("AWS_CLOUDWATCH_LOG_TAGS", "team")]).expect_err("no value");
        assert_eq!(error.name(), "AWS_CLOUDWATCH_LOG_TAGS");
        let error = read(&[("OTEL_LOGS_EXPORTER", "cloudwatch")]).expect_err("no group");
        assert_eq!(error.name(), "AWS_CLOUDWATCH_LOG_GROUP");
    }

    #[test]
    fn the_first_region_and_the_most_special_endpoint_count() {
        let aws = AwsConfig::read(&settings(&[
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_XRAY", "http://127.0.0.1:2"),
        ]))
        .expect("valid");
        assert_eq!(aws.region.as_deref(), Some("us-east-1"));
        assert_eq!(aws.xray_endpoint.as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(aws.logs_endpoint.as_deref(), Some("http://127.0.0.1:1"));
    }

    #[test]
    fn a_region_is_a_part_of_a_host_s_name() {
        let check = |name: &str, region: &str, is_region: bool| {
            let read = AwsConfig::read(&settings(&[(name, region)]));
            match read {
                Ok(aws) => assert_eq!((aws.region.as_deref(), is_region), (Some(region), true)),
                Err(error) => assert_eq!((error.name(), is_region), (name, false), "{region}"),
            }
        };
        check("AWS_REGION", "us-gov-west-1", true);
        check("AWS_REGION", "us east!", false);
        check("AWS_DEFAULT_REGION", "Frankfurt", false);
        check("AWS_DEFAULT_REGION", "evil.example/", false);
    }
}
