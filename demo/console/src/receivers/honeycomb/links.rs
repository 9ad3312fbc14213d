//! Links into Honeycomb's page (query templates, results) open the console's Query tab.
//!
//! Source: Honeycomb documentation, "Query Template Links", read 2026-11.

use axum::extract::{Path, Query as Parameters, State};
use axum::response::Redirect;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use super::queries;
use crate::Shared;
use crate::store::lock;

#[derive(Deserialize)]
pub(super) struct Template {
    query: Option<String>,
}

/// `?query=` with a specification.
pub(super) async fn open(Parameters(template): Parameters<Template>) -> Redirect {
    let spec = template.query.and_then(|text| serde_json::from_str(&text).ok());
    to(&spec.unwrap_or_default())
}

/// A result that was asked for by the API.
pub(super) async fn result(
    State(app): State<Shared>,
    Path((_, _, dataset, id)): Path<(String, String, String, String)>,
) -> Redirect {
    let store = lock(&app.store.honeycomb);
    let result = store.results.iter().find(|it| it.dataset == dataset && it.id == id);
    let query = result.and_then(|it| queries::find(&store, &dataset, &it.query_id));
    to(&query.map_or(Value::Null, |it| Value::Object(it.spec)))
}

/// The tab's form has one calculation; without any it asks for the average latency by userId.
fn to(spec: &Value) -> Redirect {
    let mut fields = Vec::new();
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            fields.push(format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC)));
        }
    };
    let first = &spec["calculations"][0];
    field("op", text(&first["op"]));
    field("column", text(&first["column"]));
    field("by", list(&spec["breakdowns"], text, ", "));
    field("where", list(&spec["filters"], filter, " AND "));
    field("order", list(&spec["orders"], order, ", "));
    field("limit", text(&spec["limit"]));
    field("range", text(&spec["time_range"]));
    Redirect::to(&format!("/tab/query?{}", fields.join("&")))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn list(values: &Value, one: impl Fn(&Value) -> String, between: &str) -> String {
    let values = values.as_array().map_or(&[][..], Vec::as_slice);
    values.iter().map(one).collect::<Vec<_>>().join(between)
}

fn filter(filter: &Value) -> String {
    let value = if filter["value"].is_null() { "" } else { &format!(" {}", filter["value"]) };
    format!("{} {}{value}", text(&filter["column"]), text(&filter["op"]))
}

fn order(order: &Value) -> String {
    let name = match (text(&order["op"]), text(&order["column"])) {
        (op, column) if op.is_empty() => column,
        (op, column) if column.is_empty() => op,
        (op, column) => format!("{op}({column})"),
    };
    let is_descending = order["order"] == "descending";
    format!("{name} {}", if is_descending { "desc" } else { "asc" })
}
