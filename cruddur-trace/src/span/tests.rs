//! How the core behaves under executors, threads, panics and drops.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use futures::stream::{FuturesUnordered, StreamExt as _};

use super::*;
use crate::record::{Callsite, ErrorChain, Outcome, Sampling, SpanRecord};
use crate::testing::{Capture, capture, capture_async};

macro_rules! callsite {
    ($type:ident, $name:literal) => {
        #[derive(Clone, Copy)]
        struct $type;
        impl StaticCallsite for $type {
            const CALLSITE: &'static Callsite = {
                static CALLSITE: Callsite =
                    Callsite::new($name, concat!("app::", $name), "app", file!(), line!());
                &CALLSITE
            };
        }
    };
}
callsite!(Outer, "outer");
callsite!(Inner, "inner");
callsite!(Other, "other");

fn sync<C: StaticCallsite, R>(callsite: C, run: impl FnOnce() -> R) -> R {
    let _guard = enter(callsite, StartKind::Child);
    run()
}

fn span<C: StaticCallsite, F: Future>(callsite: C, future: F) -> impl Future<Output = F::Output> {
    observed(callsite, StartKind::Child, future, |_: &F::Output, _| {})
}

fn root<C: StaticCallsite, F: Future>(callsite: C, future: F) -> impl Future<Output = F::Output> {
    observed(callsite, StartKind::Root, future, |_: &F::Output, _| {})
}

/// Pending once.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_move_between_threads_keep_their_trace() {
    let capture = Capture::new(Sampling::ALWAYS);
    let collector = capture.collector();
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let mut options = RootOptions::new(Outer::CALLSITE);
            options.collector = Some(collector.clone());
            let mut root = Root::start(options);
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

#[cfg(feature = "_pipeline")]
#[tokio::test]
async fn a_panic_on_a_blocking_thread_loses_nothing() {
    let capture = Capture::new(Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(span(Outer, async {
            let blocking = spawn_blocking(|| sync(Inner, || panic!("on purpose")));
            assert!(blocking.await.is_err());
        }))
        .await;
    insta::assert_snapshot!(captured.tree(), @r"
    outer
      inner [panic]
    ");
}

#[test]
fn a_panic_marks_every_span_that_it_leaves() {
    let captured = capture(|| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            sync(Outer, || sync(Inner, || panic!("on purpose")));
        }));
        assert!(caught.is_err());
        sync(Other, || ());
    });
    insta::assert_snapshot!(captured.tree(), @r"
    outer [panic]
      inner [panic]
    other
    ");
}

#[test]
fn siblings_dropped_by_a_panic_are_cancelled() {
    let captured = capture(|| {
        let both = span(Outer, async {
            futures::join!(
                span(Inner, pending::<()>()),
                span(Other, async { panic!("on purpose") })
            )
        });
        let mut both = Box::pin(both);
        let caught = catch_unwind(AssertUnwindSafe(|| poll_once(both.as_mut())));
        assert!(caught.is_err());
    });
    insta::assert_snapshot!(captured.tree(), @r"
    outer [panic]
      inner [cancelled]
      other [panic]
    ");
}

#[test]
fn a_guard_made_while_unwinding_is_no_panic() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            sync(Inner, || ());
        }
    }
    let captured = capture(|| {
        let caught = catch_unwind(|| {
            let _on_drop = OnDrop;
            panic!("on purpose");
        });
        assert!(caught.is_err());
    });
    insta::assert_snapshot!(captured.tree(), @"inner");
}

#[test]
fn a_panicking_display_fails_nobody() {
    struct Bad;
    impl std::fmt::Display for Bad {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("on purpose")
        }
    }
    let captured = capture(|| {
        sync(Outer, || set_field("bad", &DisplayField(&Bad), crate::record::Usage::Default));
    });
    insta::assert_snapshot!(captured.tree(), @"outer bad=<formatting panicked>");
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

#[test]
fn a_late_span_of_a_finished_trace_does_not_join_the_next_one() {
    let kept = Cell::new(None);
    let first = Capture::new(Sampling::ALWAYS);
    let first_collector = first.collector();
    let mut options = RootOptions::new(Outer::CALLSITE);
    options.collector = Some(first_collector);
    let mut root = Root::start(options);
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
fn the_frames_of_a_failure_are_the_same_sampled_or_not() {
    let failing = |message: &str| ErrorChain { message: message.into(), ..ErrorChain::default() };
    let fail = |message: &'static str| {
        let mut guard = enter(Inner, StartKind::Child);
        guard.ending(|ending| ending.error_chain(failing(message)));
    };
    for sampling in [Sampling::ALWAYS, Sampling::DROP] {
        let capture = Capture::new(sampling.clone());
        let mut options = RootOptions::new(Other::CALLSITE);
        options.collector = Some(capture.collector());
        options.sampling = Some(sampling);
        let mut root = Root::start(options);
        root.enter(|| {
            sync(Other, || fail("recovered"));
            let mut guard = enter(Outer, StartKind::Child);
            fail("deepest");
            guard.ending(|ending| ending.error_chain(failing("outermost")));
        });
        let failure = root.failure();
        let names: Vec<_> = failure.frames.iter().map(|frame| frame.name).collect();
        assert_eq!(names, ["outer", "inner"]);
        assert_eq!(failure.error.expect("an error").message, "deepest");
    }
}

/// A trace that was handed over in parts: after 512 finished spans, and once more where the failure
/// itself unwinds through more functions than that.
#[test]
fn the_frames_of_a_failure_outlive_a_hand_over() {
    fn down(depth: u32) {
        if depth == 0 {
            panic!("at the bottom");
        }
        sync(Inner, || down(depth - 1));
    }
    let frames = |sampling: Sampling, siblings: u32, depth: u32| {
        let capture = Capture::new(sampling.clone());
        let mut options = RootOptions::new(Other::CALLSITE);
        options.collector = Some(capture.collector());
        options.sampling = Some(sampling);
        let mut root = Root::start(options);
        root.enter(|| {
            let run = || {
                sync(Outer, || {
                    (0..siblings).for_each(|_| sync(Inner, || ()));
                    down(depth);
                });
            };
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        });
        root.failure().frames.iter().map(|frame| frame.name).collect::<Vec<_>>()
    };
    for (siblings, depth, expected) in [(0, 2, 3), (2_000, 2, 3), (0, 700, 256)] {
        let sampled = frames(Sampling::ALWAYS, siblings, depth);
        assert_eq!(sampled, frames(Sampling::DROP, siblings, depth), "{siblings}, {depth}");
        assert_eq!((sampled.len(), sampled[0]), (expected, "outer"), "{siblings}, {depth}");
    }
}

#[test]
fn a_root_that_is_dropped_is_cancelled() {
    let capture = Capture::new(Sampling::ALWAYS);
    let mut options = RootOptions::new(Outer::CALLSITE);
    options.collector = Some(capture.collector());
    drop(Root::start(options));
    assert_eq!(capture.captured().span("outer").outcome, Outcome::Cancelled);
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
