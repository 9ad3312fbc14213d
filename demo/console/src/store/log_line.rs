//! One log line, whichever way it came: an OTLP log record, or an event of CloudWatch Logs.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::value::{Key, hex, members_bytes};
use crate::time::rfc3339;

/// One line.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLine {
    /// Counts up as lines arrive; set by the store.
    pub(crate) sequence: u64,
    /// Nanoseconds since 1970.
    pub(crate) time: u64,
    /// `TRACE` to `ERROR`, upper case; empty if it does not say.
    pub(crate) severity: String,
    /// What it says.
    pub(crate) body: String,
    /// Where it comes from: a module path.
    pub(crate) target: Key,
    /// `service.name`.
    pub(crate) service: Key,
    /// 32 hexadecimal digits.
    pub(crate) trace_id: Option<String>,
    /// 16 hexadecimal digits.
    pub(crate) span_id: Option<String>,
    /// The sender's number of the line: the same on every way here.
    pub(crate) log_id: Option<u64>,
    /// Fields beside those above.
    pub(crate) attributes: Map<String, Value>,
    /// Which ways it came: `otlp`, `cloudwatch`.
    pub(crate) via: Vec<&'static str>,
    /// The log group, where it came by CloudWatch Logs.
    pub(crate) group: Option<String>,
    /// The log stream, where it came by CloudWatch Logs.
    pub(crate) stream: Option<String>,
    /// The event's message as it was sent, where it came by CloudWatch Logs.
    pub(crate) sent: Option<String>,
}

impl LogLine {
    /// The line of an event: a JSON object as our sink writes it, or any text.
    pub(crate) fn from_message(message: &str, time_millis: i64) -> Self {
        let time = u64::try_from(time_millis).unwrap_or(0).saturating_mul(1_000_000);
        let sent = Some(message.to_owned());
        let mut line = Self { time, via: vec!["cloudwatch"], sent, ..Self::default() };
        let Ok(Value::Object(mut fields)) = serde_json::from_str(message) else {
            message.clone_into(&mut line.body);
            return line;
        };
        line.body = take_text(&mut fields, "message").unwrap_or_default();
        line.severity = take_text(&mut fields, "level").unwrap_or_default().to_uppercase();
        line.target = take_text(&mut fields, "target").unwrap_or_default().into();
        line.service = take_text(&mut fields, "service").unwrap_or_default().into();
        line.trace_id = take_text(&mut fields, "trace_id");
        line.span_id = take_text(&mut fields, "span_id");
        line.log_id = take_text(&mut fields, "log_id").and_then(|text| text.parse().ok());
        // The event's own time is the same, in milliseconds.
        fields.remove("timestamp");
        line.attributes = fields;
        line
    }

    /// The line of an OTLP log record; `None` if an id has a wrong length.
    fn from_record(record: LogRecord, service: &Key, scope: &Key, now: u64) -> Option<Self> {
        let sent_times = [record.time_unix_nano, record.observed_time_unix_nano];
        let severity = severity(&record);
        let mut attributes = object(record.attributes);
        let target = take_text(&mut attributes, "log.target")
            .or_else(|| take_text(&mut attributes, "code.namespace"))
            .map_or_else(|| Key::clone(scope), Key::from);
        let log_id = take_text(&mut attributes, "log_id").and_then(|text| text.parse().ok());
        let body = match any(record.body) {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        Some(Self {
            time: sent_times.into_iter().find(|time| *time > 0).unwrap_or(now),
            severity,
            body,
            target,
            service: Key::clone(service),
            trace_id: id(&record.trace_id, 16)?,
            span_id: id(&record.span_id, 8)?,
            log_id,
            attributes,
            via: vec!["otlp"],
            ..Self::default()
        })
    }

    /// What it shows, for a search by words.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(256);
        let ids = [&self.trace_id, &self.span_id].map(|it| it.as_deref().unwrap_or(""));
        let parts: [&str; 4] = [&self.body, &self.target, &self.severity, &self.service];
        for part in parts.into_iter().chain(ids) {
            text.push_str(part);
            text.push('\n');
        }
        for (key, value) in &self.attributes {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(text, "{key}={value}");
        }
        text
    }

    /// The line as a JSON object: as it was sent, or as our sink would have sent it.
    pub(super) fn object(&self) -> Value {
        if let Some(Ok(sent @ Value::Object(_))) = self.sent.as_deref().map(serde_json::from_str) {
            return sent;
        }
        let mut object = self.attributes.clone();
        object.insert("timestamp".to_owned(), rfc3339(self.time).into());
        let texts = [
            ("level", &*self.severity),
            ("message", &*self.body),
            ("target", &*self.target),
            ("service", &*self.service),
            ("trace_id", self.trace_id.as_deref().unwrap_or_default()),
            ("span_id", self.span_id.as_deref().unwrap_or_default()),
        ];
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            object.insert(key.to_owned(), text.into());
        }
        if let Some(log_id) = self.log_id {
            object.insert("log_id".to_owned(), log_id.into());
        }
        object.into()
    }

    /// Bytes that it takes, about; names that lines share count for each.
    pub(super) fn size_bytes(&self) -> usize {
        let sent = self.sent.as_ref().map_or(0, String::len);
        let texts = self.body.len() + self.target.len() + self.service.len() + sent;
        2 * size_of::<Self>() + texts + members_bytes(&self.attributes)
    }

    /// What tells it from all others, if anything does.
    pub(super) fn key(&self) -> Option<(Key, u64)> {
        Some((Key::clone(&self.service), self.log_id?))
    }

    /// OpenTelemetry's number; higher is worse, and 0 does not say.
    pub(super) fn severity_number(&self) -> u8 {
        severity_number(&self.severity)
    }
}

