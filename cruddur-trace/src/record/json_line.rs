//! A log record as one line of JSON: what CloudWatch Logs, the terminal and files get.
//!
//! One flat object with stable names, because CloudWatch Logs Insights discovers fields of flat
//! objects by itself. Pure: a record goes in, text comes out; whoever writes it adds the line end.
//! Where a line must not exceed a size, the longest texts are shortened *inside* the object, so
//! that it stays valid JSON (cutting the finished line would not).

use std::borrow::Cow;
use std::fmt::Write as _;

use super::text::first_bytes;
use super::{LogRecord, Value};

/// Names of our own: a field of the user's that is called the same gets `field_` before its name.
const RESERVED: [&str; 16] = [
    "timestamp",
    "level",
    "message",
    "target",
    "module",
    "service",
    "trace_id",
    "span_id",
    "trace_flags",
    "xray_trace_id",
    "request_id",
    "user_id",
    "file",
    "line",
    "log_id",
    "truncated",
];

/// Longest name of a field, in bytes; names are literals in nearly every case.
const MAX_KEY_BYTES: usize = 255;

/// Says that texts were shortened or fields left out.
const TRUNCATED: &str = ",\"truncated\":true";

/// A log record as a flat JSON object, at most `max_bytes` long (at least 4 KiB are needed).
///
/// `service` is `service.name` of the resource; empty leaves the field out.
pub(crate) fn json_line(record: &LogRecord, service: &str, max_bytes: usize) -> String {
    // A relayed line is of a service of its own.
    let service = record.resource.as_ref().map_or(service, |resource| resource.service_name());
    let mut line = Line::new(record.body.len() + 512, usize::MAX);
    line.record(record, service, record.attributes.len());
    if line.out.len() < max_bytes {
        line.out.push('}');
        return line.out;
    }
    shortened(record, service, max_bytes)
}

/// The same with texts cut evenly from the longest down, until it fits.
fn shortened(record: &LogRecord, service: &str, max_bytes: usize) -> String {
    let room = max_bytes.saturating_sub(TRUNCATED.len() + 1);
    // Without any text: what keys, numbers and punctuation alone take.
    let (mut fixed, mut kept) = (0, record.attributes.len());
    for count in [kept, kept / 2, kept / 4, kept / 8, 0] {
        let mut frame = Line::new(512, 0);
        frame.record(record, service, count);
        (fixed, kept) = (frame.out.len(), count);
        if fixed + 1024 <= room {
            break;
        }
    }
    let mut lengths = text_lengths(record, service, kept);
    let cap = largest_cap(&mut lengths, room.saturating_sub(fixed));
    let mut line = Line::new(max_bytes.min(1 << 20), cap);
    line.record(record, service, kept);
    line.out.push_str(TRUNCATED);
    line.out.push('}');
    line.out
}

/// The largest length to which all texts can be cut so that together they take `room` at most.
fn largest_cap(lengths: &mut [usize], room: usize) -> usize {
    lengths.sort_unstable();
    let (mut left, mut count) = (room, lengths.len());
    for &length in &*lengths {
        if length.saturating_mul(count) > left {
            return left / count;
        }
        left -= length;
        count -= 1;
    }
    usize::MAX
}

/// Lengths in bytes, escaped, of all texts that may be shortened.
fn text_lengths(record: &LogRecord, service: &str, attributes: usize) -> Vec<usize> {
    fn of_value(value: &Value, lengths: &mut Vec<usize>) {
        match value {
            Value::Str(text) => lengths.push(escaped_len(text)),
            Value::Array(values) => values.iter().for_each(|value| of_value(value, lengths)),
            _ => {}
        }
    }
    let mut lengths =
        vec![escaped_len(&record.body), escaped_len(&record.target), escaped_len(service)];
    lengths.extend(record.request_id.as_deref().map(escaped_len));
    lengths.extend(record.user_id.as_deref().map(escaped_len));
    lengths.extend(record.module.as_deref().map(escaped_len));
    lengths.extend(record.place.as_ref().map(|(file, _)| escaped_len(file)));
    for attribute in record.attributes.iter().take(attributes) {
        of_value(&attribute.value, &mut lengths);
    }
    lengths
}

