//! `GET /api/xray/…`: documents as they were sent, groups, rules and what was refused.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer, error};
use crate::Shared;
use crate::receivers::xray::{Filter, summary};
use crate::store::xray::{Group, RuleRecord, StoredTrace};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/xray/traces", get(list))
        .route("/api/xray/traces/{trace_id}", get(trace))
        .route("/api/xray/settings", get(settings))
        .route("/api/xray/refused", get(refused))
}

#[derive(Deserialize)]
struct ListQuery {
    /// Most traces to give. Default 100.
    limit: Option<usize>,
    /// A filter expression, as groups have it.
    filter: Option<String>,
}

#[derive(Deserialize)]
struct TraceQuery {
    /// A trace that is not there is `null` instead of 404, which a browser would log as an error.
    #[serde(default)]
    optional: bool,
}

/// Summaries, newest first.
async fn list(State(app): State<Shared>, Query(query): Query<ListQuery>) -> Response {
    let expression = query.filter.filter(|it| !it.trim().is_empty());
    let filter = match expression.as_deref().map(Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(wrong) => return error(StatusCode::BAD_REQUEST, &wrong.to_string()),
    };
    let found = app.store.xray.with(|data| {
        let matches = |trace: &StoredTrace| filter.as_ref().is_none_or(|it| it.matches(trace));
        let all = data.segments.newest_first().filter(|(_, trace)| matches(trace));
        let traces: Vec<Value> = all
            .take(query.limit.unwrap_or(100))
            .map(|(id, trace)| {
                let mut shown = summary(id, trace);
                shown["Documents"] = json!(trace.documents.len());
                shown
            })
            .collect();
        json!({"traces": traces, "received": data.segments.received,
            "refused": data.segments.refused_count})
    });
    answer(&found)
}

/// `1-8 hex-24 hex` for 32 hexadecimal digits; X-Ray's own form stays.
fn xray_id(id: &str) -> String {
    if id.len() == 32 && id.is_ascii() {
        format!("1-{}-{}", &id[..8], &id[8..])
    } else {
        id.to_owned()
    }
}

/// The documents of one trace, each with the text that was sent.
async fn trace(
    State(app): State<Shared>,
    Path(trace_id): Path<String>,
    Query(wanted): Query<TraceQuery>,
) -> Response {
    let id = xray_id(&trace_id);
    let found = app.store.xray.with(|data| {
        data.segments.find(&id).map(|trace| {
            let documents = trace.documents.iter().map(|it| {
                json!({"id": it.text("id"), "name": it.text("name"), "transport": it.transport,
                    "bytes": it.raw.len(), "raw": it.raw, "document": it.document,
                    "unknown": it.unknown, "is_segment": it.is_segment()})
            });
            json!({"trace_id": id, "summary": summary(&id, trace),
                "documents": documents.collect::<Vec<_>>()})
        })
    });
    match found {
        Some(found) => answer(&found),
        None if wanted.optional => answer(&Value::Null),
        None => error(StatusCode::NOT_FOUND, "X-Ray has no such trace"),
    }
}

/// Groups and rules.
async fn settings(State(app): State<Shared>) -> Response {
    answer(&app.store.xray.with(|data| {
        let groups: Vec<Value> = data.groups.all().iter().map(Group::to_json).collect();
        let rules = data.rules.all().iter().map(|rule| {
            let mut shown = RuleRecord::to_json(rule);
            let [requests, sampled, borrowed] = rule.reported;
            shown["Reported"] =
                json!({"requests": requests, "sampled": sampled, "borrowed": borrowed});
            shown
        });
        json!({"groups": groups, "rules": rules.collect::<Vec<_>>()})
    }))
}

/// Documents that were not taken, newest first.
async fn refused(State(app): State<Shared>) -> Response {
    answer(&app.store.xray.with(|data| {
        let refused = data.segments.refused().map(|it| {
            json!({"time": crate::time::rfc3339(it.time), "code": it.code, "message": it.message,
                "transport": it.transport, "begins": it.begins})
        });
        json!({"count": data.segments.refused_count, "latest": refused.collect::<Vec<_>>()})
    }))
}
