//! `GET /api/logs`: OTLP log records, newest first, of everything or of one trace.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::error;
use super::traces::json;
use crate::Shared;
use crate::store::value::unhex;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/logs", get(list))
}

#[derive(Deserialize)]
struct ListQuery {
    /// Most records to give. Default 500.
    limit: Option<usize>,
    /// Only records of this trace.
    trace_id: Option<String>,
}

async fn list(State(app): State<Shared>, Query(query): Query<ListQuery>) -> Response {
    let trace_id: Option<[u8; 16]> = match query.trace_id.as_deref().map(unhex) {
        Some(None) => return error(StatusCode::BAD_REQUEST, "a trace id is 32 hexadecimal digits"),
        Some(known) => known,
        None => None,
    };
    app.store.logs.read(|records| {
        let wanted = records.filter(|record| trace_id.is_none_or(|id| record.trace_id == id));
        json(&wanted.take(query.limit.unwrap_or(500)).collect::<Vec<_>>())
    })
}