/// The lines of an OTLP request, and how many records were refused.
pub(super) fn from_otlp(request: ExportLogsServiceRequest, now: u64) -> (Vec<LogLine>, i64) {
    let (mut lines, mut refused) = (Vec::new(), 0);
    for resource_logs in request.resource_logs {
        let mut resource = object(resource_logs.resource.unwrap_or_default().attributes);
        let service = Key::from(take_text(&mut resource, "service.name").unwrap_or_default());
        for scope_logs in resource_logs.scope_logs {
            let scope = Key::from(scope_logs.scope.unwrap_or_default().name);
            for record in scope_logs.log_records {
                match LogLine::from_record(record, &service, &scope, now) {
                    Some(line) => lines.push(line),
                    None => refused += 1,
                }
            }
        }
    }
    (lines, refused)
}

/// OpenTelemetry's number of a level's name.
pub(super) fn severity_number(level: &str) -> u8 {
    match level.to_ascii_uppercase().as_str() {
        "TRACE" => 1,
        "DEBUG" => 5,
        "INFO" => 9,
        "WARN" | "WARNING" => 13,
        "ERROR" => 17,
        "FATAL" | "CRITICAL" => 21,
        _ => 0,
    }
}

/// A record's level: its text where that is a level's name, else the name of its number, so that
/// what other senders call `Information` is found by level, too.
fn severity(record: &LogRecord) -> String {
    let text = record.severity_text.to_uppercase();
    if severity_number(&text) > 0 {
        return text;
    }
    match record.severity_number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return text,
    }
    .to_owned()
}

fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.remove(key)? {
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// No id is all zero; an id of another length is a fault.
fn id(bytes: &[u8], length: usize) -> Option<Option<String>> {
    let is_set = bytes.iter().any(|byte| *byte != 0);
    (bytes.is_empty() || bytes.len() == length).then(|| is_set.then(|| hex(bytes)))
}

fn object(attributes: Vec<KeyValue>) -> Map<String, Value> {
    attributes.into_iter().map(|it| (it.key, any(it.value))).collect()
}

fn any(value: Option<AnyValue>) -> Value {
    match value.and_then(|value| value.value) {
        Some(Any::StringValue(text)) => text.into(),
        Some(Any::BoolValue(value)) => value.into(),
        Some(Any::IntValue(value)) => value.into(),
        Some(Any::DoubleValue(value)) => value.into(),
        Some(Any::ArrayValue(array)) => {
            array.values.into_iter().map(|value| any(Some(value))).collect()
        }
        Some(Any::KvlistValue(list)) => object(list.values).into(),
        Some(Any::BytesValue(bytes)) => hex(&bytes).into(),
        _ => Value::Null,
    }
}

impl Serialize for LogLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sequence", &self.sequence)?;
        map.serialize_entry("time", &rfc3339(self.time))?;
        map.serialize_entry("severity", &self.severity)?;
        map.serialize_entry("severity_number", &self.severity_number())?;
        map.serialize_entry("body", &self.body)?;
        map.serialize_entry("target", &*self.target)?;
        map.serialize_entry("service", &*self.service)?;
        map.serialize_entry("trace_id", &self.trace_id)?;
        map.serialize_entry("span_id", &self.span_id)?;
        map.serialize_entry("log_id", &self.log_id)?;
        map.serialize_entry("attributes", &self.attributes)?;
        map.serialize_entry("via", &self.via)?;
        if let (Some(group), Some(stream)) = (&self.group, &self.stream) {
            let sent = json!({ "group": group, "stream": stream, "message": self.sent });
            map.serialize_entry("cloudwatch", &sent)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_known_by_its_name_or_its_number() {
        let check = |text: &str, number: i32, expected: &str| {
            let record = LogRecord {
                severity_text: text.to_owned(),
                severity_number: number,
                ..LogRecord::default()
            };
            assert_eq!(severity(&record), expected, "{text:?} {number}");
        };
        check("warn", 13, "WARN");
        check("WARNING", 0, "WARNING");
        check("", 17, "ERROR");
        check("Information", 9, "INFO");
        check("INFO2", 10, "INFO");
        check("", 24, "FATAL");
        check("odd", 0, "ODD");
        check("", 25, "");
    }
}
