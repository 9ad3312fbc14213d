//! `GET /api/metrics`: every metric stream with its latest point, history and exemplars, by name;
//! `?prefix=` names what a name begins with.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::answer;
use crate::Shared;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/metrics", get(list))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    prefix: String,
}

async fn list(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    answer(&app.store.metrics.list(&wanted.prefix))
}
