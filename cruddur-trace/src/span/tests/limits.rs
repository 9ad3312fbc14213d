//! How much a span and a trace may hold, and how large a future grows.

use super::*;
use crate::record::SpanRecord;
use crate::testing::capture;

#[test]
fn a_long_trace_is_handed_over_in_parts() {
    let captured = capture(|| {
        sync(Outer, || {
            for number in 0..2_000 {
                sync(Inner, || set_attribute("number", number));
            }
            set_attribute("end", true);
        });
    });
    assert!(captured.fragments().len() > 2, "{}", captured.fragments().len());
    assert_eq!(captured.spans().len(), 2_001);
    let outer = captured.span("outer");
    assert_eq!(outer.attribute("end"), Some(&true.into()));
    let inner: Vec<&SpanRecord> =
        captured.spans().into_iter().filter(|span| span.name == "inner").collect();
    assert!(inner.iter().all(|span| span.parent_id == Some(outer.span_id)));
    let ids: std::collections::HashSet<_> = inner.iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), 2_000);
}

#[test]
fn attributes_are_limited_and_counted_and_the_last_value_wins() {
    let captured = capture(|| {
        sync(Outer, || {
            for number in 0..200 {
                set_attribute(format!("key-{number}"), number);
            }
            set_attribute("key-3", "again");
        });
    });
    let outer = captured.span("outer");
    // `app.now` is one more: it is ours, and never at the cost of the user's.
    assert_eq!(outer.attributes.len(), 128 + 1);
    assert_eq!(outer.dropped_attributes, 72);
    assert_eq!(outer.attribute("key-3"), Some(&"again".into()));
}

#[test]
fn an_observed_future_adds_no_more_than_its_state() {
    let plain = async { yield_once().await };
    let size = size_of_val(&plain);
    let observed = capture_size(plain);
    assert!(observed <= size + 40, "{observed} against {size}");
}

fn capture_size<F: Future>(future: F) -> usize {
    size_of_val(&span(Outer, future))
}
