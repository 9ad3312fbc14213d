//! Lower-case hexadecimal digits, and nothing else.

use crate::record::{SpanId, TraceId};

/// The number of these digits; `None` unless all are digits or `a` to `f`. At most 32 of them.
pub(super) fn number(digits: &[u8]) -> Option<u128> {
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    let mut number = 0_u128;
    for digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u128::from(value);
    }
    Some(number)
}

/// A trace id of exactly 32 digits.
pub(super) fn trace_id(digits: &[u8]) -> Option<TraceId> {
    let is_whole = digits.len() == 32;
    is_whole.then(|| number(digits)).flatten().and_then(TraceId::new)
}

/// A span id of exactly 16 digits.
pub(super) fn span_id(digits: &[u8]) -> Option<SpanId> {
    let bits = (digits.len() == 16).then(|| number(digits)).flatten()?;
    SpanId::new(u64::try_from(bits).ok()?)
}

/// Appends `bits` as `width` digits.
pub(super) fn push(out: &mut String, bits: u128, width: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for position in (0..width).rev() {
        out.push(char::from(DIGITS[(bits >> (4 * position) & 0xf) as usize]));
    }
}

/// `value` without spaces and tabs at its ends, as HTTP has optional white space.
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let Some(first) = value.iter().position(is_text) else { return &[] };
    let last = value.iter().rposition(is_text).unwrap_or(first);
    &value[first..=last]
}
