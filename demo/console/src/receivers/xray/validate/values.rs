//! Single values: their types, forms and limits.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::{Checked, Invalid, fail};

pub(super) fn hex(value: &Value, digits: usize) -> bool {
    value.as_str().is_some_and(|text| {
        text.len() == digits
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// `1-{8 hex}-{24 hex}`.
pub(crate) fn is_trace_id(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), ["1", epoch, unique]
        if hex(&Value::from(*epoch), 8) && hex(&Value::from(*unique), 24))
}

/// As the schema of segment documents has it.
pub(super) fn is_name(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{Z}\p{N}_.:/%&#=+\-@]{1,200}$").ok());
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

pub(super) fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, Invalid> {
    value.as_object().map_or_else(|| fail("InvalidField", at, "not an object"), Ok)
}

pub(super) fn list<'a>(value: &'a Value, at: &str) -> Result<&'a Vec<Value>, Invalid> {
    value.as_array().map_or_else(|| fail("InvalidField", at, "not a list"), Ok)
}

pub(super) fn boolean(value: &Value, at: &str) -> Checked {
    if value.is_boolean() { Ok(()) } else { fail("InvalidField", at, "not a boolean") }
}

pub(super) fn text(value: &Value, max_chars: usize, at: &str) -> Checked {
    match value.as_str() {
        Some(text) if text.chars().count() <= max_chars => Ok(()),
        Some(_) => fail("InvalidField", at, "too long"),
        None => fail("InvalidField", at, "not text"),
    }
}

pub(super) fn time(value: &Value, at: &str) -> Checked {
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 && seconds.is_finite() => Ok(()),
        _ => fail("InvalidTime", at, "not seconds since the epoch"),
    }
}

pub(super) fn annotations(value: &Value, at: &str) -> Checked {
    let annotations = object(value, at)?;
    if annotations.len() > 50 {
        return fail("InvalidAnnotation", at, "more than 50");
    }
    for (key, value) in annotations {
        let at = format!("{at}/{key}");
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !(1..=500).contains(&key.len()) || !key.bytes().all(is_word) {
            return fail("InvalidAnnotation", &at, "the key is not [A-Za-z0-9_]{1,500}");
        }
        match value {
            Value::String(_) => text(value, 1_000, &at)?,
            Value::Number(_) | Value::Bool(_) => {}
            _ => return fail("InvalidAnnotation", &at, "neither text, number nor boolean"),
        }
    }
    Ok(())
}

pub(super) fn metadata(value: &Value, at: &str) -> Checked {
    for (namespace, entries) in object(value, at)? {
        let at = format!("{at}/{namespace}");
        if namespace.starts_with("AWS.") {
            return fail("InvalidMetadata", &at, "`AWS.` is reserved");
        }
        let reserved = object(entries, &at)?.keys().find(|key| key.starts_with("AWS."));
        if let Some(key) = reserved {
            return fail("InvalidMetadata", &format!("{at}/{key}"), "`AWS.` is reserved");
        }
    }
    Ok(())
}
