//! Makes an item small enough, giving up what helps least first.
//!
//! Pure. The ladder: frames to the first and the last 30, strings to 1024, 512 and 256 bytes, then
//! telemetry, the request but its method and URL, everything that is optional, and at last the
//! least body that Rollbar takes.

use crate::record::text::first_bytes;
use serde_json::{Value, json};

/// Largest payload that is sent, in bytes.
/// Source: Rollbar's documentation of payload limits (512 KB), read 2026-11.
pub(crate) const MAX_BYTES: usize = 512 * 1024;
/// Frames that stay at either end.
const FRAMES_AT_EITHER_END: usize = 30;
/// To how many bytes strings are cut, one after another.
const STRING_STEPS: [usize; 3] = [1024, 512, 256];

/// The item as JSON of at most `max_bytes`, as complete as fits. Below about 1 KiB nothing can be
/// promised; [`MAX_BYTES`] is what is used.
pub(crate) fn fit(mut item: Value, max_bytes: usize) -> Vec<u8> {
    let mut bytes = encode(&item);
    for step in 0..7 {
        if bytes.len() <= max_bytes {
            return bytes;
        }
        match step {
            0 => shorten_frames(&mut item),
            1..=3 => cut_strings(&mut item, STRING_STEPS[step - 1]),
            4 => drop_telemetry(&mut item),
            5 => shorten_request(&mut item),
            _ => drop_extras(&mut item),
        }
        bytes = encode(&item);
    }
    if bytes.len() <= max_bytes { bytes } else { minimal(&item) }
}

/// The least that Rollbar takes and that still groups: for when even a fitting item is refused.
pub(crate) fn minimal(item: &Value) -> Vec<u8> {
    let data = &item["data"];
    let body = &data["body"];
    let trace = if body["trace"].is_object() { &body["trace"] } else { &body["trace_chain"][0] };
    let text = |value: &Value| first_bytes(value.as_str().unwrap_or_default(), 256).to_owned();
    let body = if body["message"].is_object() {
        json!({ "message": { "body": text(&body["message"]["body"]) } })
    } else {
        let last = trace["frames"].as_array().and_then(|frames| frames.last());
        let frame = last.map(|frame| {
            let mut least =
                json!({ "filename": text(&frame["filename"]), "method": text(&frame["method"]) });
            if frame["lineno"].is_u64() {
                least["lineno"] = frame["lineno"].clone();
            }
            least
        });
        let exception = &trace["exception"];
        json!({ "trace": {
            "frames": frame.into_iter().collect::<Vec<_>>(),
            "exception": {
                "class": text(&exception["class"]),
                "message": text(&exception["message"]),
            },
        } })
    };
    encode(&json!({ "data": {
        "environment": text(&data["environment"]),
        "level": text(&data["level"]),
        "timestamp": data["timestamp"].as_u64(),
        "language": "rust",
        "uuid": text(&data["uuid"]),
        "notifier": { "name": "cruddur-trace", "version": env!("CARGO_PKG_VERSION") },
        "body": body,
    } }))
}

fn encode(item: &Value) -> Vec<u8> {
    serde_json::to_vec(item).expect("a JSON value has only text for keys")
}

fn shorten_frames(item: &mut Value) {
    let body = &mut item["data"]["body"];
    shorten(&mut body["trace"]["frames"]);
    if let Some(chain) = body["trace_chain"].as_array_mut() {
        chain.iter_mut().for_each(|trace| shorten(&mut trace["frames"]));
    }
    // Indexing puts a null where nothing was.
    if let Some(body) = body.as_object_mut() {
        body.retain(|_, value| !value.is_null() && *value != json!({ "frames": null }));
    }
    if item["data"]["custom"]["native_backtrace"].is_array() {
        shorten(&mut item["data"]["custom"]["native_backtrace"]);
    } else if let Some(custom) = item["data"]["custom"].as_object_mut() {
        custom.remove("native_backtrace");
    }
}

fn shorten(frames: &mut Value) {
    if let Some(frames) = frames.as_array_mut()
        && frames.len() > 2 * FRAMES_AT_EITHER_END
    {
        let from = FRAMES_AT_EITHER_END;
        frames.drain(from..frames.len() - FRAMES_AT_EITHER_END);
    }
}

fn cut_strings(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => text.truncate(first_bytes(text, most).len()),
        Value::Array(items) => items.iter_mut().for_each(|it| cut_strings(it, most)),
        Value::Object(fields) => fields.values_mut().for_each(|it| cut_strings(it, most)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn drop_telemetry(item: &mut Value) {
    remove(&mut item["data"]["body"], "telemetry");
}

fn shorten_request(item: &mut Value) {
    if let Some(request) = item["data"].get_mut("request").and_then(Value::as_object_mut) {
        request.retain(|key, _| key == "url" || key == "method");
    }
}

fn drop_extras(item: &mut Value) {
    for key in ["custom", "server", "request", "attributes", "person", "title"] {
        remove(&mut item["data"], key);
    }
}

fn remove(value: &mut Value, key: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.remove(key);
    }
}
