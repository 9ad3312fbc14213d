//! Metadata: what has neither a field of its own nor a place among the annotations.
//!
//! Everything is in the namespace `default`, but for namespaces that somebody made. What this crate
//! has to say of the span itself (a name that X-Ray does not allow, events, what was cut) stands in
//! the namespace `cruddur_trace`.

use std::borrow::Cow;

use crate::record::{Attribute, Outcome, SpanRecord, Value};

use super::caps::Caps;
use super::cause::is_shown_as_cause;
use super::json::Json;
use crate::record::text::{first_bytes, first_chars};

/// A collector's convention: `aws.xray.metadata.{namespace}` holds a JSON object.
const NAMESPACE_PREFIX: &str = "aws.xray.metadata.";

/// What the span says of itself beyond attributes.
pub(crate) struct About<'a> {
    pub(crate) span: &'a SpanRecord,
    /// The name that the document got.
    pub(crate) shown_name: &'a str,
    /// Parts cut so far.
    pub(crate) trimmed: u64,
    /// Encoded entries of further namespaces: `"resource":{…}`.
    pub(crate) namespaces: &'a [u8],
}

/// Writes the metadata if there is any.
pub(crate) fn write_metadata(
    json: &mut Json,
    attributes: &[&Attribute],
    about: &About<'_>,
    caps: &Caps,
) {
    let start = json.len();
    json.key("metadata");
    json.open_object();
    let empty = json.len();
    let mut trimmed = about.trimmed;
    write_default(json, attributes, caps, &mut trimmed);
    for attribute in attributes {
        if let Some((namespace, object)) = namespace_of(attribute) {
            if object.len() <= caps.value_bytes {
                json.key(namespace);
                json.verbatim(object.as_bytes());
            } else {
                trimmed += 1;
            }
        }
    }
    if !about.namespaces.is_empty() && caps.entries > 0 {
        json.verbatim(about.namespaces);
    }
    write_about(json, about, caps, trimmed);
    if json.len() == empty {
        json.truncate(start);
    } else {
        json.close_object();
    }
}

fn write_default(json: &mut Json, attributes: &[&Attribute], caps: &Caps, trimmed: &mut u64) {
    let start = json.len();
    json.key("default");
    json.open_object();
    let mut entries = 0;
    for attribute in attributes.iter().filter(|it| namespace_of(it).is_none()) {
        if entries == caps.entries {
            *trimmed += 1;
            continue;
        }
        entries += 1;
        json.key(&metadata_key(&attribute.key, attributes));
        write_value(json, &attribute.value, caps.value_bytes, trimmed);
    }
    json.close_object();
    if entries == 0 {
        json.truncate(start);
    }
}

/// The seed's word for the length of a result; and nothing that begins with `AWS.`, which is
/// reserved.
fn metadata_key<'a>(key: &'a str, attributes: &[&Attribute]) -> Cow<'a, str> {
    const LENGTH: &str = "res.length";
    if key == "app.result_length" && !attributes.iter().any(|it| it.key == LENGTH) {
        return Cow::Borrowed(LENGTH);
    }
    if key.is_empty() {
        return Cow::Borrowed("_");
    }
    if key.starts_with("AWS.") {
        Cow::Owned(format!("_{key}"))
    } else {
        Cow::Borrowed(first_chars(key, 500))
    }
}

fn namespace_of(attribute: &Attribute) -> Option<(&str, &str)> {
    let namespace = attribute.key.strip_prefix(NAMESPACE_PREFIX)?;
    let taken = ["", "default", "resource", "cruddur_trace"];
    if taken.contains(&namespace) || namespace.starts_with("AWS.") {
        return None;
    }
    let json = attribute.value.as_str()?.trim();
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    drop(object);
    Some((first_chars(namespace, 500), json))
}

/// Writes a value within about so many bytes, marked where it was cut.
fn write_value(json: &mut Json, value: &Value, max_bytes: usize, trimmed: &mut u64) {
    match value {
        Value::Str(text) if text.len() > max_bytes => {
            *trimmed += 1;
            json.text(&format!("{}… [{} bytes]", first_bytes(text, max_bytes), text.len()));
        }
        Value::Array(values) if value.size_bytes() > max_bytes => {
            *trimmed += 1;
            let mut left = max_bytes;
            json.open_array();
            for item in values {
                let size = item.size_bytes().max(8);
                if size > left {
                    break;
                }
                left -= size;
                json.value(item);
            }
            json.close_array();
        }
        value => json.value(value),
    }
}

fn write_about(json: &mut Json, about: &About<'_>, caps: &Caps, mut trimmed: u64) {
    let span = about.span;
    let start = json.len();
    json.key("cruddur_trace");
    json.open_object();
    let empty = json.len();
    if about.shown_name != span.name {
        json.key("span_name");
        write_value(json, &Value::Str(span.name.clone()), caps.value_bytes.max(200), &mut trimmed);
    }
    match span.outcome {
        Outcome::Panic => text_entry(json, "outcome", "panic"),
        Outcome::Cancelled => text_entry(json, "outcome", "cancelled"),
        Outcome::Unfinished => text_entry(json, "outcome", "unfinished"),
        Outcome::Ok | Outcome::Error => {}
    }
    trimmed += write_events(json, span, caps);
    for (key, count) in [
        ("dropped_attributes", u64::from(span.dropped_attributes)),
        ("dropped_events", u64::from(span.dropped_events)),
        ("dropped_links", u64::from(span.dropped_links)),
        ("trimmed", trimmed),
    ] {
        if count > 0 {
            json.key(key);
            json.integer(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
    let is_empty = json.len() == empty;
    json.close_object();
    if is_empty {
        json.truncate(start);
    }
}

fn text_entry(json: &mut Json, key: &str, text: &str) {
    json.key(key);
    json.text(text);
}

/// Events that are not shown as exceptions; gives how many were left out.
fn write_events(json: &mut Json, span: &SpanRecord, caps: &Caps) -> u64 {
    let mut events =
        span.events.iter().filter(|event| !is_shown_as_cause(&event.name, &event.attributes));
    let Some(first) = events.next() else { return 0 };
    let mut trimmed = 0;
    json.key("events");
    json.open_array();
    for (index, event) in std::iter::once(first).chain(events).enumerate() {
        if index >= caps.entries {
            trimmed += 1;
            continue;
        }
        json.open_object();
        text_entry(json, "name", first_bytes(&event.name, caps.value_bytes.max(200)));
        json.key("time");
        json.seconds(event.time);
        if !event.attributes.is_empty() {
            json.key("attributes");
            json.open_object();
            for (index, attribute) in event.attributes.iter().enumerate() {
                if index >= caps.entries {
                    trimmed += 1;
                    continue;
                }
                json.key(first_chars(&attribute.key, 500));
                write_value(json, &attribute.value, caps.value_bytes, &mut trimmed);
            }
            json.close_object();
        }
        json.close_object();
    }
    json.close_array();
    trimmed
}
