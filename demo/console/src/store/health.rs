//! What services say of their own telemetry: per sink how much was sent, tried again, lost and why.
//!
//! A report comes by `POST /api/health/sinks`, in words of no backend, so any program can send one. A
//! service that sends none is read from its `otel.sdk.*` metrics (OpenTelemetry's semantic
//! conventions for SDKs, read 2026-11): `from_metrics`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::lock;
use super::metrics::Stream;
use super::value::first_bytes;
use crate::time::rfc3339;

/// Most services with a report; the one that has been silent longest leaves.
const MAX_SERVICES: usize = 50;
/// Most sinks of a report, and most reasons of a sink.
const MAX_ENTRIES: usize = 50;
/// Most bytes of a name.
const MAX_NAME: usize = 200;

/// What one service says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) service: String,
    /// Tells processes of one service apart; may be empty.
    #[serde(default)]
    pub(crate) instance: String,
    pub(crate) sinks: Vec<Sink>,
    /// RFC 3339; the console's own clock.
    #[serde(default, skip_deserializing)]
    pub(crate) updated: String,
    /// `report` or `otel.sdk metrics`.
    #[serde(default, skip_deserializing)]
    pub(crate) source: &'static str,
}

/// The books of one sink, since the service's start: `accepted` is the sum of all others but
/// `retries`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sink {
    pub(crate) name: String,
    /// Records that came in.
    #[serde(default)]
    pub(crate) accepted: u64,
    /// Records that the backend took.
    #[serde(default)]
    pub(crate) sent: u64,
    /// Requests that were tried again; `None` when that is not known.
    #[serde(default)]
    pub(crate) retries: Option<u64>,
    /// Records that wait or are on their way.
    #[serde(default)]
    pub(crate) pending: u64,
    /// Records that were dropped, by reason.
    #[serde(default)]
    pub(crate) lost: BTreeMap<String, u64>,
}

/// All reports.
#[derive(Default)]
pub(crate) struct Health(Mutex<BTreeMap<(String, String), (u64, Report)>>);

impl Health {
    /// Takes a report in the place of the service's last one.
    ///
    /// # Errors
    ///
    /// A sentence when it is larger than a report may be.
    pub(crate) fn report(&self, mut report: Report, now: u64) -> Result<(), String> {
        let names = report.sinks.iter().flat_map(|sink| sink.lost.keys().chain([&sink.name]));
        if names.chain([&report.service, &report.instance]).any(|name| name.len() > MAX_NAME) {
            return Err(format!("a name has at most {MAX_NAME} bytes"));
        }
        if report.service.is_empty() {
            return Err("service: a name is expected".to_owned());
        }
        let has_too_many = report.sinks.iter().any(|sink| sink.lost.len() > MAX_ENTRIES);
        if has_too_many || report.sinks.len() > MAX_ENTRIES {
            return Err(format!("at most {MAX_ENTRIES} sinks, and as many reasons each"));
        }
        report.updated = rfc3339(now);
        report.source = "report";
        let mut reports = lock(&self.0);
        reports.insert((report.service.clone(), report.instance.clone()), (now, report));
        if reports.len() > MAX_SERVICES {
            let oldest = reports.iter().min_by_key(|(_, (at, _))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| reports.remove(&key));
        }
        Ok(())
    }

