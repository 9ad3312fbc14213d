//! `GET /api/metrics`: the latest point of every metric stream, by name.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::traces::json;
use crate::Shared;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/metrics", get(list))
}

async fn list(State(app): State<Shared>) -> Response {
    json(&app.store.metrics.list())
}
