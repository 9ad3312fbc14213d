//! JSON values.

use super::{ScrubRule, Scrubber};
use serde_json::Value;
use std::borrow::Cow;

/// Deepest level that is looked into; what lies deeper is masked whole.
const MAX_DEPTH: usize = 64;

impl Scrubber {
    /// Masks the secrets of a JSON value in place, also in objects of the form
    /// `{"name": "password", "value": "…"}`.
    pub(crate) fn json(&self, value: &mut Value) {
        self.json_at(value, 0);
    }

    fn json_at(&self, value: &mut Value, depth: usize) {
        match value {
            _ if depth > MAX_DEPTH => *value = Value::String(self.masked(ScrubRule::Deny, "")),
            Value::String(text) => {
                if let Cow::Owned(scrubbed) = self.text(text) {
                    *text = scrubbed;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|it| self.json_at(it, depth + 1)),
            Value::Object(fields) => {
                let named =
                    ["name", "key", "field"].iter().find_map(|it| fields.get(*it)?.as_str());
                let is_pair = named.is_some();
                let named_rule = named.map_or(ScrubRule::Allow, |it| self.rule(it));
                for (key, field) in fields.iter_mut() {
                    let rule = match self.rule(key) {
                        // The key of a pair is no secret, its value may be one.
                        _ if is_pair && key == "key" => ScrubRule::Allow,
                        ScrubRule::Allow if key == "value" => named_rule,
                        rule => rule,
                    };
                    match rule {
                        ScrubRule::Allow => self.json_at(field, depth + 1),
                        _ if field.is_null() => {}
                        rule => {
                            let text =
                                field.as_str().map_or_else(|| field.to_string(), str::to_owned);
                            *field = Value::String(self.masked(rule, &text));
                        }
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
