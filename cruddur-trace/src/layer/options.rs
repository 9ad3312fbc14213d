//! The layer and its settings.

use std::fmt;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response};
use ipnet::IpNet;
use tower_layer::Layer;

use super::metrics::HttpMetrics;
use super::panic_response::Panicked;
use super::service::ObserveService;
use crate::propagation::Propagators;
use crate::span::Collector;

use super::headers::CapturedHeader;
pub use super::settings::RequestHead;
pub(crate) use super::settings::Settings;
use super::settings::{REQUEST, RESPONSE, captured};

/// One layer for all of a request's work: context, span, request id, panics, response headers,
/// metrics. Put it on the router; nothing else has to be in a certain order.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
/// use cruddur_trace::ObserveLayer;
///
/// let app: Router = Router::new()
///     .route("/api/users/{id}", get(|| async { "hello" }))
///     .layer(ObserveLayer::new().exclude_paths(["/health"]));
/// # }
/// ```
///
/// # Where it stands
///
/// On a router (`Router::layer`) it knows the route of every request (axum's `MatchedPath`) and sees
/// those that match none as well. With `Router::route_layer` it sees only those that match; so it does
/// on a router that is merged into another one later, which answers what matches nowhere, unless it
/// has a fallback of its own. Around a router it learns the route from a
/// [`RouteLayer`](super::RouteLayer) inside, or from [`crate::set_route`].
///
/// Among other layers it observes what is inside of it. So put it outermost, last on a router and
/// first in a `ServiceBuilder`: then the span has all of the time, and the status that the client
/// gets. A timeout outside of it is seen as a request that was cancelled; one inside as its 408 or
/// 504. A layer inside that answers panics itself leaves a plain 500.
///
/// Of two on the way of one request the outer one observes it, and the inner one passes it on and
/// says its route. A request that a handler makes of another router is one of its own if it carries
/// the handler's context ([`crate::inject`], [`ClientLayer`](super::ClientLayer)).
#[derive(Clone, Debug, Default)]
pub struct ObserveLayer {
    settings: Arc<Settings>,
}

/// What a list of networks may be.
pub(crate) const NETWORKS: &str = "networks such as 10.0.0.0/8, or addresses, with commas between";

/// A setting of the layer is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork {
    text: String,
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no network, expected {NETWORKS}", self.text)
    }
}

impl std::error::Error for InvalidNetwork {}

/// A network in CIDR notation, or an address.
pub(crate) fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let one = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(one).ok_or_else(|| InvalidNetwork { text: text.to_owned() })
}

