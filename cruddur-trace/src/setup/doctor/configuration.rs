//! Every fault of the settings, not only the first; and a configuration without them.

use crate::config::{Config, ConfigError, Settings};
use crate::pipeline::diagnose::Verbosity;
use crate::propagation::{EXPECTED, Propagators};
use crate::setup::Setup;

use super::check::{Checks, Trouble};

/// Settings and what they mean, once what can't be used is taken out.
pub(super) struct Effective {
    pub(super) settings: Settings,
    pub(super) config: Config,
}

/// More rounds than there are variables that can be wrong.
const MAX_ROUNDS: usize = 64;

/// Reads all settings; each one that can't be used is a fault, and is then left out.
pub(super) fn read(setup: &Setup, checks: &mut Checks) -> Option<Effective> {
    let mut layers = setup.layers();
    for (name, value) in &layers.environment {
        if value.trim().trim_matches(['"', '\'']).trim().is_empty()
            && crate::config::variables().any(|it| it.name == name)
        {
            let remedy = format!("give {name} a value, or leave it out");
            checks.warning(name.clone(), "is set but empty, which counts as not set", remedy);
        }
    }
    let read_file = |path: &str| std::fs::read_to_string(path);
    let mut faults: Vec<ConfigError> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let read = Settings::resolve(&layers, &read_file);
        let read = read.and_then(|settings| Ok((Config::read(&settings)?, settings)));
        let error = match read {
            Ok((config, settings)) => {
                faults.extend(of_the_rest(&settings));
                tell(&faults, &settings, checks);
                return Some(Effective { settings, config });
            }
            Err(error) => error,
        };
        let culprit = culprit(&error, &layers.environment);
        faults.push(error);
        match culprit {
            Some(name) => drop(layers.environment.remove(&name)),
            None => break,
        }
    }
    for fault in &faults {
        checks.fault(fault.name(), trouble(fault));
    }
    None
}

/// Which variable has to go so that the rest can be looked at: for one that is missing, the one
/// that asks for it.
fn culprit(
    error: &ConfigError,
    environment: &std::collections::BTreeMap<String, String>,
) -> Option<String> {
    let asks = match error.name() {
        name if environment.contains_key(name) => name,
        "AWS_CLOUDWATCH_LOG_GROUP" => "OTEL_LOGS_EXPORTER",
        "HONEYCOMB_DATASET" if environment.contains_key("HONEYCOMB_API_KEY") => "HONEYCOMB_API_KEY",
        "HONEYCOMB_DATASET" => "HONEYCOMB_API_KEY_FILE",
        name => {
            // A pair of which one half is there; or a secret that came from a file.
            let half = name.replace("CLIENT_KEY", "CLIENT_CERTIFICATE");
            let candidates =
                [half, name.replace("_CLIENT_KEY", "_CLIENT_KEY_FILE"), format!("{name}_FILE")];
            return candidates.into_iter().find(|it| environment.contains_key(it));
        }
    };
    environment.contains_key(asks).then(|| asks.to_owned())
}

/// What is read where telemetry is wired rather than in [`Config`].
fn of_the_rest(settings: &Settings) -> Vec<ConfigError> {
    let mut faults = Vec::new();
    let listed = settings.text("OTEL_PROPAGATORS").unwrap_or_default().parse::<Propagators>();
    if listed.is_err() {
        faults.push(settings.error("OTEL_PROPAGATORS", format!("write {EXPECTED}")));
    }
    if Verbosity::parse(settings.text("OTEL_LOG_LEVEL").unwrap_or_default()).is_none() {
        faults.push(settings.error("OTEL_LOG_LEVEL", "write none, error, warn, info or debug"));
    }
    #[cfg(feature = "tower")]
    {
        let proxies = settings.list("CRUDDUR_TRUSTED_PROXIES");
        if proxies.iter().any(|network| crate::layer::parse_network(network).is_err()) {
            faults.push(
                settings
                    .error("CRUDDUR_TRUSTED_PROXIES", format!("write {}", crate::layer::NETWORKS)),
            );
        }
        faults.extend(crate::config::propagate_to(settings).err());
        faults.extend(crate::config::excluded_paths(settings).err());
    }
    faults
}

