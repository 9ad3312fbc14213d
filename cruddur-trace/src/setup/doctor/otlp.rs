//! OTLP backends, Honeycomb among them: one span and one log line to each, and why not.

use std::time::Duration;

use serde_json::json;

use crate::config::{LogsExporter, OtlpSignal, Protocol, TracesExporter, shown_url};
use crate::setup::honeycomb::Api;
use crate::sinks::otlp::{Otlp, OtlpSettings};

use super::Patient;
use super::check::{Checks, Trouble};
use super::keys::KeyRow;
use super::reach::{self, Place};

/// How often, and how many times, it is asked whether the probe has arrived.
const PAUSE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 20;

pub(super) async fn check(patient: &Patient<'_>, keys: &[KeyRow], checks: &mut Checks) {
    let config = &patient.effective.config;
    if let Some(settings) = OtlpSettings::standard(&config.otlp) {
        let signals = [("traces", &settings.traces), ("logs", &settings.logs)];
        for (name, signal) in signals {
            let Some(signal) = signal else { continue };
            let variable = variable(patient, name);
            let subject = format!("OTLP {name}");
            match send(patient, &settings, name).await {
                Ok(()) => {
                    let found = format!("a probe was taken by {}", shown_url(&signal.url));
                    checks.fine(subject, found);
                }
                Err(said) => {
                    checks.fault(
                        subject,
                        why(patient, &settings, name, signal, &variable, &said).await,
                    );
                }
            }
            if signal.protocol == Protocol::HttpProtobuf {
                reach::clock(&signal.url, checks).await;
            }
        }
    } else {
        checks.off("OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT is not set");
    }
    honeycomb(patient, keys, checks).await;
}

async fn honeycomb(patient: &Patient<'_>, keys: &[KeyRow], checks: &mut Checks) {
    let config = &patient.effective.config;
    // Without a good key there is nothing more to learn.
    let key = keys.iter().find(|it| it.variable == "HONEYCOMB_API_KEY");
    let (Some(honeycomb), Some(key)) = (&config.honeycomb, key) else { return };
    if !key.may("events") {
        return;
    }
    let traces = config.exporters.traces_on(TracesExporter::Otlp, true);
    let logs = config.exporters.logs_on(LogsExporter::Otlp, true);
    let settings = OtlpSettings::honeycomb(honeycomb, traces, logs, false);
    for (name, signal) in [("traces", &settings.traces), ("logs", &settings.logs)] {
        let Some(signal) = signal else { continue };
        let subject = format!("Honeycomb {name}");
        if let Err(said) = send(patient, &settings, name).await {
            let variable = "HONEYCOMB_API_ENDPOINT";
            checks.fault(subject, why(patient, &settings, name, signal, variable, &said).await);
            continue;
        }
        let mut found = "a probe was taken".to_owned();
        if name == "traces" {
            found.push_str(match read_back(patient, &honeycomb.endpoint, keys).await {
                Ok(true) => ", and read back",
                Ok(false) => "; it can't be queried yet",
                Err(why) => why,
            });
        }
        checks.fine(subject, found);
    }
}

/// One probe by a sink of its own.
async fn send(patient: &Patient<'_>, settings: &OtlpSettings, name: &str) -> Result<(), String> {
    let probe = &patient.probe;
    let mut sink = Otlp::new(settings, &probe.resource)?;
    let batch = if name == "traces" { probe.span() } else { probe.log() };
    probe.send(&mut sink, batch).await
}

