//! The future of a request: it runs inside of the request's span until there is a response.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::{BoxError, ObserveBody};
use super::completion::{Completion, End};
use crate::errors;

pin_project! {
    /// Gives the response of an observed request.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, as hyper does when the client goes away, it drops the handler
    /// inside of the request's span and completes the request as cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ObserveFuture<F, E> {
        #[pin]
        inner: Option<F>,
        early: Option<Early<E>>,
        // `None` once there is a response, and where another layer has it.
        completion: Option<Box<Completion>>,
    }

    impl<F, E> PinnedDrop for ObserveFuture<F, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut completion) = this.completion.take() {
                completion.enter(|| this.inner.set(None));
                completion.fire(End::Cancelled);
            }
        }
    }
}

/// What ended a request before there was a future.
enum Early<E> {
    Refused(E),
    Panicked(Box<dyn Any + Send>),
}

impl<F, E> fmt::Debug for ObserveFuture<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveFuture")
            .field("completion", &self.completion)
            .finish_non_exhaustive()
    }
}

impl<F, E> ObserveFuture<F, E> {
    pub(crate) const fn running(inner: F, completion: Box<Completion>) -> Self {
        Self { inner: Some(inner), early: None, completion: Some(completion) }
    }

    pub(crate) const fn refused(error: E, completion: Box<Completion>) -> Self {
        Self { inner: None, early: Some(Early::Refused(error)), completion: Some(completion) }
    }

    /// A request that a layer further out observes.
    pub(crate) fn passed_on(called: Result<F, E>) -> Self {
        let (inner, refused) = match called {
            Ok(inner) => (Some(inner), None),
            Err(error) => (None, Some(error)),
        };
        Self { inner, early: refused.map(Early::Refused), completion: None }
    }

    pub(crate) const fn panicked(panic: Box<dyn Any + Send>, completion: Box<Completion>) -> Self {
        Self { inner: None, early: Some(Early::Panicked(panic)), completion: Some(completion) }
    }
}

impl<F, E, R> Future for ObserveFuture<F, E>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: fmt::Display + fmt::Debug + 'static,
    R: Body,
    R::Data: From<Vec<u8>>,
    R::Error: Into<BoxError>,
{
    type Output = Result<Response<ObserveBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(running) = this.completion.as_mut() else {
            if let Some(Early::Refused(error)) = this.early.take() {
                return Poll::Ready(Err(error));
            }
            let inner = this.inner.as_mut().as_pin_mut().expect("polled after it was ready");
            let response = inner.poll(context)?;
            return response.map(|response| Ok(response.map(|body| ObserveBody::new(body, None))));
        };
        let polled = match this.early.take() {
            Some(Early::Refused(error)) => Ok(Poll::Ready(Err(error))),
            Some(Early::Panicked(panic)) => Err(panic),
            None => running.enter(|| {
                let polled =
                    catch_unwind(AssertUnwindSafe(|| match this.inner.as_mut().as_pin_mut() {
                        Some(inner) => inner.poll(context),
                        None => Poll::Pending,
                    }));
                if !matches!(polled, Ok(Poll::Pending)) {
                    // What the handler holds is dropped inside of its span.
                    this.inner.set(None);
                }
                polled
            }),
        };
        if let Ok(Poll::Pending) = polled {
            return Poll::Pending;
        }
        let mut completion = this.completion.take().expect("it was there a moment ago");
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => Poll::Ready(Ok(completion.respond(response))),
            Ok(Poll::Ready(Err(error))) => {
                completion.fail(&error);
                Poll::Ready(Err(error))
            }
            Err(panic) => {
                let answer = completion.answer_panic(&*panic);
                errors::discard(panic);
                Poll::Ready(Ok(answer))
            }
        }
    }
}
