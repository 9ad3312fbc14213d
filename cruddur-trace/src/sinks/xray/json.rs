//! Compact JSON, appended to a byte buffer.
//!
//! Segment documents are cut by bytes, so the splitter must know the exact length of each part
//! before it is placed; writing the bytes at once is also several times cheaper than building a
//! tree of values first. This knows nothing of X-Ray; it does not check that keys are distinct.

use std::io::Write as _;

use crate::record::{UnixNanos, Value};

/// Appends JSON; the caller opens and closes objects and arrays.
#[derive(Debug, Default)]
pub(crate) struct Json {
    bytes: Vec<u8>,
    needs_comma: bool,
}

impl Json {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Takes back what was written after this length.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
        self.needs_comma = !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':' | b','));
    }

    fn separate(&mut self) {
        if self.needs_comma {
            self.bytes.push(b',');
        }
        self.needs_comma = true;
    }

    pub(crate) fn open_object(&mut self) {
        self.separate();
        self.bytes.push(b'{');
        self.needs_comma = false;
    }

    pub(crate) fn close_object(&mut self) {
        self.bytes.push(b'}');
        self.needs_comma = true;
    }

    pub(crate) fn open_array(&mut self) {
        self.separate();
        self.bytes.push(b'[');
        self.needs_comma = false;
    }

    pub(crate) fn close_array(&mut self) {
        self.bytes.push(b']');
        self.needs_comma = true;
    }

    pub(crate) fn key(&mut self, key: &str) {
        self.text(key);
        self.bytes.push(b':');
        self.needs_comma = false;
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.bytes.push(b'"');
        let mut copied = 0;
        for (index, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.bytes.extend_from_slice(&text.as_bytes()[copied..index]);
            copied = index + 1;
            match byte {
                b'"' => self.bytes.extend_from_slice(b"\\\""),
                b'\\' => self.bytes.extend_from_slice(b"\\\\"),
                b'\n' => self.bytes.extend_from_slice(b"\\n"),
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                b'\t' => self.bytes.extend_from_slice(b"\\t"),
                _ => self.raw(format_args!("\\u{byte:04x}")),
            }
        }
        self.bytes.extend_from_slice(&text.as_bytes()[copied..]);
        self.bytes.push(b'"');
    }

    fn raw(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into a vector does not fail.
        let _ = self.bytes.write_fmt(what);
    }

    /// JSON that is known to be well formed.
    pub(crate) fn verbatim(&mut self, json: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(json);
    }

    /// Bytes with no separator of their own: the rest of an object that was written before.
    pub(crate) fn splice(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.needs_comma = true;
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.separate();
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.separate();
        if value < 0 {
            self.bytes.push(b'-');
        }
        self.digits(value.unsigned_abs(), 1);
    }

    /// Decimal, with leading zeroes up to this many digits (at most 20).
    fn digits(&mut self, mut value: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        while value > 0 || digits.len() - first < least {
            first -= 1;
            digits[first] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.bytes.extend_from_slice(&digits[first..]);
    }

    /// JSON has no word for what is not a number, so that becomes text.
    pub(crate) fn float(&mut self, value: f64) {
        if !value.is_finite() {
            self.text(if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            });
            return;
        }
        self.separate();
        let size = value.abs();
        if size == 0.0 || (1e-5..1e16).contains(&size) {
            self.raw(format_args!("{value:?}"));
        } else {
            self.raw(format_args!("{value:e}"));
        }
    }

    /// Seconds since the epoch with microseconds, written as digits: no float is involved, so
    /// nothing is lost.
    pub(crate) fn seconds(&mut self, time: UnixNanos) {
        self.separate();
        self.digits(time.0 / 1_000_000_000, 1);
        self.bytes.push(b'.');
        self.digits(time.0 % 1_000_000_000 / 1_000, 6);
    }

    /// Lower-case hexadecimal of this many digits (at most 32), in quotes.
    pub(crate) fn hex(&mut self, bits: u128, digits: usize) {
        self.separate();
        self.bytes.push(b'"');
        self.bare_hex(bits, digits);
        self.bytes.push(b'"');
    }

    fn bare_hex(&mut self, bits: u128, digits: usize) {
        for place in (0..digits).rev() {
            self.bytes.push(b"0123456789abcdef"[(bits >> (4 * place)) as usize & 0xf]);
        }
    }

    /// A trace id in X-Ray's form: `1-{8 hex}-{24 hex}`, in quotes.
    pub(crate) fn xray_trace_id(&mut self, bits: u128) {
        self.separate();
        self.bytes.extend_from_slice(b"\"1-");
        self.bare_hex(bits >> 96, 8);
        self.bytes.push(b'-');
        self.bare_hex(bits, 24);
        self.bytes.push(b'"');
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => self.boolean(*value),
            Value::I64(value) => self.integer(*value),
            Value::F64(value) => self.float(*value),
            Value::Str(text) => self.text(text),
            Value::Array(values) => {
                self.open_array();
                for value in values {
                    self.value(value);
                }
                self.close_array();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_times_are_json() {
        let check = |write: fn(&mut Json), expected: &str| {
            let mut json = Json::default();
            write(&mut json);
            assert_eq!(String::from_utf8_lossy(json.bytes()), expected);
        };
        check(|json| json.seconds(UnixNanos(1_795_363_200_000_123_999)), "1795363200.000123");
        check(|json| json.seconds(UnixNanos(0)), "0.000000");
        check(|json| json.integer(i64::MIN), "-9223372036854775808");
        check(|json| json.integer(0), "0");
        check(|json| json.float(f64::NAN), "\"NaN\"");
        check(|json| json.float(f64::NEG_INFINITY), "\"-Infinity\"");
        check(|json| json.float(1.0), "1.0");
        check(|json| json.float(1e300), "1e300");
        check(|json| json.hex(0xab, 16), "\"00000000000000ab\"");
        check(
            |json| json.xray_trace_id(0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793),
            "\"1-5759e988-bd862e3fe1be46a994272793\"",
        );
    }

    proptest! {
        #[test]
        fn text_and_numbers_come_back(text in ".*", float in any::<f64>(), whole in any::<i64>()) {
            let mut json = Json::default();
            json.open_object();
            json.key(&text);
            json.open_array();
            json.text(&text);
            json.float(float);
            json.integer(whole);
            json.close_array();
            json.close_object();
            let read: serde_json::Value = serde_json::from_slice(json.bytes()).unwrap();
            let list = &read[&text];
            prop_assert_eq!(list[0].as_str(), Some(text.as_str()));
            if float.is_finite() {
                let back = list[1].as_f64().unwrap();
                // The reader rounds, most of all where a double has few digits left.
                prop_assert!((back - float).abs() <= float.abs() * 1e-15 + f64::MIN_POSITIVE);
            }
            prop_assert_eq!(list[2].as_i64(), Some(whole));
        }
    }
}
