//! `/1/query_results/{dataset}`: a query's answer, by the console's own query engine.
//!
//! Asking answers 201 at once with `complete: false`, reading answers with the data, as clients have
//! to expect. Needs the permissions `columns` and `queries` (and, at Honeycomb, an Enterprise team).
//! Source: Honeycomb API reference, "Query Data", read 2026-11.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::datasets::{must_exist, object, slug};
use super::key::Key;
use super::problem::Problem;
use super::{Answer, ENVIRONMENT, TEAM, queries};
use crate::store::honeycomb::{Query, QueryResult};
use crate::store::lock;
use crate::time::now;
use crate::{App, Shared, query};

/// The oldest time that may be asked about, in seconds.
const MAX_RANGE: u64 = 7 * 86_400;

pub(super) async fn create(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(dataset): Path<String>,
    body: Bytes,
) -> Answer {
    Key::with(&app, &headers, "columns")?;
    Key::with(&app, &headers, "queries")?;
    must_exist(&app, &dataset)?;
    let told = object(&body)?;
    let query_id = told["query_id"].as_str().unwrap_or_default();
    let mut store = lock(&app.store.honeycomb);
    let query = queries::find(&store, &dataset, query_id);
    let query = query.ok_or_else(|| Problem::not_found("Query"))?;
    let oldest = now() / 1_000_000_000 - MAX_RANGE;
    let start = query.spec.get("start_time").and_then(Value::as_u64);
    let range = query.spec.get("time_range").and_then(Value::as_u64);
    if range.is_some_and(|it| it > MAX_RANGE) || start.is_some_and(|it| it < oldest) {
        return Err(Problem::unparseable("only the last 7 days of data can be queried"));
    }
    let result = QueryResult {
        id: store.id(),
        query_id: query_id.to_owned(),
        disable_series: told["disable_series"].as_bool().unwrap_or(false),
        asked: now(),
        dataset,
    };
    store.results.add(result.clone());
    let location = format!("/1/query_results/{}/{}", result.dataset, result.id);
    let body = json_of(&headers, &query, &result, None);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

pub(super) async fn read(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer {
    Key::with(&app, &headers, "columns")?;
    Key::with(&app, &headers, "queries")?;
    let found = {
        let store = lock(&app.store.honeycomb);
        let result = store.results.iter().find(|it| it.dataset == dataset && it.id == id);
        result.cloned().and_then(|it| Some((queries::find(&store, &dataset, &it.query_id)?, it)))
    };
    let (query, result) = found.ok_or_else(|| Problem::not_found("Query Result"))?;
    let data = answer(&app, &query, &result)?;
    Ok(Json(json_of(&headers, &query, &result, Some(&data))).into_response())
}

/// `results` and `series`, each row under `data`.
fn answer(app: &App, query: &Query, result: &QueryResult) -> Result<Value, Problem> {
    let body = Value::Object(query.spec.clone()).to_string();
    let spec = query::parse(body.as_bytes(), result.asked)
        .map_err(|mistake| Problem::invalid(&mistake.field, "invalid", mistake.problem))?;
    let found = app.store.traces.read(|ring| {
        let spans = ring.newest_first().flat_map(|trace| &trace.spans);
        let ours = spans.filter(|span| {
            query.dataset == "__all__" || slug(&span.sender.service) == query.dataset
        });
        serde_json::to_value(query::run(&spec, ours)).unwrap_or_default()
    });
    let rows = |name: &str| found[name].as_array().cloned().unwrap_or_default();
    let results: Vec<Value> =
        rows("results").into_iter().map(|row| json!({ "data": row })).collect();
    let series = rows("series").into_iter().map(|mut row| {
        let time = row.as_object_mut().and_then(|it| it.remove("time"));
        json!({ "time": time, "data": row })
    });
    let series = if result.disable_series { Vec::new() } else { series.collect() };
    Ok(json!({ "results": results, "series": series }))
}

fn json_of(
    headers: &HeaderMap,
    query: &Query,
    result: &QueryResult,
    data: Option<&Value>,
) -> Value {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (team, environment) = (TEAM.1, ENVIRONMENT.1);
    let (dataset, id) = (&result.dataset, &result.id);
    let page =
        format!("http://{host}/{team}/environments/{environment}/datasets/{dataset}/result/{id}");
    let mut json = Map::new();
    json.insert("id".into(), json!(id));
    json.insert("complete".into(), json!(data.is_some()));
    json.insert("query".into(), queries::json_of(query));
    if let Some(data) = data {
        json.insert("data".into(), data.clone());
    }
    json.insert("links".into(), json!({ "query_url": page, "graph_image_url": null }));
    Value::Object(json)
}
