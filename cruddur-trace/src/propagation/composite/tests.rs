//! Tests of the composite.

use std::collections::BTreeMap;

use super::*;
use crate::propagation::baggage::Member;
use crate::propagation::{Extracted, Field, Outgoing, traceparent};

const W3C: &str = "00-12345678901234567890123456789012-1234567890123456-01";
const XRAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
const XRAY_ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
const B3_SINGLE: &str = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1";

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn extract(list: &str, pairs: &[(&str, &str)]) -> Extracted {
    list.parse::<Propagators>().expect("a valid list").extract(&headers(pairs))
}

#[test]
fn the_first_full_parent_wins_and_a_later_one_becomes_a_link() {
    let check = |list: &str, span: &str, linked: &[&str]| {
        let extracted =
            extract(list, &[("traceparent", W3C), ("x-amzn-trace-id", XRAY), ("b3", B3_SINGLE)]);
        assert_eq!(extracted.parent.expect("a parent").span_id.to_string(), span, "{list}");
        let links: Vec<String> =
            extracted.links.iter().map(|link| link.span_id.to_string()).collect();
        assert_eq!(links, linked, "{list}");
    };
    check("tracecontext,baggage,xray", "1234567890123456", &["53995c3f42cd8ad8"]);
    check("xray,tracecontext", "53995c3f42cd8ad8", &["1234567890123456"]);
    check("b3,tracecontext,xray", "e457b5a2e4d86bd1", &["1234567890123456", "53995c3f42cd8ad8"]);
    check("b3", "e457b5a2e4d86bd1", &[]);
}

#[test]
fn a_root_alone_counts_when_nothing_else_matched() {
    let extracted = extract("tracecontext,xray", &[("x-amzn-trace-id", XRAY_ROOT)]);
    assert_eq!(extracted.parent, None);
    let id = extracted.trace_id.expect("the trace of the load balancer");
    assert_eq!(id.to_string(), "5759e988bd862e3fe1be46a994272793");
    let both =
        extract("xray,tracecontext", &[("x-amzn-trace-id", XRAY_ROOT), ("traceparent", W3C)]);
    assert_eq!(both.trace_id, None);
    assert!(both.parent.is_some());
}

#[test]
fn x_ray_decides_for_itself_alone() {
    let pairs = [("x-amzn-trace-id", XRAY)];
    let with_w3c = extract("tracecontext,xray", &pairs);
    assert_eq!((with_w3c.sampled, with_w3c.xray_sampled()), (None, Some(false)));
    let alone = extract("xray", &pairs);
    assert_eq!((alone.sampled, alone.xray_sampled()), (Some(false), Some(false)));
    // A decision about another trace is none about this one.
    let other = extract("tracecontext,xray", &[("traceparent", W3C), pairs[0]]);
    assert_eq!((other.sampled, other.xray_sampled()), (Some(true), None));
}

#[test]
fn two_traceparents_restart_the_trace() {
    let twice = extract("tracecontext", &[("traceparent", W3C), ("traceparent", W3C)]);
    assert_eq!(twice.parent, None);
}

#[test]
fn an_invalid_tracestate_leaves_the_parent_and_an_invalid_parent_takes_both() {
    let check = |parent: &str, state: &str, expected: (bool, bool)| {
        let it = extract("tracecontext", &[("traceparent", parent), ("tracestate", state)]);
        assert_eq!((it.parent.is_some(), it.trace_state.is_some()), expected);
    };
    check(W3C, "foo=1", (true, true));
    check(W3C, "FOO=1", (true, false));
    check("00-x", "foo=1", (false, false));
}

#[test]
fn b3_is_read_in_both_forms_the_single_one_first() {
    let multi = [
        ("X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7"),
        ("X-B3-SpanId", "05e3ac9a4f6e3b90"),
        ("X-B3-Sampled", "0"),
    ];
    let only_multi = extract("b3", &multi);
    assert_eq!(only_multi.parent.expect("a parent").span_id.to_string(), "05e3ac9a4f6e3b90");
    assert_eq!(only_multi.sampled, Some(false));
    let mut both = multi.to_vec();
    both.push(("b3", B3_SINGLE));
    assert_eq!(extract("b3multi", &both).sampled, Some(true));
    assert_eq!(extract("b3", &[("b3", "0")]).sampled, Some(false));
}

#[test]
fn what_only_w3c_says_of_the_same_span_counts_wherever_it_stands() {
    let b3 = "12345678901234567890123456789012-1234567890123456-0";
    let random = W3C.replace("-01", "-03");
    let pairs = [("b3", b3), ("traceparent", &random), ("tracestate", "a=1")];
    let extracted = extract("b3,tracecontext", &pairs);
    assert_eq!(extracted.trace_state.as_deref(), Some("a=1"));
    let flags = extracted.parent.expect("a parent").trace_flags;
    // The decision is that of the first.
    assert_eq!((flags.is_sampled(), flags.is_random()), (false, true));
    assert_eq!((extracted.sampled, extracted.links.len()), (Some(false), 0));
    let other = [("b3", B3_SINGLE), ("traceparent", W3C), ("tracestate", "a=1")];
    assert_eq!(extract("b3,tracecontext", &other).trace_state, None);
}

