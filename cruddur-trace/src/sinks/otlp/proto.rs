//! Protocol buffers, the writing half of what OTLP needs: no types, no reflection, one pass.
//!
//! A nested message is written behind a one-byte place for its length; the few that turn out
//! longer than 127 bytes are moved by a byte or two. The result is canonical.
//! Follows "Protocol Buffers: Encoding", read 2026-11.

/// Field numbers are those of opentelemetry-proto 1.9.
pub(super) type Field = u32;

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

#[inline]
pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn tag(out: &mut Vec<u8>, field: Field, wire_type: u32) {
    varint(out, u64::from(field << 3 | wire_type));
}

/// Zero is the default, and left out.
#[inline]
pub(super) fn uint(out: &mut Vec<u8>, field: Field, value: u64) {
    if value != 0 {
        uint_always(out, field, value);
    }
}

/// For members of a `oneof`, where zero says something.
#[inline]
pub(super) fn uint_always(out: &mut Vec<u8>, field: Field, value: u64) {
    tag(out, field, VARINT);
    varint(out, value);
}

#[inline]
pub(super) fn fixed64(out: &mut Vec<u8>, field: Field, value: u64) {
    tag(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

#[inline]
pub(super) fn double(out: &mut Vec<u8>, field: Field, value: f64) {
    fixed64(out, field, value.to_bits());
}

#[inline]
pub(super) fn fixed32(out: &mut Vec<u8>, field: Field, value: u32) {
    tag(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Empty is the default, and left out.
#[inline]
pub(super) fn bytes(out: &mut Vec<u8>, field: Field, value: &[u8]) {
    if !value.is_empty() {
        bytes_always(out, field, value);
    }
}

/// For members of a `oneof`, where empty says something.
#[inline]
pub(super) fn bytes_always(out: &mut Vec<u8>, field: Field, value: &[u8]) {
    tag(out, field, LENGTH);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[inline]
pub(super) fn string(out: &mut Vec<u8>, field: Field, value: &str) {
    bytes(out, field, value.as_bytes());
}

/// A nested message (or a packed list), whatever `write` writes.
#[inline]
pub(super) fn message(out: &mut Vec<u8>, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
    tag(out, field, LENGTH);
    let place = out.len();
    out.push(0);
    write(out);
    let length = out.len() - place - 1;
    if length < 0x80 {
        out[place] = length as u8;
    } else {
        widen(out, place, length);
    }
}

#[cold]
#[inline(never)]
fn widen(out: &mut Vec<u8>, place: usize, length: usize) {
    let mut encoded = Vec::with_capacity(10);
    varint(&mut encoded, length as u64);
    let end = out.len();
    out.resize(end + encoded.len() - 1, 0);
    out.copy_within(place + 1..end, place + encoded.len());
    out[place..place + encoded.len()].copy_from_slice(&encoded);
}

/// The length of a varint.
pub(super) const fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_have_the_encoding_of_the_specification() {
        let check = |value: u64, expected: &[u8]| {
            let mut out = Vec::new();
            varint(&mut out, value);
            assert_eq!((out.as_slice(), varint_len(value)), (expected, expected.len()));
        };
        check(0, &[0]);
        check(1, &[1]);
        check(150, &[0x96, 1]);
        check(u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
    }

    proptest! {
        #[test]
        fn a_message_is_as_long_as_it_says(length in 0..40_000_usize) {
            let mut out = vec![7];
            message(&mut out, 1, |out| out.extend(std::iter::repeat_n(9, length)));
            let mut expected = vec![7, 0x0a];
            varint(&mut expected, length as u64);
            expected.extend(std::iter::repeat_n(9, length));
            prop_assert_eq!(out, expected);
        }
    }
}
