//! The layer and its settings.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri};
use ipnet::IpNet;
use tower_layer::Layer;

use super::headers::CapturedHeader;
use super::method::Methods;
use super::metrics::HttpMetrics;
use super::panic_response::{PanicAnswer, Panicked};
use super::service::ObserveService;
use crate::propagation::Propagators;
use crate::span::Collector;

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
/// On a router it knows the route of every request (axum's `MatchedPath`); around one it does not,
/// unless code inside says it ([`crate::set_route`]).
#[derive(Clone, Debug, Default)]
pub struct ObserveLayer {
    settings: Arc<Settings>,
}

/// What a filter sees of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// E.g. `GET`.
    pub method: &'a Method,
    /// As it came: with the path and the query, and in HTTP/2 with scheme and host.
    pub uri: &'a Uri,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// What the server and the router attached.
    pub extensions: &'a Extensions,
}

type Filter = Arc<dyn Fn(&RequestHead<'_>) -> bool + Send + Sync>;

/// A setting of the layer is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork {
    text: String,
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no network, expected an address such as 10.0.0.0/8", self.text)
    }
}

impl std::error::Error for InvalidNetwork {}

/// What the environment says of every layer of the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpDefaults {
    /// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`; empty is the standard list.
    pub(crate) known_methods: Vec<String>,
    /// `OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST`.
    pub(crate) request_headers: Vec<String>,
    /// `OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE`.
    pub(crate) response_headers: Vec<String>,
    /// `OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS`.
    pub(crate) sanitized: Vec<String>,
    /// `CRUDDUR_EXCLUDED_PATHS`.
    pub(crate) excluded_paths: Vec<String>,
    /// `CRUDDUR_TRUSTED_PROXIES`.
    pub(crate) trusted: Vec<IpNet>,
    /// `CRUDDUR_PUBLIC_ENDPOINT`.
    pub(crate) is_public: bool,
}

static DEFAULTS: OnceLock<HttpDefaults> = OnceLock::new();

/// Makes these the defaults of layers that are made from now on; only the first call counts.
pub(crate) fn install_defaults(defaults: HttpDefaults) -> bool {
    DEFAULTS.set(defaults).is_ok()
}

#[derive(Clone)]
pub(crate) struct Settings {
    /// `None`: the process's own.
    pub(crate) propagators: Option<Propagators>,
    pub(crate) is_public: bool,
    pub(crate) methods: Methods,
    filter: Option<Filter>,
    excluded_paths: Vec<String>,
    pub(crate) trusted: Vec<IpNet>,
    pub(crate) request_headers: Vec<CapturedHeader>,
    pub(crate) response_headers: Vec<CapturedHeader>,
    sanitized: Vec<String>,
    pub(crate) request_id: Option<HeaderName>,
    pub(crate) server_timing: bool,
    pub(crate) xray_response: bool,
    pub(crate) exposed_to: Option<HeaderValue>,
    pub(crate) panic_answer: Option<PanicAnswer>,
    pub(crate) scheme: &'static str,
    pub(crate) streams_in_duration: bool,
    /// `None`: the process's own.
    pub(crate) collector: Option<Arc<dyn Collector>>,
    /// `None`: the process's own, if somebody reads them.
    pub(crate) metrics: Option<Arc<HttpMetrics>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        let defaults = DEFAULTS.get().cloned().unwrap_or_default();
        let methods = match defaults.known_methods.is_empty() {
            true => Methods::default(),
            false => Methods::new(defaults.known_methods),
        };
        let sanitized = defaults.sanitized;
        let names = |names: Vec<String>| names.into_iter().filter_map(|it| it.parse().ok());
        Self {
            propagators: None,
            is_public: defaults.is_public,
            methods,
            filter: None,
            excluded_paths: defaults.excluded_paths,
            trusted: defaults.trusted,
            request_headers: captured(names(defaults.request_headers), REQUEST, &sanitized),
            response_headers: captured(names(defaults.response_headers), RESPONSE, &sanitized),
            sanitized,
            request_id: Some(HeaderName::from_static("x-request-id")),
            server_timing: true,
            xray_response: true,
            exposed_to: None,
            panic_answer: None,
            scheme: "http",
            streams_in_duration: false,
            collector: None,
            metrics: None,
        }
    }
}

const REQUEST: &str = "http.request.header.";
const RESPONSE: &str = "http.response.header.";

fn captured(
    names: impl IntoIterator<Item = HeaderName>,
    prefix: &str,
    sanitized: &[String],
) -> Vec<CapturedHeader> {
    names.into_iter().map(|name| CapturedHeader::new(&name, prefix, sanitized)).collect()
}

impl Settings {
    /// Whether a request gets a span and counts in the metrics.
    pub(crate) fn observes(&self, head: &RequestHead<'_>) -> bool {
        let path = head.uri.path();
        !self.excluded_paths.iter().any(|excluded| is_at(path, excluded))
            && self.filter.as_ref().is_none_or(|filter| filter(head))
    }

    pub(crate) fn propagators(&self) -> Propagators {
        self.propagators.unwrap_or_else(crate::remote::propagators)
    }
}

/// Whether `path` is this one, or begins with it where it ends in `*`.
fn is_at(path: &str, excluded: &str) -> bool {
    match excluded.strip_suffix('*') {
        Some(above) => path.starts_with(above),
        None => path == excluded,
    }
}

/// A network in CIDR notation, or an address.
pub(crate) fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let one = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(one).ok_or_else(|| InvalidNetwork { text: text.to_owned() })
}

impl ObserveLayer {
    /// The layer with the usual settings, and with those of the environment
    /// (`OTEL_INSTRUMENTATION_HTTP_*`) if a telemetry was started before.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
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
    /// still passed on, and a panic still becomes a 500.
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
    /// (`Access-Control-Expose-Headers`) and their timing (`Timing-Allow-Origin`).
    #[must_use]
    pub fn expose_to(self, origin: HeaderValue) -> Self {
        self.with(|settings| settings.exposed_to = Some(origin))
    }

    /// Answers panics in another way than with a 500 that says the request's id.
    #[must_use]
    pub fn panic_answer<F>(self, answer: F) -> Self
    where
        F: Fn(&Panicked) -> http::Response<Vec<u8>> + Send + Sync + 'static,
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
    fn paths_are_excluded_exactly_or_with_all_below() {
        assert!(is_at("/health", "/health"));
        assert!(!is_at("/health/x", "/health"));
        assert!(is_at("/internal/x", "/internal/*"));
        assert!(!is_at("/internals", "/internal/*"));
    }

    #[test]
    fn a_network_is_checked() {
        let layer = ObserveLayer::new().trust_proxies(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
        assert_eq!(layer.expect("valid").settings.trusted.len(), 3);
        let error = ObserveLayer::new().trust_proxies(["10.0.0.0/40"]).expect_err("no network");
        assert!(error.to_string().contains("10.0.0.0/40"));
    }
}