/// Whether a query finds the span; the text says why that can't be known.
async fn read_back(
    patient: &Patient<'_>,
    endpoint: &str,
    keys: &[KeyRow],
) -> Result<bool, &'static str> {
    let row = keys.iter().find(|it| it.variable == "HONEYCOMB_CONFIG_KEY");
    let may = row.is_some_and(|it| it.may("columns") && it.may("queries"));
    let key = patient.effective.settings.secret("HONEYCOMB_CONFIG_KEY").filter(|_| may);
    let key = key.ok_or("; reading it back needs a HONEYCOMB_CONFIG_KEY that may run queries")?;
    let api = Api::new(endpoint, &key).map_err(|_| "")?;
    // The column is there as soon as the first probe has been stored.
    let spec = json!({
        "calculations": [{ "op": "COUNT" }],
        "filters": [{ "column": "cruddur.probe", "op": "=", "value": patient.probe.marker }],
        "time_range": 600,
    });
    for _ in 0..ATTEMPTS {
        let Ok(query) = api.post("/1/queries/__all__", &spec).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let asked = json!({ "query_id": query["id"], "disable_series": true });
        let asked = api.post("/1/query_results/__all__", &asked).await;
        let asked = asked.map_err(|_| "; reading it back needs Honeycomb's Enterprise plan")?;
        let path = format!("/1/query_results/__all__/{}", asked["id"].as_str().unwrap_or_default());
        for _ in 0..ATTEMPTS {
            let answer = api.get(&path).await.map_err(|_| "; reading it back failed")?;
            if answer["complete"] == true {
                let count = answer["data"]["results"][0]["data"]["COUNT"].as_f64();
                if count.is_some_and(|it| it >= 1.0) {
                    return Ok(true);
                }
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// The variable that names the endpoint of a signal.
fn variable(patient: &Patient<'_>, name: &str) -> String {
    let special = format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", name.to_ascii_uppercase());
    match patient.effective.settings.set_text(&special) {
        Some(_) => special,
        None => "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
    }
}

/// What is in the way of a probe that was not taken.
async fn why(
    patient: &Patient<'_>,
    settings: &OtlpSettings,
    name: &str,
    signal: &OtlpSignal,
    variable: &str,
    said: &str,
) -> Trouble {
    let advised = said.split_once("; check ");
    if said.contains("HTTP 404") {
        let remedy = format!(
            "check the path in {variable}: a general endpoint is a base URL, to which /v1/{name} is \
             added; one of a signal is taken as it is"
        );
        return Trouble::new(advised.map_or(said, |it| it.0), remedy);
    }
    if let Some((found, remedy)) = advised {
        return Trouble::new(found, format!("check {remedy}"));
    }
    let place = Place { setup: patient.setup, variable };
    let unanswered = said.contains("can't be reached");
    let trouble = place.explain(&signal.url, said).await;
    // Something is there. Does it speak the other protocol?
    let is_there = trouble.found.contains("is there, but") || !unanswered;
    if is_there && let Some(other) = other(signal, name) {
        let mut settings = settings.clone();
        let protocol = other.protocol;
        if name == "traces" {
            settings.traces = Some(other);
        } else {
            settings.logs = Some(other);
        }
        if send(patient, &settings, name).await.is_ok() {
            let (found, write) = match protocol {
                Protocol::Grpc => ("speaks gRPC, not OTLP over HTTP", "grpc"),
                Protocol::HttpProtobuf => ("speaks OTLP over HTTP, not gRPC", "http/protobuf"),
            };
            let remedy = format!(
                "set OTEL_EXPORTER_OTLP_PROTOCOL={write}, or mend the port in {variable} (4318 is \
                 HTTP, 4317 is gRPC)"
            );
            return Trouble::new(format!("{} {found}", shown_url(&signal.url)), remedy);
        }
    }
    if unanswered {
        return trouble;
    }
    let remedy =
        format!("check {variable} and OTEL_EXPORTER_OTLP_PROTOCOL (4318 is HTTP, 4317 is gRPC)");
    Trouble::new(said, remedy)
}

/// The same destination of `name` ("traces" or "logs") by the other protocol.
fn other(signal: &OtlpSignal, name: &str) -> Option<OtlpSignal> {
    let url = reqwest::Url::parse(&signal.url).ok()?;
    let origin = url.origin().ascii_serialization();
    let mut other = signal.clone();
    match signal.protocol {
        Protocol::HttpProtobuf => {
            other.protocol = Protocol::Grpc;
            other.url = origin;
        }
        Protocol::Grpc => {
            other.protocol = Protocol::HttpProtobuf;
            other.url = format!("{origin}/v1/{name}");
        }
    }
    Some(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Setup;

    #[test]
    fn the_other_protocol_is_asked_for_the_same_signal() {
        let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")];
        let setup = Setup::new(environment);
        let mut checks = Checks::default();
        let effective = super::super::configuration::read(&setup, &mut checks).expect("valid");
        let logs = effective.config.otlp.logs.expect("logs are sent");
        let grpc = other(&logs, "logs").expect("a URL");
        assert_eq!((grpc.protocol, grpc.url.as_str()), (Protocol::Grpc, "http://collector:4318"));
        let back = other(&grpc, "logs").expect("a URL");
        assert_eq!(back.url, "http://collector:4318/v1/logs");
    }
}
