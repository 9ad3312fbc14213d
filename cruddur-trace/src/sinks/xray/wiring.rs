//! What the settings make of X-Ray: a sampler, a transport, and who keeps the rules fresh.
//!
//! `auto` takes the daemon where one is named, then the API where credentials are in the
//! environment or an endpoint is set, else the daemon where it always listens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::poller::{Poller, RULES_INTERVAL};
use super::{DaemonAddress, XrayCalls, XraySettings};
use crate::config::{AwsConfig, XRayConfig, XRayTransport, shown_url};
use crate::record::Resource;
use crate::sampling::xray::{CentralRules, LocalRules, SampledService, XraySampler};

/// Where the daemon listens unless it is told otherwise.
const USUAL_DAEMON: &str = "127.0.0.1:2000";

/// How segments travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// By UDP.
    Daemon(DaemonAddress),
    /// `PutTraceSegments`; needs the feature `aws`.
    Api,
    /// OTLP, signed; needs the feature `aws`. The OTLP sink does it.
    Otlp,
}

/// All that X-Ray needs, before anything is started.
#[derive(Debug)]
pub(crate) struct XrayPlan {
    pub(crate) settings: XraySettings,
    pub(crate) sampler: XraySampler,
    pub(crate) transport: Transport,
    region: Option<String>,
    endpoint: Option<String>,
    /// Where rules are fetched from, if not where segments go.
    rules_endpoint: Option<String>,
    rules_interval: Duration,
}

/// A setting that can't be used: it names the variable and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlanError {
    pub(crate) what: String,
    pub(crate) remedy: &'static str,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl std::error::Error for PlanError {}

impl XrayPlan {
    /// The plan. `read_file` reads local rules, where they are named; `random` tells this process
    /// from others.
    pub(crate) fn new(
        xray: &XRayConfig,
        aws: &AwsConfig,
        resource: Resource,
        log_groups: Vec<String>,
        random: u128,
        read_file: &dyn Fn(&str) -> std::io::Result<String>,
    ) -> Result<Self, PlanError> {
        let transport = transport(xray, aws)?;
        let mut settings = XraySettings::new(resource);
        settings.segment_name.clone_from(&xray.tracing_name);
        settings.dynamic_naming.clone_from(&xray.url_pattern);
        settings.log_groups = log_groups;
        settings.debug = xray.debug;
        let sampler = match xray.sampler.as_str() {
            // Lambda decides before the function is called, and tells; its daemon proxies no calls.
            "" | "central" if settings.is_lambda() => XraySampler::Local(Arc::default()),
            "" | "central" => {
                let service = sampled_service(&settings);
                let rules = CentralRules::new(service, LocalRules::default(), random);
                XraySampler::Central(Arc::new(rules))
            }
            "always" => XraySampler::Always,
            path => {
                let wrong = |what: String| PlanError {
                    what: format!("CRUDDUR_XRAY_SAMPLER={}: {what}", shown_url(path)),
                    remedy: "write \"central\", \"always\", or the path of a file of local rules",
                };
                let file = read_file(path).map_err(|error| wrong(error.to_string()))?;
                let rules = LocalRules::parse(file.as_bytes());
                XraySampler::Local(Arc::new(rules.map_err(|error| wrong(error.to_string()))?))
            }
        };
        Ok(Self {
            settings,
            sampler,
            transport,
            region: aws.region.clone(),
            endpoint: aws.xray_endpoint.clone(),
            rules_endpoint: xray.rules_endpoint.clone(),
            rules_interval: xray.rules_interval.unwrap_or(RULES_INTERVAL),
        })
    }

    /// The task that keeps central rules fresh: run it on the exporter thread. `None` where the
    /// rules are not central.
    pub(crate) fn poller(&self, diagnose: fn(&str)) -> Option<impl Future<Output = ()> + use<>> {
        let XraySampler::Central(rules) = &self.sampler else { return None };
        let rules = Arc::clone(rules);
        let (transport, region, endpoint) =
            (self.transport.clone(), self.region.clone(), self.endpoint.clone());
        let (rules_endpoint, interval) = (self.rules_endpoint.clone(), self.rules_interval);
        Some(async move {
            let calls = match (rules_endpoint, transport) {
                (Some(base), _) => XrayCalls::unsigned(base).map_err(|error| error.to_string()),
                (None, Transport::Daemon(address)) => {
                    XrayCalls::through_daemon(&address.tcp).map_err(|error| error.to_string())
                }
                (None, Transport::Api | Transport::Otlp) => {
                    signed(region.as_deref(), endpoint.as_deref()).await
                }
            };
            match calls {
                Ok(calls) => Poller::new(rules, calls, interval, diagnose).run().await,
                Err(error) => diagnose(&format!("X-Ray sampling rules can't be fetched: {error}")),
            }
        })
    }

    /// What the OTLP sink is told.
    #[cfg(feature = "aws")]
    pub(crate) fn otlp_settings(&self) -> Result<crate::sinks::otlp::OtlpSettings, String> {
        super::otlp::settings(self.region.as_deref(), self.endpoint.as_deref())
    }

