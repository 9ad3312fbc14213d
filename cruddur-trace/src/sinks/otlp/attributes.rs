//! Attributes, resource and scope: what all signals share.
//! Follows opentelemetry/proto/common/v1/common.proto and resource.proto, 1.9.

use super::proto;
use crate::record::{Attribute, Resource, Value};

/// `repeated KeyValue` under this field number.
pub(super) fn list(out: &mut Vec<u8>, field: proto::Field, attributes: &[Attribute]) {
    for attribute in attributes {
        one(out, field, &attribute.key, &attribute.value);
    }
}

pub(super) fn one(out: &mut Vec<u8>, field: proto::Field, key: &str, value: &Value) {
    proto::message(out, field, |out| {
        proto::string(out, 1, key);
        proto::message(out, 2, |out| any_value(out, value));
    });
}

pub(super) fn text(out: &mut Vec<u8>, field: proto::Field, key: &str, value: &str) {
    proto::message(out, field, |out| {
        proto::string(out, 1, key);
        proto::message(out, 2, |out| proto::bytes_always(out, 1, value.as_bytes()));
    });
}

pub(super) fn any_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Str(text) => proto::bytes_always(out, 1, text.as_bytes()),
        Value::Bool(value) => proto::uint_always(out, 2, u64::from(*value)),
        // Two's complement, as `int64` has it.
        Value::I64(value) => proto::uint_always(out, 3, *value as u64),
        Value::F64(value) => proto::double(out, 4, *value),
        Value::Array(values) => proto::message(out, 5, |out| {
            for value in values {
                proto::message(out, 1, |out| any_value(out, value));
            }
        }),
    }
}

/// The field `resource`, and the scope's field after it, are the same in all signals.
pub(super) fn resource(resource: &Resource) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    proto::message(&mut out, 1, |out| list(out, 1, resource.attributes()));
    out
}

/// The semantic conventions that our names are of; a backend may translate from one to another.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.42.0";

/// `schema_url`, with the same number in resource and scope; nothing of what a relay passes on, whose
/// names are somebody else's.
pub(super) fn schema(resource: &Resource) -> Vec<u8> {
    let mut out = Vec::with_capacity(48);
    if resource.text("telemetry.sdk.name") == Some(env!("CARGO_PKG_NAME")) {
        proto::string(&mut out, 3, SCHEMA_URL);
    }
    out
}

/// The one instrumentation scope: this crate.
pub(super) fn scope() -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    proto::message(&mut out, 1, |out| {
        proto::string(out, 1, env!("CARGO_PKG_NAME"));
        proto::string(out, 2, env!("CARGO_PKG_VERSION"));
    });
    out
}
