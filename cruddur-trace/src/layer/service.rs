//! The service: a request's beginning.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::begin::begin;
use super::body::{BoxError, ObserveBody};
use super::future::ObserveFuture;
use super::options::Settings;

/// What [`ObserveLayer`](super::ObserveLayer) makes of a service.
///
/// Where the inner service fails while it is asked whether it is ready, this one says that it is,
/// and its next call fails with that error: so the failure belongs to a request, and is recorded
/// with its route.
pub struct ObserveService<S> {
    inner: S,
    settings: Arc<Settings>,
    /// The error of an inner service that was asked whether it is ready.
    not_ready: Option<Box<dyn Any + Send + Sync>>,
}

impl<S> ObserveService<S> {
    pub(crate) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings, not_ready: None }
    }
}

impl<S: Clone> Clone for ObserveService<S> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.settings))
    }
}

impl<S: fmt::Debug> fmt::Debug for ObserveService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for ObserveService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display + fmt::Debug + Send + Sync + 'static,
    R: Body,
    R::Data: From<Vec<u8>>,
    R::Error: Into<BoxError>,
{
    type Response = Response<ObserveBody<R>>;
    type Error = S::Error;
    type Future = ObserveFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if self.not_ready.is_some() {
            return Poll::Ready(Ok(()));
        }
        self.inner.poll_ready(context).map(|ready| {
            if let Err(error) = ready {
                self.not_ready = Some(Box::new(error));
            }
            Ok(())
        })
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let begun = begin(Settings::now(&self.settings), &request);
        let not_ready = self.not_ready.take().and_then(|error| error.downcast::<S::Error>().ok());
        let Some(mut completion) = begun else {
            return match not_ready {
                Some(error) => ObserveFuture::passed_on(Err(*error)),
                None => ObserveFuture::passed_on(Ok(self.inner.call(request))),
            };
        };
        if let Some(error) = not_ready {
            return ObserveFuture::refused(*error, completion);
        }
        // A service may do its work, and may panic, before it gives a future.
        let inner = &mut self.inner;
        let called = completion.enter(|| catch_unwind(AssertUnwindSafe(|| inner.call(request))));
        match called {
            Ok(future) => ObserveFuture::running(future, completion),
            Err(panic) => ObserveFuture::panicked(panic, completion),
        }
    }
}
