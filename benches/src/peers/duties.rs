//! What a user adds to a peer's layer so that a request gets what it gets from ours: the rest of the
//! attributes, the trace and the request's id in the response, an answer to a panic. As lean as one
//! can write it: one layer without boxes beside tower-http's `CatchPanicLayer`.
//!
//! What no peer can be taught from outside stays out: the end of the span with the body, and one
//! completion for whatever ends a request.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use axum::http::{Request, Response};
use fastrace::collector::SpanContext;
use fastrace::local::LocalSpan;
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt as _;
use tower::{Layer, Service};
use tower_http::catch_panic::CatchPanicLayer;

/// What differs between peers.
pub trait Peer: Send + Sync + 'static {
    /// Attributes, as the peer takes them.
    type Attributes: Send + 'static;

    /// Those that its own layer leaves out.
    fn left_out(request: &Request<Body>) -> Self::Attributes;

    /// Sets them on the current span.
    fn set(attributes: Self::Attributes);

    /// The current span as `traceparent` has it.
    fn traceparent() -> Option<String>;
}

/// fastrace-axum sets the method, the path, the route and the status.
#[derive(Debug)]
pub struct Fastrace;

impl Peer for Fastrace {
    type Attributes = [(&'static str, String); 6];

    fn left_out(request: &Request<Body>) -> Self::Attributes {
        let (host, port) = host(request);
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        [
            ("url.scheme", "http".to_owned()),
            ("url.query", request.uri().query().unwrap_or_default().to_owned()),
            ("server.address", host.to_owned()),
            ("server.port", port.to_string()),
            ("network.protocol.version", "1.1".to_owned()),
            ("user_agent.original", agent.unwrap_or_default().to_owned()),
        ]
    }

    fn set(attributes: Self::Attributes) {
        LocalSpan::add_properties(|| attributes);
    }

    fn traceparent() -> Option<String> {
        SpanContext::current_local_parent().map(|context| context.encode_w3c_traceparent())
    }
}

/// opentelemetry-instrumentation-tower leaves out the host, the port and the protocol's version.
#[derive(Debug)]
pub struct Instrumentation;

impl Peer for Instrumentation {
    type Attributes = [KeyValue; 3];

    fn left_out(request: &Request<Body>) -> Self::Attributes {
        let (host, port) = host(request);
        [
            KeyValue::new("server.address", host.to_owned()),
            KeyValue::new("server.port", i64::from(port)),
            KeyValue::new("network.protocol.version", "1.1"),
        ]
    }

    fn set(attributes: Self::Attributes) {
        opentelemetry::Context::current().span().set_attributes(attributes);
    }

    fn traceparent() -> Option<String> {
        let current = opentelemetry::Context::current();
        let span = current.span().span_context().clone();
        let flags = span.trace_flags().to_u8();
        Some(format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id()))
    }
}

fn host(request: &Request<Body>) -> (&str, u16) {
    let text = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(80)),
        None => (text, 80),
    }
}

/// The router with what goes inside of the peer's layer.
pub fn with<P: Peer>(router: Router) -> Router {
    router.layer(CatchPanicLayer::new()).layer(Duties::<P>(PhantomData))
}

struct Duties<P>(PhantomData<P>);

impl<P> Clone for Duties<P> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<P, S> Layer<S> for Duties<P> {
    type Service = Dutiful<P, S>;

    fn layer(&self, inner: S) -> Dutiful<P, S> {
        Dutiful(inner, PhantomData)
    }
}

struct Dutiful<P, S>(S, PhantomData<P>);

impl<P, S: Clone> Clone for Dutiful<P, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<P: Peer, S: Service<Request<Body>, Response = Response<Body>>> Service<Request<Body>>
    for Dutiful<P, S>
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = DutifulFuture<P, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let attributes = Some(P::left_out(&request));
        DutifulFuture { inner: self.0.call(request), attributes }
    }
}

pin_project_lite::pin_project! {
    struct DutifulFuture<P: Peer, F> {
        #[pin]
        inner: F,
        attributes: Option<P::Attributes>,
    }
}

impl<P: Peer, F: Future<Output = Result<Response<Body>, E>>, E> Future for DutifulFuture<P, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(attributes) = this.attributes.take() {
            P::set(attributes);
        }
        this.inner.poll(context).map_ok(|mut response| {
            if let Some(traceparent) = P::traceparent() {
                say(response.headers_mut(), &traceparent);
            }
            response
        })
    }
}

fn say(headers: &mut HeaderMap, traceparent: &str) {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
    if let Some(Ok(id)) = traceparent.get(3..35).map(HeaderValue::from_str) {
        headers.entry(REQUEST_ID).or_insert(id);
    }
    if let Ok(timing) = HeaderValue::try_from(format!("traceparent;desc=\"{traceparent}\"")) {
        headers.append(SERVER_TIMING, timing);
    }
}
