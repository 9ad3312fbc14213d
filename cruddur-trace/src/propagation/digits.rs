//! Ids of exactly the right width, and the white space around headers.

use crate::record::{SpanId, TraceId, hex};

/// A trace id of exactly 32 digits.
pub(super) fn trace_id(digits: &[u8]) -> Option<TraceId> {
    let (high, low) = digits.split_first_chunk()?;
    let low = <&[u8; 16]>::try_from(low).ok()?;
    TraceId::new(u128::from(hex::half(high)?) << 64 | u128::from(hex::half(low)?))
}

/// A span id of exactly 16 digits.
pub(super) fn span_id(digits: &[u8]) -> Option<SpanId> {
    SpanId::new(hex::half(digits.try_into().ok()?)?)
}

/// `value` without spaces and tabs at its ends, as HTTP has optional white space.
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut value = value;
    while let [first, rest @ ..] = value
        && is_space(first)
    {
        value = rest;
    }
    while let [rest @ .., last] = value
        && is_space(last)
    {
        value = rest;
    }
    value
}
