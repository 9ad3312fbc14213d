//! Lower-case hexadecimal digits, and nothing else: what ids are written in.
//!
//! Every request reads one trace id and writes several: so digits are written by a table, and read
//! eight at a time.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Both digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0xf]];
        byte += 1;
    }
    pairs
};

/// Writes each byte as two digits; `out` holds twice as many bytes as `bytes`.
#[inline]
pub(crate) fn write(out: &mut [u8], bytes: &[u8]) {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&PAIRS[usize::from(*byte)]);
    }
}

/// Appends the lowest `width` digits of `bits`.
pub(crate) fn push(out: &mut String, bits: u128, width: usize) {
    let mut digits = [0; 32];
    write(&mut digits, &bits.to_be_bytes());
    out.push_str(text(&digits[32 - width..]));
}

/// Digits, or other ASCII, as text.
#[inline]
pub(crate) fn text(digits: &[u8]) -> &str {
    str::from_utf8(digits).unwrap_or_default()
}

/// The number of these digits; `None` unless all are digits or `a` to `f`. At most 32 of them.
#[inline]
pub(crate) fn number(digits: &[u8]) -> Option<u128> {
    let mut padded = [b'0'; 32];
    let padding = padded.len().checked_sub(digits.len())?;
    padded[padding..].copy_from_slice(digits);
    let (high, low) = padded.split_first_chunk()?;
    let bits = u128::from(half(high)?) << 64 | u128::from(half(low.first_chunk()?)?);
    (!digits.is_empty()).then_some(bits)
}

/// The same for 2 digits.
#[inline]
pub(crate) fn byte(digits: [u8; 2]) -> Option<u8> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    Some(value(digits[0])? << 4 | value(digits[1])?)
}

/// The same for 16 digits.
#[inline]
pub(crate) fn half(digits: &[u8; 16]) -> Option<u64> {
    let (high, low) = digits.split_first_chunk()?;
    Some(u64::from(quarter(*high)?) << 32 | u64::from(quarter(*low.first_chunk()?)?))
}

/// The same for 8 digits, all at once: a byte of a word each.
#[inline]
fn quarter(digits: [u8; 8]) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_be_bytes(digits);
    // Letters have bit 6, and their low bits begin at 1; no sum leaves its byte.
    let letters = digits >> 6 & ONES;
    let values = (digits & (0xf * ONES)) + 9 * letters;
    let is_ten_or_more = (values + 6 * ONES) & (0x10 * ONES) == letters << 4;
    let is_below_sixteen = values & (0x10 * ONES) == 0;
    let is_the_same = (values + 0x30 * ONES).checked_add(0x27 * letters) == Some(digits);
    if !(is_ten_or_more && is_below_sixteen && is_the_same) {
        return None;
    }
    let bytes = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let words = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    Some((words | words >> 16) as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_lower_case_digits_are_numbers() {
        let check = |digits: &str, expected: Option<u128>| {
            assert_eq!(number(digits.as_bytes()), expected, "{digits:?}");
        };
        check("", None);
        check("0", Some(0));
        check("ff", Some(255));
        check("FF", None);
        check("+1", None);
        check("0x", None);
        check(&"f".repeat(16), Some(u64::MAX.into()));
        check(&"f".repeat(17), Some((1 << 68) - 1));
        check(&"f".repeat(32), Some(u128::MAX));
        check(&"0".repeat(33), None);
        check(&format!("g{}", "0".repeat(20)), None);
    }

    #[test]
    fn every_byte_in_every_place_is_a_digit_or_not() {
        for at in 0..16 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"0123456789abcdef";
                digits[at] = byte;
                let text = str::from_utf8(&digits).ok().filter(|_| !byte.is_ascii_uppercase());
                let expected = text.and_then(|text| u64::from_str_radix(text, 16).ok());
                let expected = expected.filter(|_| byte != b'+');
                assert_eq!(half(&digits), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn two_digits_are_a_byte_or_not() {
        for pair in 0..=u16::MAX {
            let digits = pair.to_be_bytes();
            let expected = number(&digits).and_then(|bits| u8::try_from(bits).ok());
            assert_eq!(byte(digits), expected, "{digits:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_the_same_number(bits in any::<u128>(), width in 1_usize..=32) {
            let mut out = String::new();
            push(&mut out, bits, width);
            let kept = if width == 32 { bits } else { bits & ((1 << (4 * width)) - 1) };
            prop_assert_eq!(&out, &format!("{kept:0width$x}"));
            prop_assert_eq!(number(out.as_bytes()), Some(kept));
        }

        #[test]
        fn it_agrees_with_the_standard_library(digits in "[0-9a-f]{1,32}") {
            prop_assert_eq!(number(digits.as_bytes()), u128::from_str_radix(&digits, 16).ok());
        }
    }
}
