//! B3, in one header and in several.
//!
//! Source: <https://github.com/openzipkin/b3-propagation>, read 2026-11. The parent's parent
//! (`X-B3-ParentSpanId`) is neither read nor ever sent.

use super::digits;
use crate::record::{SpanId, TraceFlags, TraceId, TraceLink, hex};

/// What a caller said in B3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct B3 {
    /// Its trace and span; a decision may come without them.
    pub ids: Option<(TraceId, SpanId)>,
    /// Its decision; debug implies `true`; `None` leaves it to the receiver.
    pub sampled: Option<bool>,
}

impl B3 {
    /// The caller's span with its decision as flags.
    #[must_use]
    pub fn link(&self) -> Option<TraceLink> {
        let (trace_id, span_id) = self.ids?;
        let trace_flags = TraceFlags::default().with_sampled(self.sampled == Some(true));
        Some(TraceLink { trace_id, span_id, trace_flags })
    }
}

/// `b3: {trace id}-{span id}-{decision}-{parent}`, all after the span id optional, or the decision
/// alone. `None` if the value is neither.
#[must_use]
pub fn parse_single(value: &[u8]) -> Option<B3> {
    let value = digits::trim(value);
    if let Some(sampled) = decision(value) {
        return Some(B3 { ids: None, sampled: Some(sampled) });
    }
    let mut parts = value.split(|byte| *byte == b'-');
    let ids = (trace_id(parts.next()?)?, digits::span_id(parts.next()?)?);
    let sampled = match parts.next() {
        Some(text) => Some(decision(text)?),
        None => None,
    };
    if let Some(parent) = parts.next() {
        digits::span_id(parent)?;
    }
    parts.next().is_none().then_some(B3 { ids: Some(ids), sampled })
}

/// `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-Sampled` and `X-B3-Flags`; `None` if they say nothing.
#[must_use]
pub fn parse_multi(
    trace: Option<&[u8]>,
    span: Option<&[u8]>,
    sampled: Option<&[u8]>,
    flags: Option<&[u8]>,
) -> Option<B3> {
    let ids = match (trace, span) {
        (Some(trace), Some(span)) => {
            trace_id(digits::trim(trace)).zip(digits::span_id(digits::trim(span)))
        }
        _ => None,
    };
    let is_debug = flags.is_some_and(|flags| digits::trim(flags) == b"1");
    let sampled = if is_debug {
        Some(true)
    } else {
        match sampled.map(digits::trim) {
            Some(b"1" | b"true") => Some(true),
            Some(b"0" | b"false") => Some(false),
            _ => None,
        }
    };
    (ids.is_some() || sampled.is_some()).then_some(B3 { ids, sampled })
}

fn decision(text: &[u8]) -> Option<bool> {
    match text {
        b"1" | b"d" => Some(true),
        b"0" => Some(false),
        _ => None,
    }
}

/// 32 digits, or 16 of a system with 64-bit ids.
fn trace_id(digits: &[u8]) -> Option<TraceId> {
    match digits.len() {
        16 => hex::number(digits).and_then(TraceId::new),
        _ => digits::trace_id(digits),
    }
}

/// The single header of a span.
#[must_use]
pub fn format_single(link: &TraceLink) -> String {
    let mut out = String::with_capacity(51);
    hex::push(&mut out, link.trace_id.bits(), 32);
    out.push('-');
    hex::push(&mut out, u128::from(link.span_id.bits()), 16);
    out.push_str(if link.trace_flags.is_sampled() { "-1" } else { "-0" });
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_single_header_is_read() {
        let trace = "80f198ee56343ba864fe8b2a57d3eff7";
        let check = |value: &str, expected: Option<(bool, Option<bool>)>| {
            let parsed = parse_single(value.as_bytes());
            assert_eq!(parsed.map(|b3| (b3.ids.is_some(), b3.sampled)), expected, "{value}");
        };
        check(&format!("{trace}-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90"), Some((true, Some(true))));
        check(&format!("{trace}-e457b5a2e4d86bd1-0"), Some((true, Some(false))));
        check(&format!("{trace}-e457b5a2e4d86bd1-d"), Some((true, Some(true))));
        check(&format!("{trace}-e457b5a2e4d86bd1"), Some((true, None)));
        check("64fe8b2a57d3eff7-e457b5a2e4d86bd1-1", Some((true, Some(true))));
        check("0", Some((false, Some(false))));
        check("d", Some((false, Some(true))));
        check(&format!("{trace}-e457b5a2e4d86bd1-x"), None);
        check(&format!("{trace}-e457b5a2e4d86bd1-1-"), None);
        check(&format!("{trace}-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90-1"), None);
        check(&format!("{trace}-0000000000000000-1"), None);
        check(trace, None);
        check("", None);
    }

    #[test]
    fn several_headers_are_read() {
        let trace = Some(&b"80f198ee56343ba864fe8b2a57d3eff7"[..]);
        let span = Some(&b"e457b5a2e4d86bd1"[..]);
        let check = |b3: Option<B3>, ids: bool, sampled: Option<bool>| {
            let b3 = b3.expect("something was said");
            assert_eq!((b3.ids.is_some(), b3.sampled), (ids, sampled));
        };
        check(parse_multi(trace, span, Some(b"1"), None), true, Some(true));
        check(parse_multi(trace, span, Some(b"0"), Some(b"1")), true, Some(true));
        check(parse_multi(trace, span, None, None), true, None);
        check(parse_multi(None, None, Some(b"0"), None), false, Some(false));
        assert_eq!(parse_multi(trace, None, None, None), None);
    }

    proptest! {
        #[test]
        fn what_is_formatted_parses_to_the_same(trace in 1..u128::MAX, span in 1..u64::MAX, sampled: bool) {
            let link = TraceLink {
                trace_id: TraceId::new(trace).expect("not zero"),
                span_id: SpanId::new(span).expect("not zero"),
                trace_flags: TraceFlags::default().with_sampled(sampled),
            };
            let parsed = parse_single(format_single(&link).as_bytes()).expect("our own format");
            prop_assert_eq!(parsed.link(), Some(link));
            prop_assert_eq!(parsed.sampled, Some(sampled));
        }

        #[test]
        fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse_single(&value);
            let _ = parse_multi(Some(&value), Some(&value), Some(&value), Some(&value));
        }
    }
}
