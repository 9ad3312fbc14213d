//! `GET /api/logs`: log lines, newest first, whichever way they came; `GET /api/log-groups`: what
//! the CloudWatch Logs stand-in holds.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{answer, error};
use crate::Shared;
use crate::store::lock;
use crate::store::logs::LogQuery;

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/logs", get(list)).route("/api/log-groups", get(groups))
}

/// Lines by `search` (a filter pattern as in `FilterLogEvents`), `level`, `trace_id`, `service`, `group`, `after` and `limit`.
async fn list(State(app): State<Shared>, Query(query): Query<LogQuery>) -> Response {
    let id = &query.trace_id;
    if !id.is_empty() && (id.len() != 32 || !id.bytes().all(|it| it.is_ascii_hexdigit())) {
        return error(StatusCode::BAD_REQUEST, "a trace id is 32 hexadecimal digits");
    }
    match app.store.logs.query(&query) {
        Ok(lines) => answer(&lines),
        Err(mistake) => error(StatusCode::BAD_REQUEST, &mistake),
    }
}

async fn groups(State(app): State<Shared>) -> Json<Vec<Value>> {
    let groups = lock(&app.store.log_groups);
    let shown = groups.iter().map(|(name, group)| {
        let streams = group
            .streams
            .iter()
            .map(|(name, stream)| json!({ "name": name, "events": stream.events.len() }));
        json!({
            "name": name,
            "retention_days": group.retention_days,
            "tags": group.tags,
            "streams": streams.collect::<Vec<_>>(),
        })
    });
    Json(shown.collect())
}
