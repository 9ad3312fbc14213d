//! Which backends are on, and what is kept after the fact.

use std::time::Duration;

use crate::config::{ConfigError, Settings, parse_duration};

/// A member of `OTEL_TRACES_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TracesExporter {
    Otlp,
    XRay,
    Console,
}

/// A member of `OTEL_LOGS_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogsExporter {
    Otlp,
    CloudWatch,
    Console,
}

/// The exporter lists; `None`: unset, so every sink that is configured is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exporters {
    pub(crate) traces: Option<Vec<TracesExporter>>,
    pub(crate) logs: Option<Vec<LogsExporter>>,
    /// Whether metrics go out by OTLP.
    pub(crate) metrics: Option<bool>,
}

impl Exporters {
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let traces = members(
            settings,
            "OTEL_TRACES_EXPORTER",
            &[
                ("otlp", TracesExporter::Otlp),
                ("xray", TracesExporter::XRay),
                ("console", TracesExporter::Console),
            ],
        )?;
        let logs = members(
            settings,
            "OTEL_LOGS_EXPORTER",
            &[
                ("otlp", LogsExporter::Otlp),
                ("cloudwatch", LogsExporter::CloudWatch),
                ("console", LogsExporter::Console),
            ],
        )?;
        let metrics = members(settings, "OTEL_METRICS_EXPORTER", &[("otlp", ())])?;
        Ok(Self { traces, logs, metrics: metrics.map(|it| !it.is_empty()) })
    }

    /// Whether a traces exporter is on, where `configured` says what holds without a list.
    pub(crate) fn traces_on(&self, exporter: TracesExporter, configured: bool) -> bool {
        self.traces.as_ref().map_or(configured, |list| list.contains(&exporter))
    }

    /// Whether a logs exporter is on, where `configured` says what holds without a list.
    pub(crate) fn logs_on(&self, exporter: LogsExporter, configured: bool) -> bool {
        self.logs.as_ref().map_or(configured, |list| list.contains(&exporter))
    }
}

/// `none` is a list of nothing; beside other members it is a contradiction.
fn members<T: Copy>(
    settings: &Settings,
    name: &str,
    known: &[(&str, T)],
) -> Result<Option<Vec<T>>, ConfigError> {
    if settings.set_text(name).is_none() {
        return Ok(None);
    }
    let mut found = Vec::new();
    let list = settings.list(name);
    for member in &list {
        match known.iter().find(|(text, _)| text == member) {
            Some((_, exporter)) => found.push(*exporter),
            None if member == "none" && list.len() == 1 => {}
            None => {
                let words: Vec<_> = known.iter().map(|(text, _)| *text).collect();
                let remedy = format!("write a list of {}, or \"none\" alone", words.join(", "));
                return Err(settings.error(name, remedy));
            }
        }
    }
    Ok(Some(found))
}

/// Which traces are kept although the sampler said no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Those in which something failed or panicked.
    pub(crate) errors: bool,
    /// Those whose root took at least as long.
    pub(crate) slow: Option<Duration>,
}

impl Keep {
    /// Whether anything is kept: then what is not sampled is recorded all the same.
    pub(crate) const fn is_on(self) -> bool {
        self.errors || self.slow.is_some()
    }

    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let mut keep = Self::default();
        for member in settings.list("CRUDDUR_KEEP") {
            match member.strip_prefix("slow:").map(parse_duration) {
                Some(Some(slow)) => keep.slow = Some(slow),
                None if member == "errors" => keep.errors = true,
                _ => {
                    let remedy = "write \"errors\", \"slow:500ms\" or both with a comma";
                    return Err(settings.error("CRUDDUR_KEEP", remedy));
                }
            }
        }
        Ok(keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn an_exporter_list_is_exact() {
        let traces = |text| Exporters::read(&settings(&[("OTEL_TRACES_EXPORTER", text)]));
        assert_eq!(traces("").expect("unset").traces, None);
        assert_eq!(traces("none").expect("none").traces, Some(vec![]));
        let both = traces("otlp, xray").expect("a list");
        assert_eq!(both.traces, Some(vec![TracesExporter::Otlp, TracesExporter::XRay]));
        assert!(!both.traces_on(TracesExporter::Console, true));
        let error = traces("zipkin").expect_err("unknown").to_string();
        assert!(error.contains("OTEL_TRACES_EXPORTER") && error.contains("otlp, xray"), "{error}");
        assert!(traces("none,otlp").is_err());
    }

    #[test]
    fn keep_names_errors_and_a_duration() {
        let keep = |text| Keep::read(&settings(&[("CRUDDUR_KEEP", text)]));
        let slow = Some(Duration::from_millis(500));
        assert_eq!(keep("errors,slow:500ms"), Ok(Keep { errors: true, slow }));
        assert_eq!(keep("slow:1s").map(Keep::is_on), Ok(true));
        assert_eq!(keep("").map(Keep::is_on), Ok(false));
        assert!(keep("slow").is_err());
        assert!(keep("slow:soon").is_err());
    }
}
