//! What leaves its root: for other threads, other tasks and other traces, or beyond its end.

use std::cell::Cell;
use std::future::pending;

use super::*;
use crate::record::{Outcome, Sampling};
use crate::testing::capture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_move_between_threads_keep_their_trace() {
    let capture = Capture::new(Sampling::ALWAYS);
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let mut root = root_for(&capture, Outer);
            tokio::spawn(async move {
                root.set_attribute("number", number);
                let mut work = Box::pin(async move {
                    for _ in 0..3 {
                        tokio::task::yield_now().await;
                        span(Inner, async move {
                            tokio::task::yield_now().await;
                            set_attribute("number", number);
                        })
                        .await;
                    }
                });
                poll_fn(|context| root.enter(|| work.as_mut().poll(context))).await;
                root.end(Outcome::Ok);
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let captured = capture.captured();
    assert_eq!(captured.fragments().len(), 200);
    for fragment in captured.fragments() {
        assert_eq!(fragment.spans.len(), 4);
        assert!(fragment.has_root);
        let number = fragment.spans[0].attribute("number");
        assert!(fragment.spans.iter().all(|span| span.attribute("number") == number));
    }
}

#[tokio::test]
async fn a_bare_spawn_of_an_observed_call_nests() {
    let capture = Capture::new(Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(span(Outer, async {
            let task = tokio::spawn(span(Inner, async {
                yield_once().await;
                sync(Other, || ());
            }));
            task.await.expect("no panic");
        }))
        .await;
    insta::assert_snapshot!(captured.tree(), @r"
    outer
      inner
        other
    ");
}

#[tokio::test]
async fn a_future_that_leaves_its_root_after_its_first_poll_keeps_its_span() {
    let capture = Capture::new(Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(span(Outer, async {
            let mut moving = Box::pin(span(Inner, async {
                yield_once().await;
                set_attribute("after", "moving");
                sync(Other, || ());
            }));
            assert!(poll_once(moving.as_mut()).is_pending());
            tokio::spawn(moving).await.expect("no panic");
        }))
        .await;
    insta::assert_snapshot!(captured.tree(), @r"
    outer
      inner after=moving
        other
    ");
}

#[cfg(feature = "_pipeline")]
#[tokio::test]
async fn the_helpers_carry_trace_and_scope() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let mut options = RootOptions::new(Outer::CALLSITE);
    options.collector = Some(capture.collector());
    options.scope = Some(Scope::new().with_request_id(Some("r-1".into())).into());
    let mut root = Root::start(options);
    let task = root.enter(|| {
        spawn(async {
            set_attribute("from", "task");
            assert_eq!(request_id().as_deref(), Some("r-1"));
            span(Inner, yield_once()).await;
            let blocking = spawn_blocking(|| sync(Other, || request_id().is_some()));
            assert!(blocking.await.expect("no panic"));
        })
    });
    task.await.expect("no panic");
    root.end(Outcome::Ok);
    insta::assert_snapshot!(capture.captured().tree(), @r"
    outer from=task
      inner
      other
    ");
}

#[test]
fn a_late_span_of_a_finished_trace_does_not_join_the_next_one() {
    let kept = Cell::new(None);
    let first = Capture::new(Sampling::ALWAYS);
    let mut root = root_for(&first, Outer);
    let trace = root.context().expect("a context").trace_id;
    root.enter(|| kept.set(Some(Box::pin(span(Inner, yield_once())))));
    let mut late = kept.take().expect("it was set");
    root.enter(|| assert!(poll_once(late.as_mut()).is_pending()));
    root.end(Outcome::Ok);

    let second = capture(|| assert!(poll_once(late.as_mut()).is_ready()));
    assert!(second.spans().is_empty(), "{}", second.tree());
    let first = first.captured();
    let inner = first.span("inner");
    assert_eq!((inner.trace_id, inner.outcome), (trace, Outcome::Ok));
}

/// Says of the span that it is dropped in that it was.
struct OnDrop;

impl Drop for OnDrop {
    fn drop(&mut self) {
        set_attribute("dropped", true);
    }
}

#[test]
fn a_future_that_is_dropped_is_dropped_inside_of_its_trace() {
    let captured = capture(|| {
        let continued = sync(Outer, || {
            in_current_trace(async {
                let _on_drop = OnDrop;
                pending::<()>().await;
            })
        });
        let mut continued = Box::pin(continued);
        assert!(poll_once(continued.as_mut()).is_pending());
        drop(continued);
    });
    insta::assert_snapshot!(captured.tree(), @"outer dropped=true");
}

#[cfg(feature = "_pipeline")]
#[tokio::test]
async fn a_linked_task_is_dropped_inside_of_its_trace() {
    let capture = Capture::new(Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(span(Outer, async {
            let task = spawn_linked(Inner::CALLSITE, async {
                let _on_drop = OnDrop;
                pending::<()>().await;
            });
            tokio::task::yield_now().await;
            task.abort();
            assert!(task.await.is_err_and(|error| error.is_cancelled()));
        }))
        .await;
    let (outer, inner) = (captured.span("outer"), captured.span("inner"));
    assert_eq!(inner.attribute("dropped"), Some(&true.into()));
    assert_eq!(inner.outcome, Outcome::Cancelled);
    assert_eq!(inner.links[0].span_id, outer.span_id);
    assert_ne!(inner.trace_id, outer.trace_id);
}

#[tokio::test]
async fn a_spawned_root_is_linked_to_where_it_was_called_and_taken_by_the_same() {
    let capture = Capture::new(Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(span(Outer, async {
            tokio::spawn(root(Inner, async {})).await.expect("it runs");
        }))
        .await;
    let (outer, inner) = (captured.span("outer"), captured.span("inner"));
    assert_eq!(inner.parent_id, None);
    assert_ne!(inner.trace_id, outer.trace_id);
    assert_eq!(inner.links.len(), 1);
    assert_eq!(inner.links[0].span_id, outer.span_id);
}
