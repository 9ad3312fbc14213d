//! Panics, errors and drops, and the way that a failure leaves behind.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::record::{ErrorChain, Outcome, Sampling, Usage};
use crate::testing::capture;

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
        sync(Outer, || set_field("bad", &DisplayField(&Bad), Usage::Default));
    });
    insta::assert_snapshot!(captured.tree(), @"outer bad=<formatting panicked>");
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
    drop(root_for(&capture, Outer));
    assert_eq!(capture.captured().span("outer").outcome, Outcome::Cancelled);
}

#[test]
fn a_panic_is_not_that_of_a_root_which_it_drops() {
    let capture = Capture::new(Sampling::ALWAYS);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut work = Box::pin(root_for(&capture, Outer).run(pending::<()>()));
        assert!(poll_once(work.as_mut()).is_pending());
        panic!("on purpose, elsewhere");
    }));
    assert!(caught.is_err());
    let captured = capture.captured();
    assert_eq!(captured.span("outer").outcome, Outcome::Cancelled);
    assert!(captured.reports().is_empty(), "{:?}", captured.reports());
}