    /// All reports, by service.
    pub(crate) fn list(&self) -> Vec<Report> {
        lock(&self.0).values().map(|(_, report)| report.clone()).collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// What `otel.sdk.*` metrics say, as reports; one sink for each component that has a name.
pub(crate) fn from_metrics(streams: &[Stream]) -> Vec<Report> {
    let mut services: BTreeMap<&str, (BTreeMap<String, Sink>, &str)> = BTreeMap::new();
    for stream in streams {
        let Some((component, signal, what)) = words(&stream.name) else { continue };
        let attribute = |key: &str| stream.attributes[key].as_str().unwrap_or_default();
        let value = stream.point["value"].as_f64().unwrap_or_default().max(0.0) as u64;
        let (sinks, updated) = services.entry(&stream.service).or_default();
        *updated = (*updated).max(stream.time.as_str());
        let name = match attribute("otel.component.name") {
            "" => format!("{component} ({signal})"),
            name => first_bytes(name, MAX_NAME).to_owned(),
        };
        if sinks.len() >= MAX_ENTRIES && !sinks.contains_key(&name) {
            continue;
        }
        let sink = sinks.entry(name.clone()).or_insert_with(|| Sink { name, ..Sink::default() });
        match (what, attribute("error.type")) {
            ("exported" | "processed", "") => sink.sent = sink.sent.saturating_add(value),
            ("exported" | "processed", reason) => {
                let lost = sink.lost.entry(first_bytes(reason, MAX_NAME).to_owned()).or_default();
                *lost = lost.saturating_add(value);
            }
            ("queue.size" | "inflight", _) => sink.pending = sink.pending.saturating_add(value),
            _ => {}
        }
    }
    let report = |(service, (sinks, updated)): (&str, (BTreeMap<String, Sink>, &str))| {
        let mut sinks: Vec<Sink> = sinks.into_values().collect();
        for sink in &mut sinks {
            let all = [sink.sent, sink.pending].into_iter().chain(sink.lost.values().copied());
            sink.accepted = all.fold(0, u64::saturating_add);
        }
        Report {
            service: service.to_owned(),
            instance: String::new(),
            sinks,
            updated: updated.to_owned(),
            source: "otel.sdk metrics",
        }
    };
    services.into_iter().map(report).collect()
}

/// `otel.sdk.exporter.span.exported` into `exporter`, `span`, `exported`.
fn words(name: &str) -> Option<(&str, &str, &str)> {
    let (component, rest) = name.strip_prefix("otel.sdk.")?.split_once('.')?;
    let (signal, what) = rest.split_once('.')?;
    matches!(component, "exporter" | "processor").then_some((component, signal, what))
}

/// Reads a report.
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub(crate) fn parse(body: &[u8]) -> Result<Report, String> {
    let json: Json =
        serde_json::from_slice(body).map_err(|error| format!("invalid JSON: {error}"))?;
    serde_json::from_value(json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(service: &str) -> Report {
        parse(
            format!(r#"{{"service": "{service}", "sinks": [{{"name": "otlp", "sent": 5}}]}}"#)
                .as_bytes(),
        )
        .expect("a report")
    }

    #[test]
    fn a_report_takes_the_place_of_the_last() {
        let health = Health::default();
        health.report(report("a"), 1).expect("taken");
        let mut later = report("a");
        later.sinks[0].lost.insert("queue_full".to_owned(), 2);
        health.report(later, 2).expect("taken");
        let list = health.list();
        assert_eq!((list.len(), list[0].sinks[0].lost["queue_full"]), (1, 2));
        assert_eq!(list[0].source, "report");
    }

    #[test]
    fn reports_are_bounded() {
        let health = Health::default();
        for service in 0..60 {
            health.report(report(&format!("s{service}")), service).expect("taken");
        }
        assert_eq!(health.list().len(), MAX_SERVICES);
        assert!(!health.list().iter().any(|it| it.service == "s9"), "the oldest left");
        assert!(health.report(report(&"x".repeat(300)), 1).is_err());
        assert!(health.report(report(""), 1).is_err());
        let mut wide = report("a");
        wide.sinks = vec![Sink::default(); 51];
        assert!(health.report(wide, 1).is_err());
        assert!(parse(b"{}").unwrap_err().contains("service"));
        assert!(parse(b"[").unwrap_err().contains("invalid JSON"));
    }

    #[test]
    fn sums_of_what_metrics_claim_stay_numbers() {
        let metrics = crate::store::metrics::Metrics::default();
        for component in ["a", "b"] {
            metrics.add(exported(component, f64::MAX), 1);
        }
        let reports = from_metrics(&metrics.list("otel.sdk."));
        assert_eq!(reports[0].sinks[0].accepted, u64::MAX);
    }

    /// `otel.sdk.exporter.span.exported` by one exporter, twice as two streams.
    fn exported(
        stream: &str,
        value: f64,
    ) -> opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest {
        let point = serde_json::json!({ "asDouble": value, "attributes": [
            { "key": "otel.component.name", "value": { "stringValue": "otlp" } },
            { "key": "stream", "value": { "stringValue": stream } },
        ] });
        let metric = serde_json::json!({ "name": "otel.sdk.exporter.span.exported",
            "sum": { "dataPoints": [point], "aggregationTemporality": 2, "isMonotonic": true } });
        let request = serde_json::json!({ "resourceMetrics": [
            { "scopeMetrics": [{ "metrics": [metric] }] },
        ] });
        serde_json::from_value(request).expect("OTLP")
    }

    #[test]
    fn names_of_sdk_metrics() {
        assert_eq!(
            words("otel.sdk.processor.span.queue.size"),
            Some(("processor", "span", "queue.size"))
        );
        assert_eq!(words("otel.sdk.span.live"), None);
        assert_eq!(words("http.server.request.duration"), None);
    }
}
