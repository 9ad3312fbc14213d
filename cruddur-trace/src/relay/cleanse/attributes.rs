//! Attributes of a browser's records: what may be named, the user, and values without secrets.

use super::{Cleansed, Judge, MAX_VALUE_BYTES};
use crate::record::{Attribute, Value};
use crate::relay::redact;
use crate::relay::wire::{WireAttribute, WireValue};

/// Attributes that a record keeps.
const MAX_ATTRIBUTES: usize = 64;
const MAX_STACK_BYTES: usize = 8_192;
/// Who the user is.
const USER_KEY: &str = "app.userId";
/// What a page said instead, and that it did: only the relay says these.
const CLAIMED_KEY: &str = "app.userId.claimed";
const MISMATCH_KEY: &str = "app.userId.mismatch";
/// The user of a session that is signed out.
const ANONYMOUS: &str = "anonymous";

impl Judge<'_> {
    /// What may be named stays, once each; the user is the session's, whatever was claimed.
    pub(super) fn attributes<T>(
        &self,
        attributes: Vec<WireAttribute>,
        out: &mut Cleansed<T>,
    ) -> Vec<Attribute> {
        let mut kept: Vec<Attribute> = Vec::new();
        for WireAttribute { key, value: found } in attributes {
            let is_stack = key == "exception.stacktrace";
            let value = value(found, is_stack);
            let is_new = !kept.iter().any(|it| it.key == key);
            match value {
                Some(value)
                    if is_new
                        && kept.len() < MAX_ATTRIBUTES
                        && self.policy.allows_attribute(&key) =>
                {
                    kept.push(Attribute::new(key, value));
                }
                _ => out.dropped_attributes += 1,
            }
        }
        self.put_user(&mut kept, out);
        kept
    }

    fn put_user<T>(&self, kept: &mut Vec<Attribute>, out: &mut Cleansed<T>) {
        kept.retain(|it| it.key != CLAIMED_KEY && it.key != MISMATCH_KEY);
        let Some(claim) = kept.iter_mut().find(|it| it.key == USER_KEY) else { return };
        let user = self.visitor.user_id.as_deref().unwrap_or(ANONYMOUS);
        let claimed = std::mem::replace(&mut claim.value, Value::from(user.to_owned()));
        if claimed.as_str() != Some(user) {
            out.forged_users += 1;
            kept.push(Attribute::new(CLAIMED_KEY, claimed));
            kept.push(Attribute::new(MISMATCH_KEY, true));
        }
    }
}

pub(super) fn value(found: WireValue, is_stack: bool) -> Option<Value> {
    let max_bytes = if is_stack { MAX_STACK_BYTES } else { MAX_VALUE_BYTES };
    Some(match found {
        WireValue::Bool(value) => Value::Bool(value),
        WireValue::Int(value) => Value::I64(value),
        WireValue::Double(value) if value.is_finite() => Value::F64(value),
        WireValue::Text(text) => Value::from(redact::text(&text, is_stack, max_bytes)),
        WireValue::List(values) => {
            Value::Array(values.into_iter().filter_map(|it| value(it, false)).collect())
        }
        WireValue::Double(_) | WireValue::Other => return None,
    })
}
