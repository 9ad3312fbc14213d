//! Tests of the decision.

use proptest::prelude::*;

use super::*;

fn id(bits: u128) -> TraceId {
    TraceId::new(bits).expect("not zero")
}

struct Always(bool);

impl XrayRules for Always {
    fn decide(&self, _: &RootFacts<'_>) -> XrayDecision {
        XrayDecision { sampled: self.0, rule: Some("Cruddur".into()) }
    }
}

fn sampler(name: &str, argument: Option<&str>) -> Sampler {
    Sampler::parse(name, argument).expect("a valid sampler")
}

#[test]
fn every_sampler_of_the_specification_decides() {
    let check = |name: &str, argument, parent: Option<bool>, expected: bool| {
        let decider = Decider::new(sampler(name, argument));
        let facts = RootFacts {
            sampled: parent,
            has_parent: parent.is_some(),
            ..RootFacts::new(id(0x00ff_ffff_ffff_ffff), "GET", SpanKind::Server)
        };
        assert_eq!(decider.decide(&facts).otlp, expected, "{name} {argument:?} {parent:?}");
    };
    check("always_on", None, Some(false), true);
    check("always_off", None, Some(true), false);
    check("parentbased_always_on", None, None, true);
    check("parentbased_always_on", None, Some(false), false);
    check("parentbased_always_off", None, None, false);
    check("parentbased_always_off", None, Some(true), true);
    check("traceidratio", Some("0.01"), Some(false), true);
    check("traceidratio", Some("0"), Some(true), false);
    check("parentbased_traceidratio", Some("0"), Some(true), true);
    check("parentbased_traceidratio", Some("0.5"), None, true);
    check(" ParentBased_TraceIdRatio ", None, None, true);
}

#[test]
fn a_caller_s_rate_is_that_of_what_it_sampled() {
    let check = |name: &str, sampled: Option<bool>, expected: f64| {
        let facts = RootFacts {
            sampled,
            has_parent: sampled.is_some(),
            caller_rate: Some(4.0),
            ..RootFacts::new(id(u128::MAX), "GET", SpanKind::Server)
        };
        let rate = Decider::new(sampler(name, Some("0.5"))).decide(&facts).rate;
        assert!((rate - expected).abs() < 1e-9, "{name} {sampled:?}: {rate}");
    };
    check("parentbased_always_on", Some(true), 4.0);
    check("parentbased_traceidratio", Some(true), 4.0);
    check("parentbased_always_on", Some(false), 1.0);
    // Decided here, whatever the caller said.
    check("traceidratio", Some(true), 2.0);
    check("always_on", Some(true), 1.0);
}

#[test]
fn wrong_settings_name_the_setting() {
    let name = Sampler::parse("sometimes", None).expect_err("no such sampler").to_string();
    assert!(name.starts_with("OTEL_TRACES_SAMPLER is `sometimes`"), "{name}");
    for wrong in ["1.5", "-1", "x", "NaN"] {
        let error = Sampler::parse("traceidratio", Some(wrong)).expect_err("no ratio");
        assert_eq!(error, SamplerError::BadRatio(wrong.to_owned()));
    }
}

#[test]
fn the_bits_of_the_families_are_independent() {
    let check = |name: &str, rules: bool, sampled, xray_sampled, expected: (bool, bool)| {
        let decider = Decider::new(sampler(name, None));
        let decider = decider.with_xray(Box::new(Always(rules)));
        let facts =
            RootFacts { sampled, xray_sampled, ..RootFacts::new(id(1), "GET", SpanKind::Server) };
        let decided = decider.decide(&facts);
        assert_eq!((decided.otlp, decided.xray), expected, "{name} {rules}");
    };
    check("parentbased_always_on", false, None, None, (true, false));
    check("parentbased_always_on", true, Some(false), None, (false, true));
    check("parentbased_always_on", true, None, Some(false), (true, false));
    check("always_off", false, None, Some(true), (false, true));
    // `xray` couples them.
    check("xray", false, None, None, (false, false));
    check("xray", true, None, None, (true, true));
    check("parentbased_xray", false, Some(true), None, (true, false));
}

#[test]
fn without_x_ray_its_bit_is_never_set() {
    let decider = Decider::new(Sampler::default());
    let facts =
        RootFacts { xray_sampled: Some(true), ..RootFacts::new(id(1), "GET", SpanKind::Server) };
    assert!(!decider.decide(&facts).xray);
}

#[test]
fn without_x_ray_its_header_says_what_otlp_decided() {
    let check = |otlp: bool, xray: bool, without: bool, with: bool| {
        let decided = Sampling { otlp, xray, ..Sampling::DROP };
        let decider = Decider::new(Sampler::default());
        assert_eq!(decider.xray_sent(&decided), without);
        assert_eq!(decider.with_xray(Box::new(Always(true))).xray_sent(&decided), with);
    };
    check(true, false, true, false);
    check(false, true, false, true);
}

#[test]
fn rules_for_keeping_make_every_trace_recorded() {
    let decider = Decider::new(sampler("always_off", None)).recording_all(true);
    let decided = decider.decide(&RootFacts::new(id(1), "GET", SpanKind::Server));
    assert!(decided.is_recording() && !decided.otlp && !decided.xray);
}

#[test]
fn a_ratio_takes_its_part_and_says_for_how_many_it_stands() {
    let decider = Decider::new(sampler("traceidratio", Some("0.25")));
    let mut taken = 0;
    for number in 0..4_096_u128 {
        let facts = RootFacts::new(id(number << 44 | 1), "GET", SpanKind::Server);
        let decided = decider.decide(&facts);
        if decided.otlp {
            taken += 1;
            assert_eq!(decided.rate, 4.0);
        }
    }
    assert_eq!(taken, 1_024);
}

proptest! {
    #[test]
    fn a_trace_of_a_small_part_is_in_every_larger_one(bits in 1..u128::MAX, a in 0.0..=1.0_f64, b in 0.0..=1.0_f64) {
        let (small, large) = (a.min(b), a.max(b));
        prop_assert!(!is_in_ratio(id(bits), small) || is_in_ratio(id(bits), large));
        prop_assert!(is_in_ratio(id(bits), 1.0));
    }
}
