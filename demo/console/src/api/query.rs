//! `POST /api/query`: a question in Honeycomb's query specification, answered from the spans kept.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use super::answer;
use crate::{Shared, query, time};

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/query", post(run))
}

/// A mistake is answered with 400, `error` and the `field` it is in.
async fn run(State(app): State<Shared>, body: Bytes) -> Response {
    let spec = match query::parse(&body, time::now()) {
        Ok(spec) => spec,
        Err(mistake) => {
            let body = json!({ "error": mistake.to_string(), "field": mistake.field });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
    };
    let found: query::Answer = app
        .store
        .traces
        .read(|ring| query::run(&spec, ring.newest_first().flat_map(|trace| &trace.spans)));
    answer(&found)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Console, Options};

    async fn post(console: &Console, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{path}", console.address());
        let answer = reqwest::Client::new().post(url).json(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn spans_sent_over_otlp_are_asked_about() {
        let console =
            Console::start(Options { port: 0, ..Options::default() }).expect("a free port");
        let now = crate::time::now();
        let span = |id: u8, ms: u64, user: &str| {
            json!({"traceId": "0a".repeat(16), "spanId": format!("{id:016x}"), "name": "GET /",
                "startTimeUnixNano": (now - 2_000_000_000).to_string(),
                "endTimeUnixNano": (now - 2_000_000_000 + ms * 1_000_000).to_string(),
                "attributes": [{"key": "app.userId", "value": {"stringValue": user}}]})
        };
        let sent = [span(1, 10, "worf"), span(2, 30, "worf"), span(3, 50, "andrewbrown")];
        let export = json!({"resourceSpans": [{"scopeSpans": [{"spans": sent}]}]});
        assert_eq!(post(&console, "/v1/traces", &export).await.0, 200);

        let spec = json!({"calculations": [{"op": "AVG", "column": "duration_ms"}],
            "breakdowns": ["app.userId"]});
        let (status, answer) = post(&console, "/api/query", &spec).await;
        assert_eq!(status, 200);
        assert_eq!(
            answer["results"],
            json!([{"app.userId": "andrewbrown", "AVG(duration_ms)": 50.0},
                {"app.userId": "worf", "AVG(duration_ms)": 20.0}])
        );
        assert_eq!(answer["spans_scanned"], 3);

        let (status, answer) = post(&console, "/api/query", &json!({"limit": "all"})).await;
        assert_eq!((status, &answer["field"]), (400, &json!("limit")));
        console.stop();
    }
}