/// What a field is called in the line: never `@…` (reserved by Insights), never a name of ours.
fn field_name(key: &str) -> Cow<'_, str> {
    let key = first_bytes(key, MAX_KEY_BYTES);
    let bare = key.trim_start_matches('@');
    if bare.is_empty() || RESERVED.contains(&bare) {
        Cow::Owned(format!("field_{bare}"))
    } else {
        Cow::Borrowed(bare)
    }
}

struct Line {
    out: String,
    /// Longest text, in escaped bytes.
    cap: usize,
}

impl Line {
    fn new(capacity: usize, cap: usize) -> Self {
        Self { out: String::with_capacity(capacity), cap }
    }

    /// All but the closing brace.
    fn record(&mut self, record: &LogRecord, service: &str, attributes: usize) {
        let _ = write!(self.out, "{{\"timestamp\":\"{}\"", record.time);
        let _ = write!(self.out, ",\"level\":\"{}\"", record.severity.as_str());
        self.text("message", &record.body);
        if !record.target.is_empty() {
            self.text("target", &record.target);
        }
        if let Some(module) = &record.module {
            self.text("module", module);
        }
        if !service.is_empty() {
            self.text("service", service);
        }
        if let Some(trace) = &record.trace {
            let bits = trace.trace_id.bits();
            let (epoch, rest) = (bits >> 96, bits & ((1 << 96) - 1));
            let _ = write!(
                self.out,
                ",\"trace_id\":\"{}\",\"span_id\":\"{}\",\"trace_flags\":\"{:02x}\",\
                 \"xray_trace_id\":\"1-{epoch:08x}-{rest:024x}\"",
                trace.trace_id,
                trace.span_id,
                trace.trace_flags.to_byte()
            );
        }
        if let Some(id) = &record.request_id {
            self.text("request_id", id);
        }
        if let Some(id) = &record.user_id {
            self.text("user_id", id);
        }
        if let Some((file, line)) = &record.place {
            self.text("file", file);
            let _ = write!(self.out, ",\"line\":{line}");
        }
        let _ = write!(self.out, ",\"log_id\":{}", record.log_id);
        self.attributes(record, attributes);
    }

    fn attributes(&mut self, record: &LogRecord, count: usize) {
        let shown = &record.attributes[..count];
        let names: Vec<_> = shown.iter().map(|it| field_name(&it.key)).collect();
        for (index, attribute) in shown.iter().enumerate() {
            // A name stands once: the last value wins, as it does on a span.
            if names[index + 1..].contains(&names[index]) {
                continue;
            }
            self.key(&names[index]);
            self.value(&attribute.value);
        }
    }

    fn key(&mut self, key: &str) {
        self.out.push_str(",\"");
        escape(key, usize::MAX, &mut self.out);
        self.out.push_str("\":");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.quoted(text);
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        escape(text, self.cap, &mut self.out);
        self.out.push('"');
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::F64(number) if !number.is_finite() => self.quoted(&number.to_string()),
            Value::Bool(_) | Value::I64(_) => {
                let _ = write!(self.out, "{value}");
            }
            // `{:?}` keeps the point of a whole number, so that it stays a double.
            Value::F64(number) => {
                let _ = write!(self.out, "{number:?}");
            }
            Value::Str(text) => self.quoted(text),
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.out.push(if index == 0 { '[' } else { ',' });
                    self.value(value);
                }
                self.out.push_str(if values.is_empty() { "[]" } else { "]" });
            }
        }
    }
}

/// Appends `text` as the inside of a JSON string, at most `cap` bytes of it, whole characters only.
fn escape(text: &str, cap: usize, out: &mut String) {
    let text = if cap == usize::MAX { text } else { escaped_prefix(text, cap) };
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if escaped_width(byte) == 1 {
            continue;
        }
        out.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                let _ = write!(out, "\\u{control:04x}");
            }
        }
    }
    out.push_str(&text[plain_from..]);
}

/// The longest beginning of `text` that takes `cap` bytes at most once it is escaped.
fn escaped_prefix(text: &str, cap: usize) -> &str {
    let mut taken = 0;
    for (at, byte) in text.bytes().enumerate() {
        taken += escaped_width(byte);
        if taken > cap {
            return first_bytes(text, at);
        }
    }
    text
}

fn escaped_len(text: &str) -> usize {
    text.bytes().map(escaped_width).sum()
}

/// Bytes that a byte of text takes inside a JSON string.
const fn escaped_width(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
