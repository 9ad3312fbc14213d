//! `GET /api/traces`, newest first, and `GET /api/traces/{trace_id}`, all spans by start.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::{answer, error};
use crate::store::value::unhex;
use crate::{Shared, search};

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/traces", get(list)).route("/api/traces/{trace_id}", get(one))
}

/// Most traces that one answer lists.
const MAX_LIMIT: usize = 10_000;

#[derive(Deserialize)]
struct ListQuery {
    /// Most traces to give. Default 500, at most [`MAX_LIMIT`].
    limit: Option<usize>,
    /// Only traces that meet this search; see `crate::search`.
    q: Option<String>,
}

async fn list(State(app): State<Shared>, Query(query): Query<ListQuery>) -> Response {
    let limit = query.limit.unwrap_or(500).min(MAX_LIMIT);
    let search = match search::parse(query.q.as_deref().unwrap_or_default()) {
        Ok(search) => search,
        Err(mistake) => return error(StatusCode::BAD_REQUEST, &mistake),
    };
    app.store.traces.read(|ring| {
        // Each row is JSON already: only brackets and commas are missing.
        let mut body = String::from("[");
        for trace in ring.newest_first().filter(|trace| search.matches(trace)).take(limit) {
            if body.len() > 1 {
                body.push(',');
            }
            body.push_str(&trace.row);
        }
        body.push(']');
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    })
}

async fn one(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let Some(id) = unhex(&id) else {
        return error(StatusCode::BAD_REQUEST, "a trace id is 32 hexadecimal digits");
    };
    app.store.traces.read(|ring| match ring.find(&id) {
        Some(trace) => {
            let mut spans: Vec<_> = trace.spans.iter().collect();
            spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
            answer(&spans)
        }
        None => error(StatusCode::NOT_FOUND, "no such trace: it may have left to make room"),
    })
}
