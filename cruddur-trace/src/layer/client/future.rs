//! The future of an outgoing request, inside of its span.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tower_service::Service;

use super::hosts::{Hosts, without_brackets};
use super::{IncomingResponse, OutgoingRequest};
use crate::errors::scrubber;
use crate::layer::method::{self, Methods, OTHER};
use crate::layer::semconv::protocol_version;
use crate::propagation::Field as Header;
use crate::record::{Callsite, SpanKind, Status, Usage};
use crate::span::{Ending, Observed, StartKind, StaticCallsite, observed};

static CLIENT: Callsite =
    Callsite::new("HTTP", "cruddur_trace::layer::client", "cruddur_trace::layer", file!(), line!())
        .with_kind(SpanKind::Client);

#[derive(Clone, Copy, Debug)]
struct ClientCallsite;

impl StaticCallsite for ClientCallsite {
    const CALLSITE: &'static Callsite = &CLIENT;
}

type EndOf<S, Q> = fn(&Result<<S as Service<Q>>::Response, <S as Service<Q>>::Error>, &mut Ending);

pin_project! {
    /// Sends a request inside of a CLIENT span and gives the response.
    #[must_use = "futures do nothing unless polled"]
    pub struct ClientFuture<S, Q>
    where
        S: Service<Q>,
    {
        #[pin]
        inner: Observed<ClientCallsite, Calling<S, Q, S::Future>, EndOf<S, Q>>,
    }
}

pin_project! {
    struct Calling<S, Q, F> {
        // Until the first poll, which is inside of the span.
        waiting: Option<(S, Q, Arc<Hosts>)>,
        #[pin]
        running: Option<F>,
    }
}

impl<S: Service<Q>, Q> fmt::Debug for ClientFuture<S, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientFuture").finish_non_exhaustive()
    }
}

impl<S, Q> ClientFuture<S, Q>
where
    S: Service<Q>,
    S::Response: IncomingResponse,
    S::Error: fmt::Display + fmt::Debug + 'static,
    Q: OutgoingRequest,
{
    pub(super) fn new(service: S, request: Q, hosts: Arc<Hosts>) -> Self {
        let calling = Calling { waiting: Some((service, request, hosts)), running: None };
        let end: EndOf<S, Q> = end_of::<S::Response, S::Error>;
        Self { inner: observed(ClientCallsite, StartKind::Child, calling, end) }
    }
}

impl<S, Q> Future for ClientFuture<S, Q>
where
    S: Service<Q>,
    S::Response: IncomingResponse,
    S::Error: fmt::Display + fmt::Debug + 'static,
    Q: OutgoingRequest,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(context)
    }
}

impl<S, Q> Future for Calling<S, Q, S::Future>
where
    S: Service<Q>,
    S::Response: IncomingResponse,
    Q: OutgoingRequest,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some((mut service, mut request, hosts)) = this.waiting.take() {
            describe(&request);
            pass_on(&mut request, &hosts);
            this.running.set(Some(service.call(request)));
        }
        let Some(running) = this.running.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = running.poll(context);
        if let Poll::Ready(Ok(response)) = &polled {
            describe_response(response);
        }
        polled
    }
}

/// Context for a host that may know; none of an earlier hop's for the others.
fn pass_on(request: &mut impl OutgoingRequest, hosts: &Hosts) {
    let port = request.port();
    if request.host().is_some_and(|host| super::may_know(hosts, host, port)) {
        crate::inject(request.headers_mut());
    } else {
        let headers = request.headers_mut();
        for field in Header::ALL {
            http::HeaderMap::remove(headers, field.as_str());
        }
    }
}

fn describe(request: &impl OutgoingRequest) {
    if !crate::span::is_recording() {
        return;
    }
    let set = |key, text: &str| crate::span::set_field(key, text, Usage::Default);
    let method = Methods::standard_name(request.method());
    crate::set_name(method::span_name(method));
    set("http.request.method", method);
    if method == OTHER {
        set("http.request.method_original", request.method());
    }
    if let Some(host) = request.host() {
        set("server.address", without_brackets(host));
    }
    if let Some(port) = request.port() {
        crate::span::set_field("server.port", &port, Usage::Default);
    }
    set("url.full", &scrubber().url(&request.url()));
    if let Some(count) = request.resend_count() {
        crate::span::set_field("http.request.resend_count", &count, Usage::Default);
    }
}

fn describe_response(response: &impl IncomingResponse) {
    if !crate::span::is_recording() {
        return;
    }
    let status = response.status();
    crate::span::set_field("http.response.status_code", &status.as_u16(), Usage::Default);
    if let Some(version) = protocol_version(response.version()) {
        crate::span::set_field("network.protocol.version", version, Usage::Default);
    }
    if let Some(code) = response.grpc_status() {
        crate::span::set_field("rpc.system", "grpc", Usage::Default);
        crate::span::set_field("rpc.grpc.status_code", &code, Usage::Default);
        if code != 0 {
            crate::span::set_field("error.type", code.to_string().as_str(), Usage::Default);
            crate::set_status(Status::Error { message: Cow::Borrowed("") });
        }
    }
    // For a client a 4xx is an error as well.
    if status.is_client_error() || status.is_server_error() {
        crate::span::set_field("error.type", status.as_str(), Usage::Default);
        crate::set_status(Status::Error { message: Cow::Borrowed("") });
    }
}

fn end_of<R, E: fmt::Display + fmt::Debug + 'static>(result: &Result<R, E>, ending: &mut Ending) {
    if let Err(error) = result {
        let chain = crate::layer::answer::chain_of(error);
        ending.field("error.type", &*chain.class, Usage::Default);
        ending.error_chain(chain);
    }
}
