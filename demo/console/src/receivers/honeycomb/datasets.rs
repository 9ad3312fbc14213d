//! `/1/datasets`: those that were made by a call, and those that spans made.
//!
//! Needs the permission `createDatasets`. Source: Honeycomb API reference, "Datasets", read 2026-11.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::key::Key;
use super::problem::Problem;
use super::{Answer, columns};
use crate::store::honeycomb::Dataset;
use crate::store::lock;
use crate::time::{now, rfc3339};
use crate::{App, Shared};

const PERMISSION: &str = "createDatasets";
/// Largest request: what calls make is kept, up to a thousand of each kind. Ours.
const MAX_REQUEST_BYTES: usize = 64 << 10;
/// Longest name, in characters.
const MAX_NAME: usize = 255;

/// A name as it stands in URLs: small letters, digits, and a hyphen for each run of anything else.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '~') {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Every dataset by its slug.
fn all(app: &App) -> BTreeMap<String, (Dataset, Option<u64>)> {
    let mut found: BTreeMap<String, (Dataset, Option<u64>)> = BTreeMap::new();
    for dataset in lock(&app.store.honeycomb).datasets.iter() {
        found.insert(dataset.slug.clone(), (dataset.clone(), None));
    }
    app.store.traces.read(|ring| {
        for trace in ring.newest_first() {
            for service in &trace.services {
                let slug = slug(service);
                let (_, written) = found.entry(slug.clone()).or_insert_with(|| {
                    let name = service.to_string();
                    let description = String::new();
                    (Dataset { slug, name, description, created: trace.start }, None)
                });
                *written = (*written).max(Some(trace.end));
            }
        }
    });
    found
}

/// The dataset of this slug; `__all__` stands for the environment.
pub(super) fn must_exist(app: &App, dataset: &str) -> Result<(), Problem> {
    if dataset == "__all__" || all(app).contains_key(dataset) {
        return Ok(());
    }
    Err(Problem::not_found("Dataset"))
}

fn json_of(app: &App, dataset: &Dataset, written: Option<u64>) -> Value {
    json!({
        "name": dataset.name,
        "slug": dataset.slug,
        "description": dataset.description,
        "settings": { "delete_protected": true },
        "expand_json_depth": 0,
        "regular_columns_count": columns::all(app, &dataset.slug).len(),
        "created_at": rfc3339(dataset.created),
        "last_written_at": written.map(rfc3339),
    })
}

pub(super) async fn list(State(app): State<Shared>, headers: HeaderMap) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let all = all(&app);
    let list: Vec<Value> = all.values().map(|(it, written)| json_of(&app, it, *written)).collect();
    Ok(Json(list).into_response())
}

pub(super) async fn read(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(slug): Path<String>,
) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let all = all(&app);
    let (dataset, written) = all.get(&slug).ok_or_else(|| Problem::not_found("Dataset"))?;
    Ok(Json(json_of(&app, dataset, *written)).into_response())
}

/// 201 with a new dataset, 200 with the one that is there.
pub(super) async fn create(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Answer {
    Key::with(&app, &headers, PERMISSION)?;
    let told = object(&body)?;
    let name = told["name"].as_str().unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || slug(name).is_empty() {
        let text = format!("must be 1 to {MAX_NAME} characters with a letter or digit");
        return Err(Problem::invalid("name", "invalid", text));
    }
    let slug = slug(name);
    if let Some((dataset, written)) = all(&app).get(&slug) {
        return Ok(Json(json_of(&app, dataset, *written)).into_response());
    }
    let description = told["description"].as_str().unwrap_or_default().to_owned();
    let dataset = Dataset { slug, name: name.to_owned(), description, created: now() };
    lock(&app.store.honeycomb).datasets.add(dataset.clone());
    Ok((StatusCode::CREATED, Json(json_of(&app, &dataset, None))).into_response())
}

/// A request's body, which has to be an object.
pub(super) fn object(body: &[u8]) -> Result<Value, Problem> {
    if body.len() > MAX_REQUEST_BYTES {
        let error = format!("the request has more than {MAX_REQUEST_BYTES} bytes");
        return Err(Problem::plain(StatusCode::PAYLOAD_TOO_LARGE, &error));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Problem::unparseable("a JSON object is expected")),
        Err(error) => Err(Problem::unparseable(format!("invalid JSON: {error}"))),
    }
}
