//! Annotations: attributes that somebody searches by, which X-Ray indexes.
//!
//! They are few, and simple values; what can't be one, or not whole, stays for the metadata.

use std::borrow::Cow;

use crate::record::{Attribute, Usage, Value};

use super::caps::Caps;
use super::json::Json;
use super::name::annotation_key;
use crate::record::text::first_chars;

/// Which attributes become annotations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Indexed {
    all: bool,
    keys: Vec<String>,
}

impl Indexed {
    pub(crate) fn new(keys: &[String]) -> Self {
        Self { all: keys.iter().any(|key| key == "*"), keys: keys.to_vec() }
    }

    fn has(&self, attribute: &Attribute, by_span: Option<&Attribute>) -> bool {
        match attribute.usage {
            Usage::Indexed => true,
            Usage::Detail => false,
            Usage::Default => {
                self.all
                    || self.keys.iter().any(|key| *key == attribute.key)
                    || names_key(by_span, &attribute.key)
            }
        }
    }
}

/// Whether the span's own list (`aws.xray.annotations`) names the key.
fn names_key(list: Option<&Attribute>, key: &str) -> bool {
    match list.map(|it| &it.value) {
        Some(Value::Array(keys)) => keys.iter().any(|it| it.as_str() == Some(key)),
        Some(Value::Str(one)) => one == key,
        _ => false,
    }
}

/// Writes annotations out of `attributes`; those that don't become one, or not whole, remain.
pub(crate) fn write_annotations(
    json: &mut Json,
    attributes: &mut Vec<&Attribute>,
    indexed: &Indexed,
    by_span: Option<&Attribute>,
    caps: &Caps,
) {
    let start = json.len();
    json.key("annotations");
    json.open_object();
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    attributes.retain(|attribute| {
        if keys.len() >= caps.annotations || !indexed.has(attribute, by_span) {
            return true;
        }
        let Some(key) = annotation_key(&attribute.key).filter(|key| !keys.contains(key)) else {
            return true;
        };
        let is_whole = match &attribute.value {
            Value::Str(text) => {
                let shown = first_chars(text, caps.annotation_chars);
                json.key(&key);
                json.text(shown);
                shown.len() == text.len()
            }
            Value::F64(number) if !number.is_finite() => false,
            Value::Array(_) => false,
            simple => {
                json.key(&key);
                json.value(simple);
                true
            }
        };
        if is_whole || matches!(attribute.value, Value::Str(_)) {
            keys.push(key);
        }
        !is_whole
    });
    json.close_object();
    if keys.is_empty() {
        json.truncate(start);
    }
}
