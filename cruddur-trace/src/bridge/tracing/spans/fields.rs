//! The fields of a `tracing` span: attributes, and those that mean something to OpenTelemetry.

use std::fmt;

use tracing_core::Field;
use tracing_core::field::Visit;

use crate::bridge::tracing::fields::Fields;
use crate::record::SpanKind;

/// The fields of a span; those with a meaning of their own apart.
#[derive(Default)]
pub(super) struct SpanFields {
    pub(super) fields: Fields,
    pub(super) name: Option<String>,
    pub(super) kind: Option<SpanKind>,
    pub(super) status: Option<String>,
    pub(super) description: Option<String>,
}

impl SpanFields {
    fn special(&mut self, field: &Field, text: &str) -> bool {
        match field.name() {
            "otel.name" => self.name = Some(text.to_owned()),
            "otel.kind" => self.kind = kind(text),
            "otel.status_code" => self.status = Some(text.to_owned()),
            "otel.status_description" | "otel.status_message" => {
                self.description = Some(text.to_owned());
            }
            _ => return false,
        }
        true
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    Some(match text.to_ascii_lowercase().as_str() {
        "internal" => SpanKind::Internal,
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => return None,
    })
}

impl Visit for SpanFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.record_f64(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.record_i64(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.record_u64(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.fields.record_i128(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.fields.record_u128(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.record_bool(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !self.special(field, value) {
            self.fields.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.fields.record_error(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !field.name().starts_with("otel.") {
            return self.fields.record_debug(field, value);
        }
        let text = crate::span::format_safely(format_args!("{value:?}"));
        if !self.special(field, &text) {
            self.fields.record_str(field, &text);
        }
    }
}
