//! Tells the console what becomes of the demo's own telemetry, for its Health tab.

use std::sync::Arc;
use std::time::Duration;

use cruddur_trace::Telemetry;
use serde_json::{Map, Value, json};

/// How often the books are looked at; what has not changed is not sent.
const EVERY: Duration = Duration::from_secs(1);

/// Reports until it is dropped. `console` is the console's address, without a slash at its end.
pub(crate) async fn report(telemetry: Arc<Telemetry>, console: String) {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build();
    let Ok(client) = client else { return };
    let named = |key: &str| telemetry.resource().text(key).unwrap_or_default().to_owned();
    let (service, instance) = (named("service.name"), named("service.instance.id"));
    let mut last = Value::Null;
    loop {
        let books = books(&telemetry);
        if books != last {
            let body = json!({ "service": service, "instance": instance, "sinks": books });
            let sent = client.post(format!("{console}/api/health/sinks")).json(&body).send().await;
            if sent.is_ok_and(|answer| answer.status().is_success()) {
                last = books;
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// One entry a sink; the way to all of them is the first.
fn books(telemetry: &Telemetry) -> Value {
    let stats = telemetry.stats();
    let sinks = std::iter::once(&stats.hand_over).chain(&stats.sinks).map(|sink| {
        let lost: Map<String, Value> = sink
            .lost
            .iter()
            .map(|(loss, records)| (loss.as_str().to_owned(), json!(records)))
            .collect();
        json!({"name": sink.name, "accepted": sink.accepted, "sent": sink.sent,
            "retries": sink.retries, "pending": sink.pending(), "lost": lost})
    });
    sinks.collect()
}
