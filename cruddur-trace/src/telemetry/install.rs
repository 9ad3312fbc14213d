//! What the rest of the crate is told of the settings: samplers, propagators, layers.

use super::platform::is_lambda;
use crate::config::{self, Config, ConfigError, Settings, Source};
use crate::pipeline::ReadMetrics;
use crate::pipeline::diagnose::{Verbosity, say_once};
use crate::propagation::{EXPECTED, Propagator, Propagators};
use crate::remote;
use crate::sampling::{self, Decider, XrayRules};

/// What they are told, read but not said yet: a mistake in it must leave the process as it was.
pub(super) struct Told {
    propagators: Propagators,
    #[cfg(feature = "tower")]
    hosts: Vec<String>,
    #[cfg(feature = "tower")]
    layers: crate::layer::HttpDefaults,
}

impl Told {
    /// # Errors
    ///
    /// The first setting that can't be used.
    pub(super) fn read(config: &Config, settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            propagators: propagators(config, settings)?,
            #[cfg(feature = "tower")]
            hosts: config::propagate_to(settings)?,
            #[cfg(feature = "tower")]
            layers: layers(settings)?,
        })
    }

    /// Tells samplers, propagators and layers what was decided.
    pub(super) fn install(self, config: &Config, xray_rules: Option<Box<dyn XrayRules>>) {
        // Who records nothing decides nothing: context still propagates, as it came.
        if !config.disabled {
            let mut decider = Decider::new(config.sampler).recording_all(config.keep.is_on());
            if let Some(rules) = xray_rules {
                decider = decider.with_xray(rules);
            }
            sampling::install(decider);
        }
        remote::install_propagators(self.propagators);
        let xray_sends = config.xray.as_ref().filter(|xray| xray.sends);
        if is_lambda() && xray_sends.is_some() {
            remote::install_invocation(|| std::env::var("_X_AMZN_TRACE_ID").ok());
        }
        if xray_sends.is_some_and(|xray| xray.log_missing_context) {
            crate::span::on_missing_context(|what| {
                let text =
                    format!("{what} was called outside of any trace (AWS_XRAY_CONTEXT_MISSING)");
                say_once(Verbosity::Warn, text);
            });
        }
        #[cfg(feature = "tower")]
        {
            crate::layer::client::install_hosts(self.hosts);
            crate::layer::install_defaults(self.layers);
        }
    }
}

#[cfg(feature = "tower")]
fn layers(settings: &Settings) -> Result<crate::layer::HttpDefaults, ConfigError> {
    let headers =
        |which: &str| settings.list(&format!("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_{which}"));
    let trusted = settings.list("CRUDDUR_TRUSTED_PROXIES");
    let trusted = trusted.iter().map(|text| crate::layer::parse_network(text));
    let trusted = trusted.collect::<Result<Vec<_>, _>>().map_err(|_| {
        settings.error("CRUDDUR_TRUSTED_PROXIES", format!("write {}", crate::layer::NETWORKS))
    })?;
    Ok(crate::layer::HttpDefaults {
        excluded_paths: config::excluded_paths(settings)?,
        trusted,
        is_public: settings.boolean("CRUDDUR_PUBLIC_ENDPOINT")?,
        known_methods: settings.list("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"),
        request_headers: headers("SERVER_REQUEST"),
        response_headers: headers("SERVER_RESPONSE"),
        sanitized: headers("SANITIZE_FIELDS"),
    })
}

/// X-Ray's header is understood where X-Ray is on, unless somebody lists formats.
fn propagators(config: &Config, settings: &Settings) -> Result<Propagators, ConfigError> {
    let name = "OTEL_PROPAGATORS";
    let listed = settings.text(name).unwrap_or_default().parse::<Propagators>();
    let listed = listed.map_err(|_| settings.error(name, format!("write {EXPECTED}")))?;
    let is_set = settings.source(name) != Source::BuiltIn;
    let adds_xray = config.xray.as_ref().is_some_and(|xray| xray.sends) && !is_set;
    Ok(if adds_xray { listed.with(Propagator::Xray) } else { listed })
}

/// The metrics of the HTTP layer, which counts from now on.
pub(super) fn read_metrics() -> Option<ReadMetrics> {
    #[cfg(feature = "tower")]
    {
        let metrics = crate::layer::metrics::enable();
        Some(Box::new(move || Some(metrics.snapshot())))
    }
    #[cfg(not(feature = "tower"))]
    None
}
