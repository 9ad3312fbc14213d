//! What is read: JSON under `/api/`, one file and one line per kind of data.

mod errors;
mod logs;
mod metrics;
mod query;
mod traces;
mod xray;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::json;

use crate::{Shared, live};

/// The routes of the JSON API.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/live", get(live::stream))
        .route("/api/health", get(health))
        .route("/api/all", delete(clear))
        .merge(traces::router())
        .merge(logs::router())
        .merge(errors::router())
        .merge(metrics::router())
        .merge(query::router())
        .merge(xray::router())
}

/// `{"error": message}` with its status.
pub(crate) fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

/// `GET /api/health`: what is held and within which bounds.
async fn health(State(app): State<Shared>) -> Response {
    let body = app.store.traces.read(|ring| {
        json!({
            "ok": true,
            "traces": ring.len(), "max_traces": app.options.max_traces,
            "bytes": ring.bytes(), "max_bytes": app.options.max_bytes,
            "spans_received": ring.received, "traces_evicted": ring.evicted,
        })
    });
    Json(body).into_response()
}

/// `DELETE /api/all`: forgets everything.
async fn clear(State(app): State<Shared>) -> StatusCode {
    app.store.clear();
    app.live.changed("all");
    StatusCode::NO_CONTENT
}
