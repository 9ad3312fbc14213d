//! What becomes whose child, and what stays apart, where nothing leaves its root.

use std::future::pending;

use futures::stream::{FuturesUnordered, StreamExt as _};

use super::*;
use crate::record::Sampling;
use crate::testing::{capture, capture_async};

#[test]
fn synchronous_calls_nest() {
    let captured = capture(|| {
        sync(Outer, || {
            sync(Inner, || set_attribute("deep", 1));
            sync(Inner, || ());
        });
        sync(Other, || ());
    });
    insta::assert_snapshot!(captured.tree(), @r"
    outer
      inner deep=1
      inner
    other
    ");
}

#[tokio::test]
async fn asynchronous_calls_nest_across_yields() {
    let captured = capture_async(async {
        span(Outer, async {
            yield_once().await;
            span(Inner, async {
                yield_once().await;
                set_attribute("deep", 1);
            })
            .await;
            set_attribute("late", 2);
        })
        .await;
    })
    .await;
    insta::assert_snapshot!(captured.tree(), @r"
    outer late=2
      inner deep=1
    ");
}

#[tokio::test]
async fn joined_futures_are_siblings() {
    let captured = capture_async(async {
        let one = span(Inner, async {
            yield_once().await;
            set_attribute("which", 1);
        });
        let two = span(Other, async {
            yield_once().await;
            yield_once().await;
            set_attribute("which", 2);
        });
        span(Outer, async { futures::join!(one, two) }).await;
    })
    .await;
    // The parent is captured when a function is called: both were called outside of `outer`.
    insta::assert_snapshot!(captured.tree(), @r"
    outer
    inner which=1
    other which=2
    ");
}

#[tokio::test]
async fn a_future_that_loses_a_select_is_cancelled_inside_of_its_span() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            set_attribute("dropped", true);
        }
    }
    let captured = capture_async(span(Outer, async {
        tokio::select! {
            biased;
            () = span(Inner, async { let _on_drop = OnDrop; pending().await }) => {}
            () = span(Other, yield_once()) => {}
        }
    }))
    .await;
    insta::assert_snapshot!(captured.tree(), @r"
    outer
      inner [cancelled] dropped=true
      other
    ");
}

#[tokio::test]
async fn two_traces_on_one_task_stay_apart() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, ()) = capture
        .run_async(async {
            let mut tasks: FuturesUnordered<_> = (0..50)
                .map(|number| {
                    root(Outer, async move {
                        set_attribute("number", number);
                        yield_once().await;
                        span(Inner, async move {
                            yield_once().await;
                            set_attribute("number", number);
                        })
                        .await;
                    })
                })
                .collect();
            while tasks.next().await.is_some() {}
        })
        .await;
    let spans = captured.spans();
    assert_eq!(spans.len(), 100);
    for inner in spans.iter().filter(|span| span.name == "inner") {
        let outer = spans.iter().find(|span| Some(span.span_id) == inner.parent_id);
        let outer = outer.expect("its parent");
        assert_eq!(outer.trace_id, inner.trace_id);
        assert_eq!(outer.attribute("number"), inner.attribute("number"));
    }
}

#[test]
fn nothing_is_recorded_outside_of_a_trace_or_below_a_dropped_root() {
    assert!(current().is_none());
    sync(Outer, || assert!(current().is_none()));
    let (captured, ()) = Capture::new(Sampling::DROP).run(|| {
        sync(Outer, || {
            assert!(!is_recording());
            assert!(current().is_some_and(|context| !context.flags.is_sampled()));
        });
    });
    assert!(captured.fragments().is_empty());
}

#[test]
fn a_dropped_future_hides_the_trace_that_it_is_polled_in() {
    let (_, mut dropped) = Capture::new(Sampling::DROP)
        .run(|| Box::pin(span(Outer, async { sync(Inner, || current().map(|it| it.trace_id)) })));
    let captured = capture(|| {
        let here = current().map(|it| it.trace_id);
        let Poll::Ready(inside) = poll_once(dropped.as_mut()) else { panic!("it is ready") };
        assert_ne!(inside, here);
        assert_eq!(current().map(|it| it.trace_id), here);
    });
    assert!(captured.spans().is_empty(), "{}", captured.tree());
}

/// Inherent in thread-locals, and documented: a foreign task that is polled inside of an observed
/// function's `block_on` is taken for a part of it, unless it has a root of its own.
#[test]
fn foreign_tasks_polled_in_a_nested_runtime_become_children_unless_they_are_roots() {
    let captured = capture(|| {
        sync(Outer, || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                let foreign = tokio::spawn(async { sync(Inner, || ()) });
                let own = tokio::spawn(root(Other, async {}));
                foreign.await.expect("no panic");
                own.await.expect("no panic");
            });
        });
    });
    let (outer, inner, other) =
        (captured.span("outer"), captured.span("inner"), captured.span("other"));
    assert_eq!(inner.parent_id, Some(outer.span_id));
    assert_ne!(other.trace_id, outer.trace_id);
    assert_eq!(other.links[0].span_id, outer.span_id);
}
