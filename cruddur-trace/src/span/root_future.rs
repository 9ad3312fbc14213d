//! A future as the whole of a trace: a message's handling, a connection, a job.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::root::Root;
use crate::errors;
use crate::record::{ErrorChain, Outcome};

type Judge<T> = fn(&T) -> Option<ErrorChain>;

pin_project! {
    /// Runs inside of a trace's root, which ends with it.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it drops its future inside of the span, which ends as cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct RootFuture<F>
    where
        F: Future,
    {
        #[pin]
        future: Option<F>,
        root: Option<Root>,
        judge: Judge<F::Output>,
    }

    impl<F: Future> PinnedDrop for RootFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut root) = this.root.take() {
                root.enter(|| this.future.set(None));
                root.end(Outcome::Cancelled);
            }
        }
    }
}

impl<F: Future> fmt::Debug for RootFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootFuture").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Root {
    /// Makes `future` the whole of the trace: it is polled inside of the root, which ends with it. A
    /// panic is recorded and told of, and goes on.
    pub fn run<F: Future>(self, future: F) -> RootFuture<F> {
        RootFuture { future: Some(future), root: Some(self), judge: |_| None }
    }

    /// The same for a future that may fail: an `Err` ends the root as failed, and is reported, since
    /// nobody else waits for it.
    pub fn try_run<F, T, E>(self, future: F) -> RootFuture<F>
    where
        F: Future<Output = Result<T, E>>,
        E: fmt::Display,
    {
        let judge: Judge<Result<T, E>> = |result| {
            result.as_ref().err().map(|error| ErrorChain {
                class: Cow::Borrowed(std::any::type_name::<E>()),
                message: error.to_string(),
                ..ErrorChain::default()
            })
        };
        RootFuture { future: Some(future), root: Some(self), judge }
    }
}

impl<F: Future> Future for RootFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let root = this.root.as_mut().expect("polled after it was ready");
        // A panic passes the root on its way here, which tells of it: nobody further out does.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            root.enter(|| match this.future.as_mut().as_pin_mut() {
                Some(future) => future.poll(context),
                None => Poll::Pending,
            })
        }));
        if matches!(polled, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        root.enter(|| this.future.set(None));
        let Some(root) = this.root.take() else { return Poll::Pending };
        match polled {
            Ok(Poll::Ready(output)) => {
                match (this.judge)(&output) {
                    None => root.end(Outcome::Ok),
                    Some(error) => root.fail(error),
                }
                Poll::Ready(output)
            }
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => {
                end_panicked(root, &*panic);
                resume_unwind(panic)
            }
        }
    }
}

fn end_panicked(mut root: Root, payload: &(dyn Any + Send)) {
    root.record_error(ErrorChain {
        class: Cow::Borrowed("panic"),
        message: errors::message(payload),
        is_panic: true,
        place: errors::place_of(payload),
        ..ErrorChain::default()
    });
    root.end(Outcome::Panic);
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use super::*;
    use crate::record::{Callsite, Sampling};
    use crate::span::RootOptions;
    use crate::testing::{Capture, Captured};

    static WORK: Callsite = Callsite::new("work", "t::work", "t", "t.rs", 1);

    fn captured(run: impl FnOnce()) -> Captured {
        Capture::new(Sampling::ALWAYS).without_root().run(run).0
    }

    fn ready<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn start() -> Root {
        Root::start(RootOptions::new(&WORK))
    }

    #[test]
    fn a_root_ends_with_its_future() {
        let found = captured(|| {
            ready(start().run(async { crate::set_attribute("seen", true) }));
        });
        assert_eq!(found.span("work").attribute("seen"), Some(&true.into()));
        assert_eq!(found.span("work").outcome, Outcome::Ok);
    }

    #[test]
    fn an_error_is_recorded_and_reported() {
        let found = captured(|| {
            ready(start().try_run(async { Err::<(), _>("no such order") })).expect_err("it fails");
        });
        let span = found.span("work");
        assert_eq!(span.outcome, Outcome::Error);
        assert_eq!(span.error.as_ref().map(|it| it.message.as_str()), Some("no such order"));
        assert_eq!(found.reports().len(), 1);
    }

    #[test]
    fn a_panic_goes_on_and_a_drop_is_a_cancel() {
        let found = captured(|| {
            let panics = start().run(async {
                if true {
                    resume_unwind(Box::new("oh no"))
                }
            });
            assert!(catch_unwind(AssertUnwindSafe(|| ready(panics))).is_err());
        });
        assert_eq!(found.span("work").outcome, Outcome::Panic);
        let found = captured(|| drop(start().run(std::future::pending::<()>())));
        assert_eq!(found.span("work").outcome, Outcome::Cancelled);
    }
}
