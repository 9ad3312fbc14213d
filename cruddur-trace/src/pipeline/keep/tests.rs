use std::time::Duration;

use super::*;
use crate::pipeline::fixtures::span;
use crate::record::{Outcome, Sampling, SpanId};

const NOT_SAMPLED: Sampling =
    Sampling { otlp: false, xray: false, record: true, rate: 1.0, xray_rule: None };
const AT: UnixNanos = UnixNanos(5_000_000_000);

/// The root (id 1) or a child of one trace.
fn part(trace: u128, outcome: Outcome, is_root: bool, sampling: &Sampling) -> Fragment {
    let mut span = span(if is_root { 1 } else { 2 }, outcome);
    span.parent_id = if is_root { None } else { SpanId::new(1) };
    let trace_id = TraceId::new(trace).expect("not zero");
    let mut fragment = Fragment::new(trace_id, vec![span], sampling.clone());
    fragment.has_root = is_root;
    fragment
}

fn filter(errors: bool, slow_ms: Option<u64>) -> KeepFilter {
    KeepFilter::new(Keep { errors, slow: slow_ms.map(Duration::from_millis) })
}

fn admit(filter: &mut KeepFilter, fragment: Fragment) -> Vec<(bool, f64)> {
    let mut out = Vec::new();
    filter.admit(fragment, AT, &mut out);
    out.iter().map(|it| (it.sampling.otlp, it.sampling.rate)).collect()
}

#[test]
fn a_failed_trace_is_kept_and_a_good_one_is_not() {
    let mut filter = filter(true, None);
    assert_eq!(admit(&mut filter, part(1, Outcome::Ok, true, &NOT_SAMPLED)), []);
    let kept = admit(&mut filter, part(2, Outcome::Panic, true, &NOT_SAMPLED));
    assert_eq!(kept, [(true, 1.0)]);
}

#[test]
fn a_slow_root_is_kept() {
    // The fixture's spans take one second.
    let slow = part(1, Outcome::Ok, true, &NOT_SAMPLED);
    assert_eq!(admit(&mut filter(false, Some(1_000)), slow.clone()), [(true, 1.0)]);
    assert_eq!(admit(&mut filter(false, Some(1_001)), slow), []);
}

#[test]
fn kept_traces_stand_for_themselves_and_others_for_more() {
    let sampling = Sampling { rate: 10.0, ..Sampling::ALWAYS };
    let mut filter = filter(true, None);
    assert_eq!(admit(&mut filter, part(1, Outcome::Error, true, &sampling)), [(true, 1.0)]);
    assert_eq!(admit(&mut filter, part(2, Outcome::Ok, true, &sampling)), [(true, 10.0)]);
}

#[test]
fn parts_wait_for_their_root_and_late_ones_follow_its_decision() {
    let mut filter = filter(true, None);
    assert_eq!(admit(&mut filter, part(1, Outcome::Ok, false, &NOT_SAMPLED)), []);
    let both = admit(&mut filter, part(1, Outcome::Error, true, &NOT_SAMPLED));
    assert_eq!(both, [(true, 1.0), (true, 1.0)]);
    let late = admit(&mut filter, part(1, Outcome::Ok, false, &NOT_SAMPLED));
    assert_eq!(late, [(true, 1.0)]);
    assert_eq!(filter.waiting_spans, 0);
}

#[test]
fn parts_without_a_root_go_after_a_minute_as_they_were_sampled() {
    let sampling = Sampling { rate: 10.0, ..Sampling::ALWAYS };
    let mut filter = filter(true, None);
    assert_eq!(admit(&mut filter, part(1, Outcome::Ok, false, &sampling)), []);
    let mut out = Vec::new();
    filter.sweep(UnixNanos(AT.0 + MAX_WAIT_NANOS), &mut out);
    assert_eq!(out.len(), 1);
    assert!((out[0].sampling.rate - 10.0).abs() < f64::EPSILON);
}

#[test]
fn what_is_sampled_anyway_does_not_wait() {
    let mut filter = filter(true, None);
    let part = part(1, Outcome::Ok, false, &Sampling::ALWAYS);
    assert_eq!(admit(&mut filter, part), [(true, 1.0)]);
}