#[test]
fn strangers_get_a_link_and_bring_nothing() {
    let pairs = [("traceparent", W3C), ("tracestate", "a=1"), ("baggage", "user=eve")];
    let public = extract("tracecontext,baggage", &pairs).into_public();
    assert_eq!((public.parent, public.sampled, public.trace_state), (None, None, None));
    assert!(public.baggage.is_empty());
    assert_eq!(public.links.len(), 1);
}

#[test]
fn what_is_injected_can_be_extracted() {
    let span = traceparent::parse(W3C.as_bytes()).expect("valid");
    let carried = [Member::new("user", "Ünal, M.").with_properties("ttl=30;internal")];
    let outgoing = Outgoing::new(span)
        .with_trace_state(Some("a=1"))
        .with_baggage(&carried)
        .with_xray(false, "Lineage=1:2");
    let mut carrier = BTreeMap::new();
    let all: Propagators = "tracecontext,baggage,b3,b3multi,xray".parse().expect("valid");
    all.inject(&outgoing, &mut carrier);
    insta::assert_debug_snapshot!(carrier, @r#"
    {
        "b3": "12345678901234567890123456789012-1234567890123456-1",
        "baggage": "user=%C3%9Cnal%2C%20M.;ttl=30;internal",
        "traceparent": "00-12345678901234567890123456789012-1234567890123456-01",
        "tracestate": "a=1",
        "x-amzn-trace-id": "Root=1-12345678-901234567890123456789012;Parent=1234567890123456;Sampled=0;Lineage=1:2",
        "x-b3-sampled": "1",
        "x-b3-spanid": "1234567890123456",
        "x-b3-traceid": "12345678901234567890123456789012",
    }
    "#);
    let extracted = all.extract(&carrier);
    assert_eq!(extracted.parent, Some(span));
    assert!(extracted.links.is_empty());
    assert_eq!(extracted.baggage, carried);
    // A context without a tracestate leaves none of an earlier hop behind.
    all.inject(&Outgoing::new(span), &mut carrier);
    assert!(!carrier.contains_key("tracestate") && !carrier.contains_key("baggage"));
}

#[test]
fn the_list_is_parsed_as_the_specification_has_it() {
    let check = |text: &str, expected: &[Propagator]| {
        let list: Propagators = text.parse().expect("a valid list");
        assert_eq!(list.iter().collect::<Vec<_>>(), expected, "{text}");
    };
    check("tracecontext,baggage", &[Propagator::TraceContext, Propagator::Baggage]);
    check(" XRAY , b3,xray", &[Propagator::Xray, Propagator::B3]);
    check("none", &[]);
    check("", &[]);
    let error = "jaeger".parse::<Propagators>().expect_err("not supported");
    assert!(error.to_string().contains("`jaeger`"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// A header that is nearly right: a valid one with a few bytes changed, or any bytes at all.
    fn value() -> impl Strategy<Value = String> {
        let valid = prop::sample::select(vec![
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "80f198ee56343ba864fe8b2a57d3eff7",
            "e457b5a2e4d86bd1",
            "a=1,b=2;x=y",
        ]);
        let changed = (valid, any::<prop::sample::Index>(), "[ -~]?", 0..3_usize);
        prop_oneof![
            changed.prop_map(|(text, at, with, times)| {
                let mut text = text.to_owned();
                for time in 0..times {
                    let at = at.index(text.len()).saturating_sub(time);
                    text.replace_range(at..=at, &with);
                }
                text
            }),
            "[ -~]{0,80}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_is_taken_is_what_is_sent_on(
            headers in prop::collection::vec((0..Field::ALL.len(), value()), 0..6),
            list in prop::sample::select(vec![
                "tracecontext,baggage", "b3,xray,tracecontext", "xray", "b3multi,baggage",
            ]),
        ) {
            let carrier: Vec<(String, String)> = headers
                .into_iter()
                .map(|(field, value)| (Field::ALL[field].as_str().to_owned(), value))
                .collect();
            let propagators: Propagators = list.parse().expect("a list");
            let extracted = propagators.extract(&carrier);
            prop_assert!(extracted.parent.is_none() || extracted.trace_id.is_none());
            let Some(parent) = extracted.parent else { return Ok(()) };
            let outgoing = Outgoing::new(parent)
                .with_trace_state(extracted.trace_state.as_deref())
                .with_baggage(&extracted.baggage);
            let mut sent: Vec<(String, String)> = Vec::new();
            propagators.inject(&outgoing, &mut sent);
            let again = propagators.extract(&sent);
            let found = again.parent.expect("what is sent is whole");
            prop_assert_eq!((found.trace_id, found.span_id), (parent.trace_id, parent.span_id));
            prop_assert_eq!(again.trace_state, extracted.trace_state);
            prop_assert!(again.links.is_empty());
        }
    }
}
