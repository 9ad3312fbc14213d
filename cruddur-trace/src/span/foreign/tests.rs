use super::*;
use crate::span::path;
use crate::testing;

static OUTER: Callsite = Callsite::new("outer", "t::outer", "t", "t.rs", 1).without_now();
static INNER: Callsite = Callsite::new("inner", "t::inner", "t", "t.rs", 2).without_now();

#[test]
fn a_span_is_entered_left_and_closed_in_place() {
    let captured = testing::capture(|| {
        let mut span = ForeignSpan::open(&OUTER).expect("a recorded trace");
        let frame = span.enter().expect("it can be entered");
        assert_eq!(path(8), ["capture", "outer"]);
        ForeignSpan::open(&INNER).expect("recorded").close(Outcome::Ok);
        span.leave(frame);
        assert_eq!(path(8), ["capture"]);
        span.set_attribute(Attribute::new("late", 1));
        span.close(Outcome::Error);
    });
    assert_eq!(captured.span("inner").parent_id, Some(captured.span("outer").span_id));
    assert_eq!(captured.span("outer").attribute("late"), Some(&1.into()));
    assert_eq!(captured.span("outer").outcome, Outcome::Error);
}

#[test]
fn a_span_that_goes_to_another_thread_keeps_its_children_and_its_end() {
    let captured = testing::capture(|| {
        let mut span = ForeignSpan::open(&OUTER).expect("a recorded trace");
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let frame = span.enter().expect("it can be entered");
                ForeignSpan::open(&INNER).expect("recorded").close(Outcome::Ok);
                span.leave(frame);
                span.set_attribute(Attribute::new("elsewhere", true));
                span.close(Outcome::Ok);
            });
        });
    });
    let outer = captured.span("outer");
    assert_eq!(captured.span("inner").parent_id, Some(outer.span_id));
    assert_eq!(outer.attribute("elsewhere"), Some(&true.into()));
    assert_eq!(outer.outcome, Outcome::Ok);
}

#[test]
fn a_past_span_is_dated_back() {
    let captured = testing::capture(|| {
        record_past(&INNER, "SELECT users".into(), 5_000_000, Vec::new(), None);
    });
    let span = captured.span("SELECT users");
    let nanos = span.duration_nanos();
    assert!((5_000_000..6_000_000).contains(&nanos), "{nanos}");
}

#[test]
fn without_a_trace_there_is_nothing() {
    assert!(ForeignSpan::open(&OUTER).is_none());
    assert!(path(8).is_empty());
}
