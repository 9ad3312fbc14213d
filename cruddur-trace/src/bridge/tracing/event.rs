//! An event as a log record, or as an event of the current span.

use std::sync::Arc;

use tracing_core::{Event, Level};
use tracing_log::NormalizeEvent;

use super::fields::Fields;
use crate::record::{Attribute, Key, LogRecord, Severity, clock, next_log_id};
use crate::span;

pub(super) fn severity(level: Level) -> Severity {
    match level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warn,
        Level::INFO => Severity::Info,
        Level::DEBUG => Severity::Debug,
        Level::TRACE => Severity::Trace,
    }
}

/// The fields of an event.
pub(super) fn fields(event: &Event<'_>) -> Fields {
    let mut fields = Fields::default();
    event.record(&mut fields);
    fields
}

/// The log record of an event that happens now, on this thread.
pub(super) fn record(event: &Event<'_>, fields: Fields) -> LogRecord {
    let metadata = event.metadata();
    let mut record =
        LogRecord::new(next_log_id(), clock::now(), severity(*metadata.level()), fields.message);
    record.attributes = fields.attributes;
    match event.normalized_metadata() {
        Some(normalized) => {
            record.target = Key::Owned(normalized.target().to_owned());
            let module = normalized.module_path().filter(|it| *it != normalized.target());
            record.module = module.map(|module| Key::Owned(module.to_owned()));
            record.place =
                place(normalized.file().map(|file| Key::Owned(file.to_owned())), normalized.line());
        }
        None => {
            record.target = Key::Borrowed(metadata.target());
            let module = metadata.module_path().filter(|it| *it != metadata.target());
            record.module = module.map(Key::Borrowed);
            record.place = place(metadata.file().map(Key::Borrowed), metadata.line());
        }
    }
    if let Some(context) = span::current() {
        record.trace = Some(context.link());
        if let Some(scope) = &context.scope {
            record.request_id = scope.request_id().map(Arc::clone);
            record.user_id = scope.user_id();
        }
    }
    record
}

fn place(file: Option<Key>, line: Option<u32>) -> Option<(Key, u32)> {
    file.zip(line)
}

/// The event as one of the current span, where no logs exporter is on: named by its message, as
/// tracing-opentelemetry does.
pub(super) fn add_to_span(event: &Event<'_>, fields: Fields) {
    let metadata = event.metadata();
    let name = if fields.message.is_empty() {
        Key::Borrowed(metadata.name())
    } else {
        Key::Owned(fields.message)
    };
    let mut attributes = vec![Attribute::new("level", severity(*metadata.level()).as_str())];
    match event.normalized_metadata() {
        Some(normalized) => {
            attributes.push(Attribute::new("target", normalized.target().to_owned()));
        }
        None => attributes.push(Attribute::new("target", metadata.target())),
    }
    attributes.extend(fields.attributes);
    span::add_event(name, attributes);
}
