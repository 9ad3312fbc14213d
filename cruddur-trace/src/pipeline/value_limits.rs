//! How long the texts of attributes are (`OTEL_SPAN_*`, `OTEL_LOGRECORD_*`), and how many attributes a
//! log record has.
//!
//! Here, and not where records are made, so that it holds whoever made them, takes no time of a
//! handler's, and comes after the scrubber: of a text that was cut first, what is left of a secret may
//! no longer be known by its shape. How many attributes a span has is the span core's to bound.

use crate::record::{LogRecord, SpanRecord, Value};

/// Bytes that the span core keeps beyond a limit, for the scrubber to see a secret to its end.
const LEEWAY_BYTES: usize = 4_096;

/// Longest text of a span's attributes, of its events and its links.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanLimits {
    /// Characters of a text; `None` for no limit.
    pub(crate) value_length: Option<usize>,
}

impl SpanLimits {
    /// Bytes at which the span core cuts, so that memory is bounded before this limit is applied.
    pub(crate) fn value_bytes_in_core(self) -> usize {
        let most = |length: usize| length.saturating_mul(4).saturating_add(LEEWAY_BYTES);
        self.value_length.map_or(usize::MAX, most)
    }

    pub(super) fn apply(self, span: &mut SpanRecord) {
        let Some(length) = self.value_length else { return };
        let events = span.events.iter_mut().flat_map(|event| &mut event.attributes);
        let links = span.links.iter_mut().flat_map(|link| &mut link.attributes);
        for attribute in span.attributes.iter_mut().chain(events).chain(links) {
            cut(&mut attribute.value, length);
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLimits {
    pub(crate) attributes: usize,
    /// Characters of a text; `None` for no limit.
    pub(crate) value_length: Option<usize>,
}

/// OpenTelemetry's defaults.
impl Default for LogLimits {
    fn default() -> Self {
        Self { attributes: 128, value_length: None }
    }
}

impl LogLimits {
    pub(super) fn apply(&self, record: &mut LogRecord) {
        record.attributes.truncate(self.attributes);
        let Some(length) = self.value_length else { return };
        for attribute in &mut record.attributes {
            cut(&mut attribute.value, length);
        }
    }
}

fn cut(value: &mut Value, length: usize) {
    match value {
        // Characters are never more than bytes: most texts need no walk.
        Value::Str(text) if text.len() > length => {
            if let Some((at, _)) = text.char_indices().nth(length) {
                text.to_mut().truncate(at);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut(value, length)),
        Value::Str(_) | Value::Bool(_) | Value::I64(_) | Value::F64(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{RecordScrubber, Scrubber};
    use crate::pipeline::fixtures::fragment;
    use crate::record::{Attribute, Key, Outcome, Severity, SpanEvent, UnixNanos};
    use std::sync::Arc;

    #[test]
    fn a_record_is_cut_to_its_limits() {
        let mut record = LogRecord::new(1, UnixNanos(1), Severity::Info, "a long message".into());
        record.attributes = vec![
            Attribute::new("a", "ñandú"),
            Attribute::new("b", Value::Array(vec!["12345".into(), 6.into()])),
            Attribute::new("c", 3),
        ];
        LogLimits::default().apply(&mut record);
        assert_eq!(record.attributes.len(), 3);
        LogLimits { attributes: 2, value_length: Some(3) }.apply(&mut record);
        let shown: Vec<String> = record.attributes.iter().map(|it| it.value.to_string()).collect();
        assert_eq!(shown, ["ñan", "[123, 6]"]);
        // The message is no attribute.
        assert_eq!(record.body, "a long message");
    }

    /// As a span goes: the core cuts with its leeway, the scrubber looks, the limit is applied.
    fn leaves(key: &'static str, text: &str, limit: usize) -> String {
        let limits = SpanLimits { value_length: Some(limit) };
        let most = limits.value_bytes_in_core().min(text.len());
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let kept = text[..end].to_owned();
        let mut span = fragment(1, Outcome::Ok).spans[0].clone();
        span.attributes = vec![Attribute::new(key, kept.clone())];
        span.events = vec![SpanEvent {
            name: Key::Borrowed("event"),
            time: UnixNanos(1),
            attributes: vec![Attribute::new(key, Value::Array(vec![kept.into()]))],
        }];
        RecordScrubber::new(Arc::new(Scrubber::new())).span(&mut span);
        limits.apply(&mut span);
        let [attribute, event] = [&span.attributes[0], &span.events[0].attributes[0]];
        assert_eq!(format!("[{}]", attribute.value), event.value.to_string(), "as in an event");
        attribute.value.to_string()
    }

    #[test]
    fn no_limit_halves_a_secret_so_that_it_is_not_known() {
        let far = "7".repeat(20_000);
        let secrets = [
            ("note", "ghp_0123456789abcdefghijABCDEFGHIJ0123".to_owned()),
            ("note", "card 4111 1111 1111 1111".to_owned()),
            ("note", format!("eyJhbGciOiJIUzI1NiJ9.7777{far}.x")),
            ("note", format!("eyJhbGciOiJ{}.77777777.x", "7".repeat(2_000))),
            (
                "note",
                format!("-----BEGIN RSA PRIVATE KEY-----\n{far}\n-----END RSA PRIVATE KEY-----"),
            ),
            ("note", format!("password={far}")),
            ("note", "postgres://cruddur:77771111@host/db".to_owned()),
            ("url.full", "https://u:77771111@host/?token=77771111".to_owned()),
            ("db.query.text", format!("select * from t where a = '{far}'")),
        ];
        for (key, secret) in &secrets {
            for limit in [1, 10, 19, 24, 28, 40, 100] {
                let seen = leaves(key, secret, limit);
                assert!(seen.chars().count() <= limit, "{seen}");
                for part in ["777", "111", "ghp_0", "0123"] {
                    assert!(!seen.contains(part), "{key} at {limit}: {seen}");
                }
            }
        }
        assert_eq!(leaves("note", &"ñ".repeat(100_000), 10), "ñ".repeat(10));
        assert_eq!(leaves("note", "ñandú", 5), "ñandú");
    }
}
