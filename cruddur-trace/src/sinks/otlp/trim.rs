//! Spans and log records that are larger than the backend takes: less of them, marked where they
//! were cut.
//!
//! X-Ray's door for OTLP takes 200 KB a span, CloudWatch's 1 MB a log record; other backends take
//! what fits into a request. Long texts are cut first, then events, links and attributes go, and are
//! counted as dropped, as OTLP has it. What is too large even so is refused by the packer, and
//! counted there.

use crate::record::text::first_bytes;
use crate::record::{Attribute, LogRecord, SpanRecord, Status, Value};

/// Bytes of one text, and how many events and links, and attributes, may stay, step by step.
const STEPS: [(usize, usize, usize); 4] =
    [(32_768, 128, usize::MAX), (4_096, 64, 1_024), (512, 16, 256), (128, 0, 64)];

/// Room for the mark of a message that is cut, and for lengths that take more bytes than before.
const MARK_BYTES: usize = 128;

/// Writes the log record, or less of it until it fits into `limit` bytes. Its message gets all the
/// room that the rest leaves: that is what it was logged for.
pub(super) fn encode_log_within(
    out: &mut Vec<u8>,
    log: &LogRecord,
    limit: usize,
    encode: impl Fn(&mut Vec<u8>, &LogRecord, u32),
) {
    let start = out.len();
    encode(out, log, 0);
    if out.len() - start <= limit {
        return;
    }
    for (text_bytes, _, attributes) in std::iter::once((usize::MAX, 0, usize::MAX)).chain(STEPS) {
        let dropped = dropped(log.attributes.len(), attributes);
        let mut less = LogRecord { body: String::new(), ..log.clone() };
        less.attributes.truncate(attributes);
        cut_all(&mut less.attributes, text_bytes);
        out.truncate(start);
        encode(out, &less, dropped);
        let wanted = log.body.len().min(text_bytes).min(limit / 2);
        let room = limit.checked_sub(out.len() - start + MARK_BYTES);
        if let Some(room) = room.filter(|room| *room >= wanted) {
            less.body.clone_from(&log.body);
            cut(&mut less.body, room);
            out.truncate(start);
            encode(out, &less, dropped);
            return;
        }
    }
}

/// Writes the span, or less of it until it fits into `limit` bytes.
pub(super) fn encode_within(
    out: &mut Vec<u8>,
    span: &SpanRecord,
    limit: usize,
    encode: impl Fn(&mut Vec<u8>, &SpanRecord),
) {
    let start = out.len();
    encode(out, span);
    for (text_bytes, parts, attributes) in STEPS {
        if out.len() - start <= limit {
            return;
        }
        out.truncate(start);
        encode(out, &trimmed(span, text_bytes, parts, attributes));
    }
}

fn trimmed(span: &SpanRecord, text_bytes: usize, parts: usize, attributes: usize) -> SpanRecord {
    let mut span = span.clone();
    if span.name.len() > text_bytes {
        cut(span.name.to_mut(), text_bytes);
    }
    if let Status::Error { message } = &mut span.status
        && message.len() > text_bytes
    {
        cut(message.to_mut(), text_bytes);
    }
    span.dropped_attributes += dropped(span.attributes.len(), attributes);
    span.attributes.truncate(attributes);
    cut_all(&mut span.attributes, text_bytes);
    span.dropped_events += dropped(span.events.len(), parts);
    span.events.truncate(parts);
    for event in &mut span.events {
        cut_all(&mut event.attributes, text_bytes);
    }
    span.dropped_links += dropped(span.links.len(), parts);
    span.links.truncate(parts);
    for link in &mut span.links {
        cut_all(&mut link.attributes, text_bytes);
    }
    if let Some(error) = &mut span.error {
        cut(&mut error.message, text_bytes);
        error.causes.truncate(parts.max(1));
        error.causes.iter_mut().for_each(|cause| cut(cause, text_bytes));
        if let Some(backtrace) = &mut error.backtrace {
            cut(backtrace, text_bytes);
        }
    }
    span
}

fn dropped(count: usize, kept: usize) -> u32 {
    u32::try_from(count.saturating_sub(kept)).unwrap_or(u32::MAX)
}

fn cut_all(attributes: &mut [Attribute], max_bytes: usize) {
    for attribute in attributes {
        match &mut attribute.value {
            Value::Str(text) if text.len() > max_bytes => {
                let mut shown = text.to_string();
                cut(&mut shown, max_bytes);
                *text = shown.into();
            }
            Value::Array(values) => values.truncate(max_bytes / 8),
            _ => {}
        }
    }
}

/// Cuts between characters, and says how long it was.
fn cut(text: &mut String, max_bytes: usize) {
    if text.len() > max_bytes {
        let whole = text.len();
        text.truncate(first_bytes(text, max_bytes).len());
        text.push_str(&format!("… [{whole} bytes]"));
    }
}
