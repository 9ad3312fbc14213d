//! `/1/columns/{dataset}`: columns that were made by a call, and those that spans made.
//!
//! Needs the permission `columns`. Source: Honeycomb API reference, "Columns", read 2026-11.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value as JsonValue, json};

use super::Answer;
use super::datasets::{must_exist, object, slug};
use super::key::Key;
use super::problem::Problem;
use crate::store::honeycomb::Column;
use crate::store::lock;
use crate::store::value::Value;
use crate::time::{now, rfc3339};
use crate::{App, Shared};

const PERMISSION: &str = "columns";
const TYPES: [&str; 4] = ["string", "integer", "float", "boolean"];
/// Spans of a dataset that are looked at for columns: the newest.
const MAX_SPANS: usize = 20_000;

/// What every span has.
const OF_EVERY_SPAN: [(&str, &str); 5] = [
    ("duration_ms", "float"),
    ("name", "string"),
    ("service.name", "string"),
    ("trace.span_id", "string"),
    ("trace.trace_id", "string"),
];

/// Every column of a dataset, by its name.
pub(super) fn all(app: &App, dataset: &str) -> BTreeMap<String, Column> {
    let mut found = BTreeMap::new();
    let mut add = |name: &str, kind: &str, created: u64| {
        found.entry(name.to_owned()).or_insert_with(|| Column {
            id: format!("c-{name}"),
            dataset: dataset.to_owned(),
            key_name: name.to_owned(),
            kind: kind.to_owned(),
            description: String::new(),
            hidden: false,
            created,
        });
    };
    app.store.traces.read(|ring| {
        let spans = ring.newest_first().flat_map(|trace| &trace.spans);
        let ours = spans.filter(|span| slug(&span.sender.service) == dataset);
        for span in ours.take(MAX_SPANS) {
            for (name, kind) in OF_EVERY_SPAN {
                add(name, kind, span.start);
            }
            for (name, value) in &span.attributes {
                add(name, kind(value), span.start);
            }
        }
    });
    for column in lock(&app.store.honeycomb).columns.iter().filter(|it| it.dataset == dataset) {
        found.insert(column.key_name.clone(), column.clone());
    }
    found
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Double(_) => "float",
        _ => "string",
    }
}

fn json_of(column: &Column) -> JsonValue {
    json!({
        "id": column.id,
        "key_name": column.key_name,
        "type": column.kind,
        "description": column.description,
        "hidden": column.hidden,
        "created_at": rfc3339(column.created),
        "updated_at": rfc3339(column.created),
        "last_written": null,
    })
}

/// The type that a request gives, if it gives one.
fn type_of(told: &JsonValue) -> Result<Option<&str>, Problem> {
    match told["type"].as_str() {
        Some(kind) if !TYPES.contains(&kind) => {
            let text = format!("must be one of {}", TYPES.join(", "));
            Err(Problem::invalid("type", "invalid", text))
        }
        kind => Ok(kind),
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    key_name: Option<String>,
}

pub(super) async fn list(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let all = all(&app, &dataset);
    if let Some(name) = wanted.key_name {
        let column = all.get(&name).ok_or_else(|| Problem::not_found("Column"))?;
        return Ok(Json(json_of(column)).into_response());
    }
    Ok(Json(all.values().map(json_of).collect::<Vec<_>>()).into_response())
}

pub(super) async fn read(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let all = all(&app, &dataset);
    let column = all.values().find(|it| it.id == id);
    Ok(Json(json_of(column.ok_or_else(|| Problem::not_found("Column"))?)).into_response())
}

pub(super) async fn create(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let told = object(&body)?;
    let key_name = told["key_name"].as_str().unwrap_or_default();
    if key_name.is_empty() || key_name.chars().count() > 255 {
        return Err(Problem::invalid("key_name", "invalid", "must be 1 to 255 characters"));
    }
    let kind = type_of(&told)?.unwrap_or("string");
    if all(&app, &dataset).contains_key(key_name) {
        return Err(Problem::conflict("column already exists with that key_name"));
    }
    let mut store = lock(&app.store.honeycomb);
    let column = Column {
        id: store.id(),
        dataset,
        key_name: key_name.to_owned(),
        kind: kind.to_owned(),
        description: told["description"].as_str().unwrap_or_default().to_owned(),
        hidden: told["hidden"].as_bool().unwrap_or(false),
        created: now(),
    };
    store.columns.add(column.clone());
    Ok((StatusCode::CREATED, Json(json_of(&column))).into_response())
}

/// Type, description and visibility can change; a column that spans made becomes one of ours.
pub(super) async fn update(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let told = object(&body)?;
    let all = all(&app, &dataset);
    let column = all.values().find(|it| it.id == id);
    let mut column = column.cloned().ok_or_else(|| Problem::not_found("Column"))?;
    if let Some(kind) = type_of(&told)? {
        column.kind = kind.to_owned();
    }
    if let Some(description) = told["description"].as_str() {
        column.description = description.to_owned();
    }
    column.hidden = told["hidden"].as_bool().unwrap_or(column.hidden);
    let mut store = lock(&app.store.honeycomb);
    store.columns.retain(|it| it.dataset != column.dataset || it.key_name != column.key_name);
    store.columns.add(column.clone());
    Ok(Json(json_of(&column)).into_response())
}