    /// What signs the OTLP sink's requests.
    #[cfg(feature = "aws")]
    pub(crate) fn signer(&self) -> Box<dyn crate::sinks::otlp::Sign> {
        Box::new(crate::sinks::aws_sign::LazySigner::new(self.region.clone(), "xray"))
    }

    /// The sink for the API.
    #[cfg(feature = "aws")]
    pub(crate) fn api_sink(&self) -> super::ApiSink {
        super::ApiSink::new(&self.settings, self.region.clone(), self.endpoint.clone())
    }
}

#[cfg(feature = "aws")]
async fn signed(region: Option<&str>, endpoint: Option<&str>) -> Result<XrayCalls, String> {
    use crate::sinks::aws_sign::{AwsSigner, load_aws};
    let signer = AwsSigner::new(&load_aws(region).await, "xray");
    let signer = signer.map_err(|error| error.to_string())?;
    XrayCalls::signed(signer, endpoint).map_err(|error| error.to_string())
}

#[cfg(not(feature = "aws"))]
async fn signed(_region: Option<&str>, _endpoint: Option<&str>) -> Result<XrayCalls, String> {
    Err("this build has no feature `aws`".to_owned())
}

fn transport(xray: &XRayConfig, aws: &AwsConfig) -> Result<Transport, PlanError> {
    let daemon = || {
        let text = xray.daemon_address.as_deref().unwrap_or(USUAL_DAEMON);
        let address = text.parse::<DaemonAddress>();
        address.map(Transport::Daemon).map_err(|error| PlanError {
            what: format!("AWS_XRAY_DAEMON_ADDRESS: {error}"),
            remedy: "write host:2000, or tcp:host:port udp:host:port",
        })
    };
    let has_api = aws.has_keys || aws.xray_endpoint.is_some();
    let is_local = xray.daemon_address.is_some() || !has_api || !cfg!(feature = "aws");
    let (chosen, text) = match xray.transport {
        XRayTransport::Daemon => return daemon(),
        XRayTransport::Auto if is_local => return daemon(),
        XRayTransport::Auto | XRayTransport::Api => (Transport::Api, "api"),
        XRayTransport::Otlp => (Transport::Otlp, "otlp"),
    };
    if cfg!(feature = "aws") {
        Ok(chosen)
    } else {
        Err(PlanError {
            what: format!("CRUDDUR_XRAY_TRANSPORT={text} needs the feature `aws`"),
            remedy: "build with it, or write \"daemon\"",
        })
    }
}

fn sampled_service(settings: &XraySettings) -> SampledService {
    let resource = &settings.resource;
    let name = settings.segment_name.clone();
    SampledService {
        name: Some(name.unwrap_or_else(|| resource.service_name().to_owned())),
        kind: super::service::origin(resource).map(str::to_owned),
        arn: resource.text("cloud.resource_id").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(daemon: Option<&str>, transport: XRayTransport, sampler: &str) -> XRayConfig {
        XRayConfig {
            sends: true,
            rules_endpoint: None,
            rules_interval: None,
            daemon_address: daemon.map(str::to_owned),
            tracing_name: None,
            url_pattern: None,
            sampler: sampler.to_owned(),
            transport,
            log_missing_context: false,
            debug: false,
        }
    }

    fn plan(xray: &XRayConfig, has_keys: bool) -> Result<XrayPlan, PlanError> {
        let aws = AwsConfig { has_keys, ..AwsConfig::default() };
        let file = |path: &str| match path {
            "rules.json" => Ok(r#"{"version":2,"default":{"fixed_target":1,"rate":0}}"#.to_owned()),
            _ => Err(std::io::Error::other("no such file")),
        };
        XrayPlan::new(xray, &aws, Resource::default(), Vec::new(), 1, &file)
    }

    #[test]
    fn auto_takes_what_the_environment_offers() {
        let daemon = |text: &str| Transport::Daemon(text.parse().expect("valid"));
        let check = |address: Option<&str>, has_keys: bool, expected: Transport| {
            let made =
                plan(&config(address, XRayTransport::Auto, "central"), has_keys).expect("valid");
            assert_eq!(made.transport, expected);
        };
        check(Some("d:2001"), true, daemon("d:2001"));
        check(None, false, daemon("127.0.0.1:2000"));
        #[cfg(feature = "aws")]
        check(None, true, Transport::Api);
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named() {
        let check = |xray: &XRayConfig, expected: &str| {
            let error = plan(xray, false).expect_err("an error").to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&config(Some("d"), XRayTransport::Auto, "central"), "AWS_XRAY_DAEMON_ADDRESS");
        let named = "CRUDDUR_XRAY_SAMPLER=none.json: no such file; write \"central\", ";
        check(&config(None, XRayTransport::Daemon, "none.json"), named);
        let local = plan(&config(None, XRayTransport::Daemon, "rules.json"), false).expect("valid");
        assert!(matches!(local.sampler, XraySampler::Local(_)));
        assert!(local.poller(|_| ()).is_none());
    }
}
