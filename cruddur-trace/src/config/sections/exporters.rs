//! Which backends are on.

use crate::config::{ConfigError, Settings};

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
}
