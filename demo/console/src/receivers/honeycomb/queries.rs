//! `/1/queries/{dataset}` and `/1/query_annotations/{dataset}`: specifications, and names for them.
//!
//! A specification is read by the console's own query engine; what that does not serve is refused.
//! Needs the permission `columns` ("Manage Queries and Columns"). Source: Honeycomb API reference,
//! "Queries" and "Query Annotations", read 2026-11.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::Answer;
use super::datasets::{must_exist, object};
use super::key::Key;
use super::problem::Problem;
use crate::Shared;
use crate::query;
use crate::store::honeycomb::{Annotation, Honeycomb, Query};
use crate::store::lock;
use crate::time::{now, rfc3339};

const PERMISSION: &str = "columns";
const MAX_NAME: usize = 320;
const MAX_DESCRIPTION: usize = 1_023;

/// Keeps a specification; the same one twice is the same query.
pub(super) async fn create(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let told = object(&body)?;
    query::parse(&body, now())
        .map_err(|mistake| Problem::invalid(&mistake.field, "invalid", mistake.problem))?;
    let spec = filled(told.as_object().cloned().unwrap_or_default());
    let mut store = lock(&app.store.honeycomb);
    let known = store.queries.iter().find(|it| it.dataset == dataset && it.spec == spec).cloned();
    let query = known.unwrap_or_else(|| {
        let query = Query { id: store.id(), dataset, spec };
        store.queries.add(query.clone());
        query
    });
    Ok(Json(json_of(&query)).into_response())
}

/// With the defaults that Honeycomb answers with.
fn filled(mut spec: Map<String, Value>) -> Map<String, Value> {
    spec.retain(|_, value| !value.is_null());
    if spec.get("calculations").is_none_or(|it| it.as_array().is_some_and(Vec::is_empty)) {
        spec.insert("calculations".into(), json!([{ "op": "COUNT" }]));
    }
    if !spec.contains_key("start_time") && !spec.contains_key("end_time") {
        spec.entry("time_range").or_insert(json!(7_200));
    }
    spec
}

pub(super) fn json_of(query: &Query) -> Value {
    let mut json = query.spec.clone();
    json.insert("id".into(), json!(query.id));
    Value::Object(json)
}

pub(super) fn find(store: &Honeycomb, dataset: &str, id: &str) -> Option<Query> {
    store.queries.iter().find(|it| it.dataset == dataset && it.id == id).cloned()
}

pub(super) async fn read(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let query = find(&lock(&app.store.honeycomb), &dataset, &id);
    Ok(Json(json_of(&query.ok_or_else(|| Problem::not_found("Query"))?)).into_response())
}

fn annotation_json(annotation: &Annotation) -> Value {
    json!({
        "id": annotation.id,
        "name": annotation.name,
        "description": annotation.description,
        "query_id": annotation.query_id,
        "source": "query",
        "created_at": rfc3339(annotation.created),
        "updated_at": rfc3339(annotation.updated),
    })
}

pub(super) async fn annotations(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let store = lock(&app.store.honeycomb);
    let ours = store.annotations.iter().filter(|it| it.dataset == dataset);
    Ok(Json(ours.map(annotation_json).collect::<Vec<_>>()).into_response())
}

pub(super) async fn annotate(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    must_exist(&app, &dataset)?;
    let told = object(&body)?;
    let (name, description) = words(&told)?;
    let mut store = lock(&app.store.honeycomb);
    let query_id = told["query_id"].as_str().unwrap_or_default();
    if find(&store, &dataset, query_id).is_none() {
        return Err(Problem::invalid("query_id", "invalid", "is no query of this dataset"));
    }
    let annotation = Annotation {
        id: store.id(),
        dataset,
        name,
        description,
        query_id: query_id.to_owned(),
        created: now(),
        updated: now(),
    };
    store.annotations.add(annotation.clone());
    Ok((StatusCode::CREATED, Json(annotation_json(&annotation))).into_response())
}

fn words(told: &Value) -> Result<(String, String), Problem> {
    let name = told["name"].as_str().unwrap_or_default();
    let description = told["description"].as_str().unwrap_or_default();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        let text = format!("must be 1 to {MAX_NAME} characters");
        return Err(Problem::invalid("name", "invalid", text));
    }
    if description.chars().count() > MAX_DESCRIPTION {
        let text = format!("must be at most {MAX_DESCRIPTION} characters");
        return Err(Problem::invalid("description", "invalid", text));
    }
    Ok((name.to_owned(), description.to_owned()))
}

pub(super) async fn annotation(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let store = lock(&app.store.honeycomb);
    let found = store.annotations.iter().find(|it| it.dataset == dataset && it.id == id);
    let found = found.ok_or_else(|| Problem::not_found("Query Annotation"))?;
    Ok(Json(annotation_json(found)).into_response())
}

/// Name and description can change, the query can't.
pub(super) async fn update_annotation(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let told = object(&body)?;
    let (name, description) = words(&told)?;
    let mut store = lock(&app.store.honeycomb);
    let found = store.annotations.iter_mut().find(|it| it.dataset == dataset && it.id == id);
    let found = found.ok_or_else(|| Problem::not_found("Query Annotation"))?;
    if told["query_id"].as_str().is_some_and(|query| query != found.query_id) {
        return Err(Problem::invalid("query_id", "invalid", "can't be changed"));
    }
    (found.name, found.description, found.updated) = (name, description, now());
    Ok(Json(annotation_json(found)).into_response())
}

pub(super) async fn forget(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let mut store = lock(&app.store.honeycomb);
    if !store.annotations.iter().any(|it| it.dataset == dataset && it.id == id) {
        return Err(Problem::not_found("Query Annotation"));
    }
    store.annotations.retain(|it| it.dataset != dataset || it.id != id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