impl ObserveLayer {
    /// The layer with the usual settings. What the environment says
    /// (`OTEL_INSTRUMENTATION_HTTP_*`, `CRUDDUR_EXCLUDED_PATHS` and so on) is added once there is a
    /// telemetry, whether that is started before or after the layer is made.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        Settings::change(&mut self.settings, change);
        self
    }

    /// For services that strangers call: every request starts a trace of its own, linked to the
    /// caller's, so that nobody outside forces or suppresses what is recorded; their baggage is
    /// dropped. Off by default.
    #[must_use]
    pub fn public_endpoint(self) -> Self {
        self.with(|settings| settings.is_public = true)
    }

    /// Other formats than the process's own (`OTEL_PROPAGATORS`).
    #[must_use]
    pub fn propagators(self, propagators: Propagators) -> Self {
        self.with(|settings| settings.propagators = Some(propagators))
    }

    /// Requests for which `filter` says no get no span and count in no metric; their context is
    /// still passed on, and a panic still becomes a 500. A filter that panics says yes.
    #[must_use]
    pub fn filter<F>(self, filter: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.with(|settings| settings.filter = Some(Arc::new(filter)))
    }

    /// The same for requests to these paths, such as those of health checks; one that ends in `*`
    /// stands for all that begin so.
    #[must_use]
    pub fn exclude_paths<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        self.with(|settings| settings.excluded_paths.extend(paths.into_iter().map(Into::into)))
    }

    /// Believes `Forwarded`, `X-Forwarded-For`, `-Proto` and `-Host` of peers in these networks.
    /// Nobody is believed by default: anybody can send these headers.
    ///
    /// # Errors
    ///
    /// If one of them is no network in CIDR notation and no address.
    pub fn trust_proxies<'a>(
        self,
        networks: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidNetwork> {
        let networks = networks.into_iter().map(parse_network).collect::<Result<Vec<_>, _>>()?;
        Ok(self.with(|settings| settings.trusted.extend(networks)))
    }

    /// Records these request headers (`http.request.header.*`), secrets masked. None by default.
    #[must_use]
    pub fn capture_request_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| {
            let sanitized = &settings.sanitized;
            settings.request_headers.extend(captured(names, REQUEST, sanitized));
        })
    }

    /// Records these response headers (`http.response.header.*`), secrets masked. None by default.
    #[must_use]
    pub fn capture_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| {
            let sanitized = &settings.sanitized;
            settings.response_headers.extend(captured(names, RESPONSE, sanitized));
        })
    }

    /// Masks recorded headers whose names contain one of these, beyond those that the scrubber
    /// knows (`authorization`, `cookie` and their likes).
    #[must_use]
    pub fn mask_headers<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(|settings| {
            settings.sanitized.extend(names.into_iter().map(Into::into));
            let again = |headers: &[CapturedHeader], prefix: &str, sanitized: &[String]| {
                captured(headers.iter().map(|it| it.name().clone()), prefix, sanitized)
            };
            let sanitized = &settings.sanitized;
            settings.request_headers = again(&settings.request_headers, REQUEST, sanitized);
            settings.response_headers = again(&settings.response_headers, RESPONSE, sanitized);
        })
    }

    /// The header that carries the request's id, in and out; `None` for no such header. Default
    /// `x-request-id`. Without a caller's id the trace's is taken.
    #[must_use]
    pub fn request_id_header(self, name: Option<HeaderName>) -> Self {
        self.with(|settings| settings.request_id = name)
    }

    /// Whether responses say their trace: `Server-Timing: traceparent;desc="00-…"`, which browser
    /// tools read. Default: yes.
    #[must_use]
    pub fn server_timing(self, on: bool) -> Self {
        self.with(|settings| settings.server_timing = on)
    }

    /// Whether responses to requests with `X-Amzn-Trace-Id` carry one as well. Default: yes.
    #[must_use]
    pub fn xray_response(self, on: bool) -> Self {
        self.with(|settings| settings.xray_response = on)
    }

    /// Lets pages of this origin (or `*`) read what responses say of their trace
    /// (`Access-Control-Expose-Headers`) and their timing (`Timing-Allow-Origin`). Nobody may by default.
    #[must_use]
    pub fn expose_to(self, origin: HeaderValue) -> Self {
        self.with(|settings| settings.exposed_to = Some(origin))
    }

    /// Answers panics in another way than with a 500 that says the request's id.
    #[must_use]
    pub fn panic_answer<F>(self, answer: F) -> Self
    where
        F: Fn(&Panicked) -> Response<Vec<u8>> + Send + Sync + 'static,
    {
        self.with(|settings| settings.panic_answer = Some(Arc::new(answer)))
    }

    /// The scheme of requests that don't say it, as HTTP/1.1 never does. Default `http`; a server
    /// that ends TLS itself says `https`.
    #[must_use]
    pub fn scheme(self, scheme: &'static str) -> Self {
        self.with(|settings| settings.scheme = scheme)
    }

    /// Whether streams without an end of their own (`text/event-stream`, upgrades) count in
    /// `http.server.request.duration`. Default: no.
    #[must_use]
    pub fn streams_in_duration(self, on: bool) -> Self {
        self.with(|settings| settings.streams_in_duration = on)
    }

    /// Gives spans to this collector, which decides on sampling as well, and not to the process's
    /// own: for tests, with [`Capture::collector`](crate::testing::Capture::collector).
    #[must_use]
    pub fn collect_into(self, collector: Arc<dyn Collector>) -> Self {
        self.with(|settings| settings.collector = Some(collector))
    }

    /// Counts into these metrics and not into the process's own, for tests and for services that
    /// send them in another way.
    #[must_use]
    pub fn record_into(self, metrics: Arc<HttpMetrics>) -> Self {
        self.with(|settings| settings.metrics = Some(metrics))
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = ObserveService<S>;

    fn layer(&self, inner: S) -> ObserveService<S> {
        ObserveService::new(inner, Arc::clone(&self.settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_checked() {
        let layer = ObserveLayer::new().trust_proxies(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
        assert_eq!(layer.expect("valid").settings.trusted.len(), 3);
        let error = ObserveLayer::new().trust_proxies(["10.0.0.0/40"]).expect_err("no network");
        assert!(error.to_string().contains("10.0.0.0/40"));
    }
}
