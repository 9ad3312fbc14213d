//! `GET /api/errors`: items as Rollbar groups them, their occurrences, and the deploys.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::error;
use crate::Shared;
use crate::store::errors::Demand;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/errors", get(list))
        .route("/api/errors/occurrences", get(occurrences))
        .route("/api/errors/occurrences/{uuid}", get(occurrence))
        .route("/api/errors/demand", post(demand))
}

async fn list(State(app): State<Shared>) -> Response {
    let (items, counts, deploys) = app.store.errors.list();
    Json(json!({ "items": items, "counts": counts, "deploys": deploys })).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    /// Only occurrences of this item.
    item: Option<String>,
    /// Only occurrences in this trace.
    trace_id: Option<String>,
    /// Only occurrences whose payload holds this text.
    text: Option<String>,
}

/// At most 100, the latest first.
async fn occurrences(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let found = app.store.errors.occurrences(|it| {
        wanted.item.as_ref().is_none_or(|item| *item == it.item)
            && wanted.text.as_ref().is_none_or(|text| it.data.to_string().contains(text))
            && wanted.trace_id.as_ref().is_none_or(|id| it.trace_id.as_ref() == Some(id))
    });
    Json(json!({ "occurrences": found })).into_response()
}

async fn occurrence(State(app): State<Shared>, Path(uuid): Path<String>) -> Response {
    match app.store.errors.occurrences(|it| it.uuid == uuid).pop() {
        Some(found) => Json(found).into_response(),
        None => error(StatusCode::NOT_FOUND, "no occurrence has this uuid"),
    }
}

/// How the next items are answered: `{"status": 429, "seconds": 2, "count": 1, "body": null}`.
async fn demand(State(app): State<Shared>, Json(demand): Json<Demand>) -> Response {
    match app.store.errors.demand(demand) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => error(StatusCode::BAD_REQUEST, why),
    }
}
