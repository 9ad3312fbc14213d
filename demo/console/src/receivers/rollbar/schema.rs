//! What Rollbar demands of an item. Pure.
//!
//! Source: Rollbar API reference, "Create an item", read 2026-11.

use serde_json::Value;

const LEVELS: [&str; 5] = ["critical", "error", "warning", "info", "debug"];
const BODIES: [&str; 4] = ["trace", "trace_chain", "message", "crash_report"];
const TELEMETRY: [&str; 7] =
    ["log", "network", "dom", "navigation", "error", "manual", "connectivity"];

/// Says what is wrong with an item, by the path of the field.
pub(super) fn item(payload: &Value) -> Result<(), String> {
    let data = object(&payload["data"], "data")?;
    text(&data["environment"], "data.environment", 255)?;
    let body = object(&data["body"], "data.body")?;
    let kinds: Vec<_> = BODIES.iter().filter(|kind| !body[**kind].is_null()).collect();
    match kinds.as_slice() {
        [kind] => self::body(kind, &body[**kind])?,
        [] => return Err(format!("data.body: one of {BODIES:?} is required")),
        _ => return Err(format!("data.body: only one of {kinds:?} may be given")),
    }
    if let Some(entries) = optional_array(&body["telemetry"], "data.body.telemetry")? {
        for entry in entries {
            telemetry(entry)?;
        }
    }
    if !data["level"].is_null() && !LEVELS.iter().any(|it| data["level"] == **it) {
        return Err(format!("data.level: one of {LEVELS:?}"));
    }
    for (key, most) in [("code_version", 40), ("uuid", 36), ("context", 255), ("title", 255)] {
        if !data[key].is_null() {
            text(&data[key], &format!("data.{key}"), most)?;
        }
    }
    if !data["person"].is_null() {
        text(&data["person"]["id"], "data.person.id", 40)?;
    }
    for key in ["request", "server", "custom", "notifier", "client"] {
        if !data[key].is_null() {
            object(&data[key], &format!("data.{key}"))?;
        }
    }
    if let Some(attributes) = optional_array(&data["attributes"], "data.attributes")? {
        for attribute in attributes {
            text(&attribute["key"], "data.attributes[].key", 255)?;
        }
    }
    Ok(())
}

fn body(kind: &str, body: &Value) -> Result<(), String> {
    match kind {
        "trace" => trace(body, "data.body.trace"),
        "trace_chain" => {
            let chain = body.as_array().filter(|it| !it.is_empty());
            let chain = chain.ok_or("data.body.trace_chain: a list that is not empty")?;
            chain.iter().try_for_each(|it| trace(it, "data.body.trace_chain[]"))
        }
        "message" => text(&body["body"], "data.body.message.body", usize::MAX),
        _ => text(&body["raw"], "data.body.crash_report.raw", usize::MAX),
    }
}

fn trace(trace: &Value, path: &str) -> Result<(), String> {
    object(trace, path)?;
    text(&trace["exception"]["class"], &format!("{path}.exception.class"), usize::MAX)?;
    let frames = trace["frames"].as_array().ok_or_else(|| format!("{path}.frames: a list"))?;
    for frame in frames {
        text(&frame["filename"], &format!("{path}.frames[].filename"), usize::MAX)?;
        for key in ["lineno", "colno"] {
            if !frame[key].is_null() && !frame[key].is_u64() {
                return Err(format!("{path}.frames[].{key}: a number"));
            }
        }
    }
    Ok(())
}

fn telemetry(entry: &Value) -> Result<(), String> {
    let path = "data.body.telemetry[]";
    if !TELEMETRY.iter().any(|it| entry["type"] == **it) {
        return Err(format!("{path}.type: one of {TELEMETRY:?}"));
    }
    if !LEVELS.iter().any(|it| entry["level"] == **it) {
        return Err(format!("{path}.level: one of {LEVELS:?}"));
    }
    if !entry["timestamp_ms"].is_u64() {
        return Err(format!("{path}.timestamp_ms: milliseconds"));
    }
    object(&entry["body"], &format!("{path}.body")).map(drop)
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Value, String> {
    if value.is_object() { Ok(value) } else { Err(format!("{path}: an object is required")) }
}

fn text(value: &Value, path: &str, most: usize) -> Result<(), String> {
    match value.as_str() {
        None | Some("") => Err(format!("{path}: text is required")),
        Some(text) if text.chars().count() > most => {
            Err(format!("{path}: at most {most} characters"))
        }
        Some(_) => Ok(()),
    }
}

fn optional_array<'a>(value: &'a Value, path: &str) -> Result<Option<&'a Vec<Value>>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Array(items) => Ok(Some(items)),
        _ => Err(format!("{path}: a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_are_named_by_their_path() {
        let item_with = |edit: &dyn Fn(&mut Value)| {
            let mut payload = json!({ "data": {
                "environment": "production",
                "body": { "message": { "body": "hello" } },
            } });
            edit(&mut payload["data"]);
            item(&payload).err().unwrap_or_default()
        };
        let check = |edit: &dyn Fn(&mut Value), expected: &str| {
            assert!(item_with(edit).starts_with(expected), "{}", item_with(edit));
        };
        assert_eq!(item_with(&|_| {}), "");
        check(&|data| data["environment"] = "".into(), "data.environment");
        check(&|data| data["environment"] = "x".repeat(256).into(), "data.environment");
        check(&|data| data["body"] = json!({}), "data.body");
        check(&|data| data["body"]["trace"] = json!({}), "data.body: only one");
        check(&|data| data["body"] = json!({ "trace_chain": [] }), "data.body.trace_chain");
        check(&|data| data["body"] = json!({ "trace": { "frames": [] } }), "data.body.trace.exc");
        check(&|data| data["level"] = "fatal".into(), "data.level");
        check(&|data| data["uuid"] = "x".repeat(37).into(), "data.uuid");
        check(&|data| data["code_version"] = "x".repeat(41).into(), "data.code_version");
        check(&|data| data["person"] = json!({ "id": 1 }), "data.person.id");
        check(&|data| data["body"]["telemetry"] = json!([{ "type": "x" }]), "data.body.telemetry");
    }
}
