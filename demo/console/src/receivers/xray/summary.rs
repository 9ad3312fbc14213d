//! What `GetTraceSummaries` says of a trace.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::store::xray::StoredTrace;

/// All parts of a document: itself, and nested subsegments.
pub(super) fn parts<'a>(document: &'a Map<String, Value>, found: &mut Vec<&'a Map<String, Value>>) {
    found.push(document);
    for nested in document.get("subsegments").and_then(Value::as_array).into_iter().flatten() {
        if let Some(nested) = nested.as_object() {
            parts(nested, found);
        }
    }
}

/// One summary.
pub(crate) fn summary(id: &str, trace: &StoredTrace) -> Value {
    let (start, end) = trace.times();
    let mut all = Vec::new();
    for document in &trace.documents {
        parts(&document.document, &mut all);
    }
    let is_set = |key: &str| all.iter().any(|part| part.get(key) == Some(&Value::Bool(true)));
    let segments = trace.segments();
    let root = segments.first();
    // As the API reference has it: error and fault are the root segment's, the others anybody's.
    let root_is = |key: &str| root.is_some_and(|it| it.document.get(key) == Some(&true.into()));
    let http = root.and_then(|root| root.document.get("http"));
    let field = |pointer: &str| http.and_then(|http| http.pointer(pointer)).cloned();
    let mut shown_http = Map::new();
    for (key, pointer) in [
        ("HttpURL", "/request/url"),
        ("HttpMethod", "/request/method"),
        ("UserAgent", "/request/user_agent"),
        ("ClientIp", "/request/client_ip"),
        ("HttpStatus", "/response/status"),
    ] {
        if let Some(value) = field(pointer) {
            shown_http.insert(key.to_owned(), value);
        }
    }
    let services: Vec<Value> = segments
        .iter()
        .map(|it| {
            let mut id = json!({"Name": it.text("name"), "Names": [it.text("name")]});
            if !it.text("origin").is_empty() {
                id["Type"] = json!(it.text("origin"));
            }
            id
        })
        .collect();
    let mut annotations: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for part in &all {
        let own = part.get("annotations").and_then(Value::as_object);
        for (key, value) in own.into_iter().flatten() {
            let kind = match value {
                Value::Bool(_) => "BooleanValue",
                Value::Number(_) => "NumberValue",
                _ => "StringValue",
            };
            let entry = json!({"AnnotationValue": {kind: value}, "ServiceIds": []});
            annotations.entry(key).or_default().push(entry);
        }
    }
    let users: Vec<Value> = segments
        .iter()
        .filter(|it| !it.text("user").is_empty())
        .map(|it| json!({"UserName": it.text("user"), "ServiceIds": []}))
        .collect();
    let response_time = root.map(|root| duration(&root.document)).unwrap_or_default();
    let mut summary = json!({
        "Id": id, "StartTime": start, "Duration": end - start, "ResponseTime": response_time,
        "HasFault": root_is("fault"), "HasError": root_is("error"),
        "HasThrottle": is_set("throttle"), "IsPartial": is_set("in_progress") || root.is_none(),
        "Http": shown_http, "Annotations": annotations, "Users": users, "ServiceIds": services,
        "Revision": trace.documents.len(),
    });
    if let Some(entry) = services.first() {
        summary["EntryPoint"] = entry.clone();
    }
    summary
}

/// Seconds from start to end.
pub(super) fn duration(part: &Map<String, Value>) -> f64 {
    let number = |key: &str| part.get(key).and_then(Value::as_f64);
    match (number("start_time"), number("end_time")) {
        (Some(start), Some(end)) => end - start,
        _ => 0.0,
    }
}
