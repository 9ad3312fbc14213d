//! Layers that do next to nothing: what axum itself asks for a layer.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::MatchedPath;
use axum::http::{Request, Response};
use tower::{Layer, Service};

/// Passes everything on: the price of `Router::layer` alone.
#[derive(Clone, Copy, Debug)]
pub struct NoOp;

/// Looks at what every layer must look at: the matched path and the `traceparent`, cloned out of the
/// request. The inner service's own future is given back.
#[derive(Clone, Copy, Debug)]
pub struct Minimal;

/// As [`Minimal`], in a future and a response body of its own, as a layer needs that sees the body's
/// end. axum boxes both.
#[derive(Clone, Copy, Debug)]
pub struct Wrapping;

/// The service of these layers.
#[derive(Clone, Copy, Debug)]
pub struct Bare<K, S>(K, S);

macro_rules! layer {
    ($($kind:ident)*) => {$(
        impl<S> Layer<S> for $kind {
            type Service = Bare<Self, S>;

            fn layer(&self, inner: S) -> Self::Service {
                Bare(*self, inner)
            }
        }
    )*};
}
layer!(NoOp Minimal Wrapping);

impl<S: Service<Request<Body>>> Service<Request<Body>> for Bare<NoOp, S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.1.call(request)
    }
}

fn look(request: &Request<Body>) {
    std::hint::black_box(request.extensions().get::<MatchedPath>().cloned());
    std::hint::black_box(request.headers().get("traceparent").cloned());
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for Bare<Minimal, S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        look(&request);
        self.1.call(request)
    }
}

impl<S: Service<Request<Body>, Response = Response<Body>>> Service<Request<Body>>
    for Bare<Wrapping, S>
{
    type Response = Response<WrappedBody>;
    type Error = S::Error;
    type Future = WrappedFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        look(&request);
        WrappedFuture { inner: self.1.call(request) }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Wrapping`].
    #[derive(Debug)]
    pub struct WrappedFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F: Future<Output = Result<Response<Body>, E>>, E> Future for WrappedFuture<F> {
    type Output = Result<Response<WrappedBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let wrap = |response: Response<Body>| response.map(|inner| WrappedBody { inner });
        self.project().inner.poll(context).map_ok(wrap)
    }
}

pin_project_lite::pin_project! {
    /// The response body of [`Wrapping`].
    #[derive(Debug)]
    pub struct WrappedBody {
        #[pin]
        inner: Body,
    }
}

impl HttpBody for WrappedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        self.project().inner.poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}
