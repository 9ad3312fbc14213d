//! The fields of an event or a span, typed. User code (`Debug`, `Display`) runs here.

use std::borrow::Cow;
use std::fmt;

use tracing_core::Field;
use tracing_core::field::Visit;

use crate::record::{Attribute, ErrorChain, Key, Value};
use crate::span::{chain_of, format_safely};

/// Most fields of an event, whatever the limits are (`OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT` holds
/// where records leave, and that of events where spans are made).
const MAX_FIELDS: usize = 1_024;

/// What the fields of an event say.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// The field `message`.
    pub(super) message: String,
    pub(super) attributes: Vec<Attribute>,
    /// The first field that is an error.
    pub(super) error: Option<ErrorChain>,
}

impl Fields {
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.attributes.iter().position(|it| it.key == name)?;
        Some(self.attributes.remove(at).value)
    }

    fn add(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if name == "message" {
            self.message = match value {
                Value::Str(text) => text.into_owned(),
                other => other.to_string(),
            };
        } else if !name.starts_with("log.") && self.attributes.len() < MAX_FIELDS {
            // `log.*` is what `tracing-log` tells of a record's place; it is read from the metadata.
            self.attributes.push(Attribute::new(Key::Borrowed(raw(name)), value));
        }
    }
}

/// A field written as `r#type` is called `type`.
fn raw(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, integer(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, integer(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field, integer(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::Str(Cow::Owned(value.to_owned())));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let chain = chain_of("", value);
        self.add(field, Value::Str(Cow::Owned(chain.message.clone())));
        if !chain.causes.is_empty() && self.attributes.len() < MAX_FIELDS {
            let key = format!("{}.chain", raw(field.name()));
            self.attributes.push(Attribute::new(key, chain.causes.clone()));
        }
        self.error.get_or_insert(chain);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, Value::Str(Cow::Owned(format_safely(format_args!("{value:?}")))));
    }
}

/// An integer, as text where OpenTelemetry's 64 bits can't hold it.
fn integer<N: TryInto<i64> + fmt::Display + Copy>(number: N) -> Value {
    number.try_into().map_or_else(|_| Value::from(number.to_string()), Value::I64)
}
