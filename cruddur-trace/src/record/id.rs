//! Identifiers of traces and spans, and the flags that travel with them.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use super::hex;

/// Identifies a trace: 16 bytes, big-endian, never all zero.
///
/// `Display` and `Debug` give 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(NonZeroU128);

/// Identifies a span within its trace: 8 bytes, big-endian, never all zero.
///
/// `Display` and `Debug` give 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(NonZeroU64);

impl TraceId {
    /// The id of these bits; `None` if all are zero.
    #[must_use]
    pub const fn new(bits: u128) -> Option<Self> {
        match NonZeroU128::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The id of these 16 bytes, big-endian; `None` if all are zero.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::new(u128::from_be_bytes(bytes))
    }

    /// 16 bytes, big-endian.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.get().to_be_bytes()
    }

    /// The bits, most significant first.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0.get()
    }

    /// 32 lower-case digits.
    pub(crate) fn to_hex(self) -> [u8; 32] {
        let mut digits = [0; 32];
        hex::write(&mut digits, &self.to_bytes());
        digits
    }
}

impl SpanId {
    /// The id of these bits; `None` if all are zero.
    #[must_use]
    pub const fn new(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The id of these 8 bytes, big-endian; `None` if all are zero.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        Self::new(u64::from_be_bytes(bytes))
    }

    /// 8 bytes, big-endian.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_be_bytes()
    }

    /// The bits, most significant first.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(hex::text(&self.to_hex()))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 16];
        hex::write(&mut digits, &self.to_bytes());
        f.pad(hex::text(&digits))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not the hexadecimal form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    digits: usize,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} lower-case hexadecimal digits, not all zero", self.digits)
    }
}

impl std::error::Error for ParseIdError {}

/// `text` as hexadecimal: exactly `digits` long and lower case, as W3C trace context demands.
fn parse_hex(text: &str, digits: usize) -> Option<u128> {
    (text.len() == digits).then(|| hex::number(text.as_bytes())).flatten()
}

impl FromStr for TraceId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_hex(text, 32).and_then(Self::new).ok_or(ParseIdError { digits: 32 })
    }
}

impl FromStr for SpanId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let bits = parse_hex(text, 16).and_then(|bits| u64::try_from(bits).ok());
        bits.and_then(Self::new).ok_or(ParseIdError { digits: 16 })
    }
}

/// W3C trace flags: one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// The caller may have recorded the trace.
    pub const SAMPLED: Self = Self(0x01);
    /// At least the right-most 7 bytes of the trace id are random (trace context level 2).
    pub const RANDOM: Self = Self(0x02);

    /// The flags of this byte; bits with no meaning are dropped.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte & (Self::SAMPLED.0 | Self::RANDOM.0))
    }

    /// The byte that is sent.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Whether the *sampled* bit is set.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether the *random* bit is set.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0 & Self::RANDOM.0 != 0
    }

    /// These flags with the *sampled* bit as given.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        Self(self.0 & !Self::SAMPLED.0 | sampled as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_only_in_their_exact_form() {
        let check = |text: &str, ok: bool| assert_eq!(text.parse::<SpanId>().is_ok(), ok, "{text}");
        check("00f067aa0ba902b7", true);
        check("0000000000000000", false);
        check("00F067AA0BA902B7", false);
        check("00f067aa0ba902b", false);
        check("+0f067aa0ba902b7", false);
    }

    #[test]
    fn ids_round_trip() {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736";
        let id: TraceId = text.parse().expect("a valid id");
        assert_eq!(id.to_string(), text);
        assert_eq!(TraceId::from_bytes(id.to_bytes()), Some(id));
    }

    #[test]
    fn flags_without_a_meaning_are_dropped() {
        assert_eq!(TraceFlags::from_byte(0xff).to_byte(), 0x03);
        assert!(!TraceFlags::from_byte(0x02).is_sampled());
        assert!(TraceFlags::from_byte(0x02).with_sampled(true).is_sampled());
    }
}
