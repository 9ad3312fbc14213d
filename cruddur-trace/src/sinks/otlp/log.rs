//! A log record as an OTLP log record. Follows opentelemetry/proto/logs/v1/logs.proto, 1.9.

use super::{attributes, proto};
use crate::record::LogRecord;

/// One `log_records` entry of a `ScopeLogs`; `dropped` attributes were left out of it.
pub(super) fn encode(out: &mut Vec<u8>, log: &LogRecord, dropped: u32) {
    proto::message(out, 2, |out| {
        proto::fixed64(out, 1, log.time.0);
        proto::uint(out, 2, log.severity as u64);
        proto::string(out, 3, log.severity.as_str());
        proto::message(out, 5, |out| proto::bytes_always(out, 1, log.body.as_bytes()));
        attributes::list(out, 6, &log.attributes);
        own_attributes(out, log);
        proto::uint(out, 7, u64::from(dropped));
        if let Some(trace) = &log.trace {
            proto::fixed32(out, 8, u32::from(trace.trace_flags.to_byte()));
            proto::bytes_always(out, 9, &trace.trace_id.to_bytes());
            proto::bytes_always(out, 10, &trace.span_id.to_bytes());
        }
        proto::fixed64(out, 11, log.time.0);
    });
}

/// Names of the semantic conventions, where there is one. `code.namespace` is deprecated there, without
/// another name for a module alone.
fn own_attributes(out: &mut Vec<u8>, log: &LogRecord) {
    // The same number is on the line in CloudWatch Logs: a viewer of both shows it once.
    attributes::one(out, 6, "log_id", &log.log_id.into());
    let mut text = |key: &str, value: &str| {
        if !value.is_empty() && !log.attributes.iter().any(|it| it.key == key) {
            attributes::text(out, 6, key, value);
        }
    };
    text("log.target", &log.target);
    if let Some(module) = &log.module {
        text("log.module", module);
    }
    if let Some(request_id) = &log.request_id {
        text("app.request_id", request_id);
    }
    if let Some(user_id) = &log.user_id {
        text("user.id", user_id);
    }
    if let Some((file, line)) = &log.place {
        text("code.file.path", file);
        attributes::one(out, 6, "code.line.number", &(*line).into());
    }
}
