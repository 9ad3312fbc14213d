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
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
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

/// `DELETE /api/all`: forgets everything.
async fn clear(State(app): State<Shared>) -> StatusCode {
    app.store.clear();
    app.live.changed("all");
    StatusCode::NO_CONTENT
}
