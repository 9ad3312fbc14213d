//! `traceparent`, after W3C trace context level 2.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/>, read 2026-11. Strict: widths 2-32-16-2,
//! lower-case digits only, ids not zero, no version `ff`.

use super::digits;
use crate::record::{TraceFlags, TraceLink, hex};

/// Bytes of a version 00 header.
pub(crate) const LENGTH: usize = 55;

/// The caller's span; `None` if the value is not a valid header.
///
/// A version above 00 may be longer: what follows the first 55 bytes must begin with `-` and is
/// ignored. All flags but *sampled* and *random* are dropped.
///
/// ```
/// use cruddur_trace::propagation::traceparent;
///
/// let link = traceparent::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// assert!(link.expect("a valid header").trace_flags.is_sampled());
/// ```
#[must_use]
pub fn parse(value: &[u8]) -> Option<TraceLink> {
    let value = digits::trim(value);
    if value.len() < LENGTH || value[2] != b'-' || value[35] != b'-' || value[52] != b'-' {
        return None;
    }
    let version = hex::byte([value[0], value[1]])?;
    let is_well_ended = match version {
        0 => value.len() == LENGTH,
        0xff => false,
        _ => value.get(LENGTH).is_none_or(|byte| *byte == b'-'),
    };
    if !is_well_ended {
        return None;
    }
    Some(TraceLink {
        trace_id: digits::trace_id(&value[3..35])?,
        span_id: digits::span_id(&value[36..52])?,
        trace_flags: TraceFlags::from_byte(hex::byte([value[53], value[54]])?),
    })
}

/// The header of a span: always version 00, 55 bytes.
#[must_use]
pub fn format(link: &TraceLink) -> String {
    hex::text(&encode(link)).to_owned()
}

/// The same without an allocation.
pub(crate) fn encode(link: &TraceLink) -> [u8; LENGTH] {
    let mut out = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex::write(&mut out[3..35], &link.trace_id.to_bytes());
    hex::write(&mut out[36..52], &link.span_id.to_bytes());
    hex::write(&mut out[53..], &[link.trace_flags.to_byte()]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALID: &str = "00-12345678901234567890123456789012-1234567890123456-01";

    #[test]
    fn only_the_exact_form_is_taken() {
        let check = |value: &str, ok: bool| {
            assert_eq!(parse(value.as_bytes()).is_some(), ok, "{value:?}");
        };
        check(VALID, true);
        check(" \t00-12345678901234567890123456789012-1234567890123456-01 \t", true);
        // Versions.
        check("01-12345678901234567890123456789012-1234567890123456-01", true);
        check("cc-12345678901234567890123456789012-1234567890123456-01-what-the-future", true);
        check("cc-12345678901234567890123456789012-1234567890123456-01-", true);
        check("cc-12345678901234567890123456789012-1234567890123456-01.what", false);
        check("CC-12345678901234567890123456789012-1234567890123456-01", false);
        check("ff-12345678901234567890123456789012-1234567890123456-01", false);
        check("00-12345678901234567890123456789012-1234567890123456-01-", false);
        check("00-12345678901234567890123456789012-1234567890123456-01.", false);
        check("000-12345678901234567890123456789012-1234567890123456-01", false);
        check("0-12345678901234567890123456789012-1234567890123456-01", false);
        check(".0-12345678901234567890123456789012-1234567890123456-01", false);
        // Trace ids: 31 digits, a sign, upper case, zero.
        check("00-1234567890123456789012345678901-1234567890123456-01", false);
        check("00-123456789012345678901234567890123-1234567890123456-01", false);
        check("00-+2345678901234567890123456789012-1234567890123456-01", false);
        check("00-1234567890123456789012345678901A-1234567890123456-01", false);
        check("00-00000000000000000000000000000000-1234567890123456-01", false);
        // Span ids.
        check("00-12345678901234567890123456789012-123456789012345-01", false);
        check("00-12345678901234567890123456789012-12345678901234567-01", false);
        check("00-12345678901234567890123456789012-123456789012345.-01", false);
        check("00-12345678901234567890123456789012-0000000000000000-01", false);
        // Flags.
        check("00-12345678901234567890123456789012-1234567890123456-1", false);
        check("00-12345678901234567890123456789012-1234567890123456-+1", false);
        check("00-12345678901234567890123456789012-1234567890123456-001", false);
        check("00-12345678901234567890123456789012-1234567890123456-0X", false);
        check("", false);
    }

    #[test]
    fn the_random_bit_stays_as_received_and_all_others_become_zero() {
        let check = |flags: &str, expected: u8| {
            let value = format!("00-12345678901234567890123456789012-1234567890123456-{flags}");
            let link = parse(value.as_bytes()).expect("a valid header");
            assert_eq!(link.trace_flags.to_byte(), expected);
        };
        check("00", 0);
        check("01", 1);
        check("02", 2);
        check("03", 3);
        check("ff", 3);
        check("fc", 0);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&value);
        }

        #[test]
        fn what_is_formatted_parses_to_the_same(trace in 1..u128::MAX, span in 1..u64::MAX, flags in 0..4_u8) {
            let link = TraceLink {
                trace_id: crate::record::TraceId::new(trace).expect("not zero"),
                span_id: crate::record::SpanId::new(span).expect("not zero"),
                trace_flags: TraceFlags::from_byte(flags),
            };
            prop_assert_eq!(parse(format(&link).as_bytes()), Some(link));
        }

        #[test]
        fn one_changed_byte_never_gives_another_version_00_form(at in 0..55_usize, byte in any::<u8>()) {
            let mut value = VALID.as_bytes().to_vec();
            value[at] = byte;
            if let Some(link) = parse(&value) {
                let formatted = format(&link);
                // What was taken is what is sent on, but for the version and the flags.
                prop_assert_eq!(&formatted.as_bytes()[2..53], &value[2..53]);
            }
        }
    }
}
