//! What is read: JSON under `/api/`, one file and one line per kind of data.

mod errors;
mod health;
mod logs;
mod metrics;
mod query;
mod service_map;
mod traces;
mod xray;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;

use crate::{Shared, live};

/// The routes of the JSON API.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/live", get(live::stream))
        .route("/api/all", delete(clear))
        .merge(traces::router())
        .merge(logs::router())
        .merge(errors::router())
        .merge(metrics::router())
        .merge(query::router())
        .merge(health::router())
        .merge(service_map::router())
        .merge(xray::router())
}

/// `{"error": message}` with its status.
pub(crate) fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

/// `value` as JSON; written at once, so that a store can be shown under its lock, without a copy.
pub(super) fn answer(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(cause) => error(StatusCode::INTERNAL_SERVER_ERROR, &cause.to_string()),
    }
}

/// `DELETE /api/all`: forgets everything.
async fn clear(State(app): State<Shared>) -> StatusCode {
    app.store.clear();
    app.live.changed("all");
    StatusCode::NO_CONTENT
}
