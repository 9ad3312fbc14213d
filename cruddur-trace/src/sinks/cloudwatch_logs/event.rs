//! A log record as an event of a log stream. Pure.

use super::limits::{EVENT_OVERHEAD_BYTES, MAX_MESSAGE_BYTES};
use crate::record::LogRecord;
use crate::record::json_line::json_line;

/// One event, ready to be put: its message is 1 to 1,048,550 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// When it happened, in milliseconds since 1970.
    pub(super) time_millis: i64,
    /// The record's `log_id`: orders events of the same millisecond.
    pub(super) sequence: u64,
    pub(super) message: String,
}

impl Event {
    /// The event of a record; `None` for one that says nothing (no text and no fields), since the
    /// service takes no empty messages.
    pub(super) fn new(record: &LogRecord, service: &str) -> Option<Self> {
        if record.body.is_empty() && record.attributes.is_empty() {
            return None;
        }
        Some(Self {
            time_millis: i64::try_from(record.time.0 / 1_000_000).unwrap_or(i64::MAX),
            sequence: record.log_id,
            message: json_line(record, service, MAX_MESSAGE_BYTES),
        })
    }

    /// What it counts for in a batch, in bytes.
    pub(super) fn size_bytes(&self) -> usize {
        self.message.len() + EVENT_OVERHEAD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Attribute, Severity, UnixNanos};

    fn record(body: &str) -> LogRecord {
        LogRecord::new(3, UnixNanos(1_795_363_200_123_456_789), Severity::Info, body.to_owned())
    }

    #[test]
    fn a_record_that_says_nothing_makes_no_event() {
        assert_eq!(Event::new(&record(""), "service"), None);
        let mut with_field = record("");
        with_field.attributes.push(Attribute::new("n", 1));
        assert!(Event::new(&with_field, "service").is_some());
    }

    #[test]
    fn time_is_in_milliseconds_and_the_log_id_orders() {
        let event = Event::new(&record("hello"), "service").expect("it says something");
        assert_eq!((event.time_millis, event.sequence), (1_795_363_200_123, 3));
    }

    #[test]
    fn three_megabytes_fit_and_stay_json() {
        for unit in ["x", "é", "\u{1F980}", "\"", "\u{1}"] {
            let event = Event::new(&record(&unit.repeat(3_000_000 / unit.len())), "service")
                .expect("it says something");
            assert!(event.message.len() <= MAX_MESSAGE_BYTES, "{unit:?}");
            assert!(event.message.len() > MAX_MESSAGE_BYTES - 16, "{unit:?}");
            let json: serde_json::Value = serde_json::from_str(&event.message).expect("JSON");
            assert_eq!(json["truncated"], true);
        }
    }
}
