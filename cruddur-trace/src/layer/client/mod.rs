//! The layer for outgoing requests: a CLIENT span for each, and context for the hosts that are named.
//!
//! It goes around any Tower service that sends `http::Request`s, such as a hyper client or a tonic
//! channel, and with the feature `reqwest` around a `reqwest::Client`. Inside of a retrying layer
//! every attempt is a span of its own. The span ends with the headers of the response: what reads
//! the body is the caller's code, in the caller's span.
//!
//! Conventions: OpenTelemetry's for HTTP clients (stable, 1.42, read 2026-11).

mod future;
mod hosts;
mod message;
#[cfg(feature = "reqwest")]
mod reqwest;

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

pub use future::ClientFuture;
use hosts::Hosts;
pub use message::{IncomingResponse, OutgoingRequest, ResendCount};
#[cfg(feature = "reqwest")]
pub use reqwest::SendObserved;

static DEFAULT_HOSTS: OnceLock<Hosts> = OnceLock::new();

/// Makes these hosts of all layers, whenever they were made (`CRUDDUR_PROPAGATE_TO`); only the first
/// call counts.
#[cfg_attr(not(feature = "_pipeline"), allow(dead_code))]
pub(crate) fn install_hosts(hosts: impl IntoIterator<Item = String>) -> bool {
    DEFAULT_HOSTS.set(Hosts::default().with(hosts)).is_ok()
}

/// Makes every outgoing request a CLIENT span, and sends context to the hosts that are named.
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use cruddur_trace::layer::ClientLayer;
/// use tower_layer::Layer as _;
///
/// let client = ClientLayer::new()
///     .propagate_to(["notifier.internal", "localhost:4569"])
///     .layer(reqwest::Client::new());
/// # let _ = client;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ClientLayer {
    hosts: Arc<Hosts>,
}

impl Default for ClientLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientLayer {
    /// Context goes to the hosts of `CRUDDUR_PROPAGATE_TO`, or to none. That is read with each
    /// request, so it does not matter whether the telemetry is started before or after.
    #[must_use]
    pub fn new() -> Self {
        Self { hosts: Arc::default() }
    }

    /// Sends context to these hosts as well: `api.example.com`, `*.internal` for all below a domain,
    /// with a port or for all ports.
    #[must_use]
    pub fn propagate_to<H: Into<String>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        let hosts = Hosts::clone(&self.hosts).with(hosts.into_iter().map(Into::into));
        Self { hosts: Arc::new(hosts) }
    }
}

/// Whether context may go there, by code or by environment.
fn may_know(hosts: &Hosts, host: &str, port: Option<u16>) -> bool {
    hosts.contains(host, port) || DEFAULT_HOSTS.get().is_some_and(|it| it.contains(host, port))
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService { inner, hosts: Arc::clone(&self.hosts) }
    }
}

/// What [`ClientLayer`] makes of a client.
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    hosts: Arc<Hosts>,
}

impl<S, Q> Service<Q> for ClientService<S>
where
    S: Service<Q> + Clone,
    S::Response: IncomingResponse,
    S::Error: std::fmt::Display + std::fmt::Debug + 'static,
    Q: OutgoingRequest,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ClientFuture<S, Q>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Q) -> ClientFuture<S, Q> {
        // The one that is ready makes the call, inside of the span.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        ClientFuture::new(ready, request, Arc::clone(&self.hosts))
    }
}

#[cfg(test)]
mod tests;
