//! `X-Amzn-Trace-Id`, as AWS X-Ray and AWS load balancers write it.
//!
//! `Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled=0|1|?;Lineage=…;Self=…`. A load balancer
//! sends the root alone, and its own hop as `Self`, which is ignored.
//! Source: AWS X-Ray developer guide, "Tracing header", read 2026-11.

use super::digits;
use crate::record::{SpanId, TraceId, hex};

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct XrayHeader {
    /// `Root`: the trace.
    pub trace_id: TraceId,
    /// `Parent`: the caller's segment; a load balancer sends none.
    pub parent_id: Option<SpanId>,
    /// `Sampled`.
    pub sampled: XraySampled,
    /// Pairs with no meaning to us (`Lineage=…`), as they came: they are sent on.
    pub others: String,
}

/// What the header says of sampling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum XraySampled {
    /// Nothing: the receiver decides.
    #[default]
    Unsaid,
    /// `?`: the receiver decides, and says in the response what it decided.
    Asked,
    /// `1`.
    Yes,
    /// `0`.
    No,
}

impl XraySampled {
    /// The caller's decision, if it made one.
    #[must_use]
    pub const fn decision(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unsaid | Self::Asked => None,
        }
    }
}

/// Bytes of unknown pairs that are sent on.
const MAX_OTHERS: usize = 256;

/// What the header says; `None` without a valid `Root`.
#[must_use]
pub fn parse(value: &[u8]) -> Option<XrayHeader> {
    let (mut trace_id, mut parent_id, mut sampled) = (None, None, XraySampled::Unsaid);
    let mut others = String::new();
    for pair in value.split(|byte| *byte == b';') {
        let pair = digits::trim(pair);
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (digits::trim(&pair[..equals]), digits::trim(&pair[equals + 1..]));
        if key.eq_ignore_ascii_case(b"Root") {
            trace_id = Some(parse_root(value)?);
        } else if key.eq_ignore_ascii_case(b"Parent") {
            parent_id = digits::span_id(value);
        } else if key.eq_ignore_ascii_case(b"Sampled") {
            sampled = match value {
                b"1" => XraySampled::Yes,
                b"0" => XraySampled::No,
                b"?" => XraySampled::Asked,
                _ => XraySampled::Unsaid,
            };
        } else if !key.eq_ignore_ascii_case(b"Self") {
            push_other(&mut others, pair);
        }
    }
    Some(XrayHeader { trace_id: trace_id?, parent_id, sampled, others })
}

fn push_other(others: &mut String, pair: &[u8]) {
    let is_visible = pair.iter().all(|byte| matches!(byte, b'!'..=b'~'));
    let Ok(text) = str::from_utf8(pair) else { return };
    if is_visible && others.len() + text.len() < MAX_OTHERS {
        if !others.is_empty() {
            others.push(';');
        }
        others.push_str(text);
    }
}

/// `1-{8 digits}-{24 digits}`.
fn parse_root(value: &[u8]) -> Option<TraceId> {
    if value.len() != 35 || !value.starts_with(b"1-") || value[10] != b'-' {
        return None;
    }
    TraceId::new(hex::number(&value[2..10])? << 96 | hex::number(&value[11..])?)
}

/// `1-{8 digits}-{24 digits}`: a trace id as X-Ray writes it.
#[must_use]
pub fn format_root(trace_id: TraceId) -> String {
    let mut out = String::with_capacity(35);
    push_root(&mut out, trace_id);
    out
}

fn push_root(out: &mut String, trace_id: TraceId) {
    out.push_str("1-");
    hex::push(out, trace_id.bits() >> 96, 8);
    out.push('-');
    hex::push(out, trace_id.bits(), 24);
}

/// The header for an outgoing request. `others` are the pairs that the incoming one had.
#[must_use]
pub fn format(trace_id: TraceId, parent_id: SpanId, sampled: bool, others: &str) -> String {
    let mut out = String::with_capacity(80 + others.len());
    out.push_str("Root=");
    push_root(&mut out, trace_id);
    out.push_str(";Parent=");
    hex::push(&mut out, u128::from(parent_id.bits()), 16);
    out.push_str(if sampled { ";Sampled=1" } else { ";Sampled=0" });
    if !others.is_empty() {
        out.push(';');
        out.push_str(others);
    }
    out
}

/// The header for a response: the root, and the decision where the request asked for it.
#[must_use]
pub fn format_response(trace_id: TraceId, sampled: Option<bool>) -> String {
    let mut out = String::with_capacity(50);
    out.push_str("Root=");
    push_root(&mut out, trace_id);
    match sampled {
        Some(true) => out.push_str(";Sampled=1"),
        Some(false) => out.push_str(";Sampled=0"),
        None => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn the_header_is_read() {
        let check = |value: &str, expected: Option<(bool, XraySampled, &str)>| {
            let parsed = parse(value.as_bytes());
            let parsed =
                parsed.as_ref().map(|it| (it.parent_id.is_some(), it.sampled, it.others.as_str()));
            assert_eq!(parsed, expected, "{value}");
        };
        check(ROOT, Some((false, XraySampled::Unsaid, "")));
        check(
            &format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"),
            Some((true, XraySampled::Yes, "")),
        );
        check(
            &format!("{ROOT}; Parent=53995c3f42cd8ad8; Sampled=0"),
            Some((true, XraySampled::No, "")),
        );
        check(&format!("Sampled=?;{ROOT}"), Some((false, XraySampled::Asked, "")));
        check(
            &format!(
                "Self=1-67891234-12456789abcdef012345678;{ROOT};Lineage=25:a87bd80c:1;CalledFrom=app"
            ),
            Some((false, XraySampled::Unsaid, "Lineage=25:a87bd80c:1;CalledFrom=app")),
        );
        check(&format!("{ROOT};Parent=53995c3f42cd8ad"), Some((false, XraySampled::Unsaid, "")));
        check("Root=2-5759e988-bd862e3fe1be46a994272793", None);
        check("Root=1-5759e98-bd862e3fe1be46a9942727931", None);
        check("Root=1-5759e988-bd862e3fe1be46a99427279", None);
        check("Root=1-00000000-000000000000000000000000", None);
        check("Parent=53995c3f42cd8ad8;Sampled=1", None);
        check("", None);
    }

    #[test]
    fn a_response_says_what_was_asked() {
        let id = parse(ROOT.as_bytes()).expect("a root").trace_id;
        assert_eq!(format_response(id, None), ROOT);
        assert_eq!(format_response(id, Some(true)), format!("{ROOT};Sampled=1"));
    }

    proptest! {
        #[test]
        fn what_is_formatted_parses_to_the_same(trace in 1..u128::MAX, span in 1..u64::MAX, sampled: bool) {
            let trace_id = TraceId::new(trace).expect("not zero");
            let span_id = SpanId::new(span).expect("not zero");
            let text = format(trace_id, span_id, sampled, "Lineage=1:2:3");
            let parsed = parse(text.as_bytes()).expect("our own format");
            prop_assert_eq!(parsed.trace_id, trace_id);
            prop_assert_eq!(parsed.parent_id, Some(span_id));
            prop_assert_eq!(parsed.sampled.decision(), Some(sampled));
            prop_assert_eq!(parsed.others, "Lineage=1:2:3");
        }

        #[test]
        fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = parse(&value);
        }
    }
}