fn tell(faults: &[ConfigError], settings: &Settings, checks: &mut Checks) {
    for fault in faults {
        checks.fault(fault.name(), trouble(fault));
    }
    for warning in settings.warnings() {
        let (name, found) = warning.split_once(": ").unwrap_or(("settings", warning));
        let remedy = if found.contains("not known here") {
            "check the spelling against docs/configuration.md"
        } else if found.contains("taken off") {
            "write the value without quotes and blanks: some tools take them literally"
        } else if found.contains("not read") {
            "set one of the two"
        } else {
            "unset it"
        };
        checks.warning(name, found, remedy);
    }
    let count = settings.iter().count();
    let word = if count == 1 { "variable" } else { "variables" };
    checks.fine("settings", format!("{count} {word} set"));
}

fn trouble(fault: &ConfigError) -> Trouble {
    let text = fault.to_string();
    let found = text.strip_prefix(&format!("{}: ", fault.name())).unwrap_or(&text);
    let found = found.strip_suffix(&format!("; {}", fault.remedy())).unwrap_or(found);
    Trouble::new(found, fault.remedy())
}

/// Whether anything leaves the process.
pub(super) fn exports(config: &Config) -> bool {
    let otlp = &config.otlp;
    otlp.traces.is_some()
        || otlp.logs.is_some()
        || otlp.metrics.is_some()
        || config.honeycomb.is_some()
        || config.xray.is_some()
        || config.cloudwatch.is_some()
        || config.rollbar.is_some()
        || config.sentry.is_some()
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn look(environment: &[(&str, &str)]) -> (Option<Effective>, Checks) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let setup = Setup::new(environment.iter().map(owned)).service("s");
        let mut checks = Checks::default();
        (read(&setup, &mut checks), checks)
    }

    #[test]
    fn every_fault_is_found_with_its_remedy() {
        let (effective, checks) = look(&[
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_PROPAGATORS", "jaeger"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team"),
            ("OTEL_LOGS_EXPORTER", "cloudwatch"),
            ("HONEYCOMB_API_KEY_FILE", "/nowhere/key"),
            ("OTEL_LOG_LEVEL", "loud"),
        ]);
        assert!(effective.is_some());
        let faults: Vec<&str> = checks
            .0
            .iter()
            .filter(|it| it.state == State::Fault)
            .map(|it| {
                assert!(it.remedy.as_ref().is_some_and(|it| it.len() > 5), "{it:?}");
                it.subject.as_str()
            })
            .collect();
        for name in [
            "OTEL_TRACES_EXPORTER",
            "OTEL_TRACES_SAMPLER",
            "OTEL_PROPAGATORS",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "AWS_CLOUDWATCH_LOG_GROUP",
            "HONEYCOMB_API_KEY_FILE",
            "OTEL_LOG_LEVEL",
        ] {
            assert!(faults.contains(&name), "{name} is not among {faults:?}");
        }
    }

    #[test]
    fn what_surprises_is_a_warning() {
        let (_, checks) = look(&[
            ("HONEYCOMB_API_KEY", ""),
            ("ROLLBAR_ACCESS_TOKEN", "\"abc\""),
            ("HONEYCOMB_APIKEY", "abc"),
        ]);
        let warnings = checks.0.iter().filter(|it| it.state == State::Warning);
        let warnings: Vec<&str> = warnings.map(|it| it.subject.as_str()).collect();
        assert_eq!(warnings, ["HONEYCOMB_API_KEY", "ROLLBAR_ACCESS_TOKEN", "HONEYCOMB_APIKEY"]);
    }
}
