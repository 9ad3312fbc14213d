//! What an item is called, and which occurrences are of one item. Pure.
//!
//! An item's fingerprint is the payload's own, else it is made of all frames' file and method and of
//! the exceptions' classes, without line numbers and messages; a message's is its text without its
//! numbers. Source: Rollbar's documentation of the default grouping, read 2026-11.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::Value;

/// All exceptions of a payload, outermost first.
fn traces(data: &Value) -> Vec<&Value> {
    let body = &data["body"];
    match &body["trace_chain"] {
        Value::Array(chain) => chain.iter().collect(),
        _ => Some(&body["trace"]).filter(|it| it.is_object()).into_iter().collect(),
    }
}

pub(super) fn title(data: &Value) -> String {
    let body = &data["body"];
    let text = match (data["title"].as_str(), traces(data).first()) {
        (Some(title), _) => title.to_owned(),
        (None, Some(trace)) => {
            let exception = &trace["exception"];
            let class = exception["class"].as_str().unwrap_or_default();
            match exception["message"].as_str() {
                Some(message) if !message.is_empty() => format!("{class}: {message}"),
                _ => class.to_owned(),
            }
        }
        (None, None) => body["message"]["body"].as_str().unwrap_or("(no message)").to_owned(),
    };
    text.chars().take(255).collect()
}

pub(super) fn group(data: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    if let Some(fingerprint) = data["fingerprint"].as_str() {
        fingerprint.hash(&mut hasher);
        return format!("{:016x}", hasher.finish());
    }
    let root = data["server"]["root"].as_str().unwrap_or_default();
    let traces = traces(data);
    if traces.is_empty() {
        let text = data["body"]["message"]["body"].as_str().unwrap_or_default();
        let without_numbers: String = text.chars().filter(|it| !it.is_ascii_digit()).collect();
        without_numbers.hash(&mut hasher);
    }
    for trace in traces {
        for frame in trace["frames"].as_array().into_iter().flatten() {
            let file = frame["filename"].as_str().unwrap_or_default();
            file.strip_prefix(root).unwrap_or(file).hash(&mut hasher);
            frame["method"].as_str().hash(&mut hasher);
        }
        trace["exception"]["class"].as_str().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// The trace in which it happened: an attribute, as Rollbar links them.
pub(super) fn trace_id(data: &Value) -> Option<String> {
    let attributes = data["attributes"].as_array().into_iter().flatten();
    let found = attributes.filter(|it| it["key"] == "trace_id").find_map(|it| it["value"].as_str());
    found.or_else(|| data["custom"]["trace_id"].as_str()).map(str::to_owned)
}
