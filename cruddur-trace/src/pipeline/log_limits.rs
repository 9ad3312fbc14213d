//! How many attributes a log record has, and how long their texts are (`OTEL_LOGRECORD_*`).
//!
//! Here, and not where records are made, so that it holds whoever made them, and takes no time of a
//! handler's.

use crate::record::{LogRecord, Value};

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
        Value::Str(text) => {
            if let Some((at, _)) = text.char_indices().nth(length) {
                text.to_mut().truncate(at);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut(value, length)),
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Attribute, Severity, UnixNanos};

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
}
