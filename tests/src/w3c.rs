//! A service that passes context on, for the W3C's harness and for our own conformance suite.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use cruddur_trace::layer::ClientLayer;
use cruddur_trace::record::Sampling;
use cruddur_trace::span::{Collector, Piece, RootStart, install_collector};
use cruddur_trace::{ObserveLayer, observe};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use tower::{Layer as _, Service as _, ServiceExt as _};

/// A call that the service is asked to make.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Call {
    /// Where to.
    pub url: String,
    /// What is sent there, as JSON.
    pub arguments: serde_json::Value,
}

/// What came of it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Called {
    /// The status, or 0 without an answer.
    pub status: u16,
}

/// Samples every trace, unless its caller said no, and forgets what it is given: the harness looks
/// at headers alone.
struct Forgetful;

impl Collector for Forgetful {
    fn hand_over(&self, _: Piece) {}

    fn sample(&self, root: &RootStart<'_>) -> Sampling {
        let sampled = root.parent.is_none_or(|parent| parent.flags.is_sampled());
        Sampling { otlp: sampled, record: true, ..Sampling::DROP }
    }
}

/// Makes this process record traces, so that spans have ids of their own.
pub fn record() {
    install_collector(Arc::new(Forgetful));
}

/// `POST /test`.
pub fn app() -> Router {
    app_with(ObserveLayer::new())
}

/// The same with a layer of the test's own.
pub fn app_with(layer: ObserveLayer) -> Router {
    Router::new().route("/test", post(test)).layer(layer).with_state(reqwest::Client::new())
}

#[observe]
async fn test(
    State(client): State<reqwest::Client>,
    Json(calls): Json<Vec<Call>>,
) -> Json<Vec<Called>> {
    let mut called = Vec::new();
    for it in calls {
        called.push(call(&client, &it).await);
    }
    Json(called)
}

/// In a child span, by the client layer.
async fn call(client: &reqwest::Client, call: &Call) -> Called {
    let request = client
        .post(&call.url)
        .header(CONTENT_TYPE, "application/json")
        .body(call.arguments.to_string())
        .build();
    let Ok(request) = request else { return Called { status: 0 } };
    let hosts = ["127.0.0.1", "localhost"];
    let mut client = ClientLayer::new().propagate_to(hosts).layer(client.clone());
    let response = match client.ready().await {
        Ok(ready) => ready.call(request).await,
        Err(error) => Err(error),
    };
    Called { status: response.map_or(0, |response| response.status().as_u16()) }
}
