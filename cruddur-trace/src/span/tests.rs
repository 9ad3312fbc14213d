//! How the core behaves under executors, threads, panics and drops.

mod apart;
mod failures;
mod limits;
mod nesting;

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::record::Callsite;
use crate::testing::Capture;

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

/// The root of a trace that goes to `capture`.
fn root_for<C: StaticCallsite>(capture: &Capture, _: C) -> Root {
    let mut options = RootOptions::new(C::CALLSITE);
    options.collector = Some(capture.collector());
    Root::start(options)
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
