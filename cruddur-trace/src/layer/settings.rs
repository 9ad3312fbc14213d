//! What a layer does, as code and environment have it.
//!
//! A layer may be made before there is a telemetry (routers often are), so what the environment says
//! is read with the first request after that, and not when the layer is made.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri};
use ipnet::IpNet;

use super::headers::CapturedHeader;
use super::method::Methods;
use super::metrics::HttpMetrics;
use super::panic_response::PanicAnswer;
use super::route::RouteWatch;
use crate::propagation::Propagators;
use crate::span::Collector;

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

/// Makes these the defaults of all layers, whenever they were made; only the first call counts.
pub(crate) fn install_defaults(defaults: HttpDefaults) -> bool {
    DEFAULTS.set(defaults).is_ok()
}

#[derive(Clone)]
pub(crate) struct Settings {
    /// `None`: the process's own.
    pub(crate) propagators: Option<Propagators>,
    pub(crate) is_public: bool,
    pub(crate) methods: Methods,
    pub(super) filter: Option<Filter>,
    pub(super) excluded_paths: Vec<String>,
    pub(crate) trusted: Vec<IpNet>,
    pub(crate) request_headers: Vec<CapturedHeader>,
    pub(crate) response_headers: Vec<CapturedHeader>,
    pub(super) sanitized: Vec<String>,
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
    pub(crate) routes: Arc<RouteWatch>,
    /// The same with what the environment adds, once that is known.
    merged: OnceLock<Arc<Self>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            propagators: None,
            is_public: false,
            methods: Methods::default(),
            filter: None,
            excluded_paths: Vec::new(),
            trusted: Vec::new(),
            request_headers: Vec::new(),
            response_headers: Vec::new(),
            sanitized: Vec::new(),
            request_id: Some(HeaderName::from_static("x-request-id")),
            server_timing: true,
            xray_response: true,
            exposed_to: None,
            panic_answer: None,
            scheme: "http",
            streams_in_duration: false,
            collector: None,
            metrics: None,
            routes: Arc::default(),
            merged: OnceLock::new(),
        }
    }
}

pub(super) const REQUEST: &str = "http.request.header.";
pub(super) const RESPONSE: &str = "http.response.header.";

pub(super) fn captured(
    names: impl IntoIterator<Item = HeaderName>,
    prefix: &str,
    sanitized: &[String],
) -> Vec<CapturedHeader> {
    names.into_iter().map(|name| CapturedHeader::new(&name, prefix, sanitized)).collect()
}

impl Settings {
    /// Changes what code says. A layer that was cloned before keeps what it had.
    pub(super) fn change(this: &mut Arc<Self>, change: impl FnOnce(&mut Self)) {
        let settings = Arc::make_mut(this);
        settings.merged = OnceLock::new();
        change(settings);
    }

    /// As they are for a request that comes now: with the environment's, once there are any.
    #[inline]
    pub(crate) fn now(this: &Arc<Self>) -> &Arc<Self> {
        match this.merged.get() {
            Some(merged) => merged,
            None => Self::merge(this),
        }
    }

    #[cold]
    fn merge(this: &Arc<Self>) -> &Arc<Self> {
        match DEFAULTS.get() {
            Some(defaults) => this.merged.get_or_init(|| Arc::new(this.with_defaults(defaults))),
            None => this,
        }
    }

    /// What code says, and what the environment says beside it.
    fn with_defaults(&self, defaults: &HttpDefaults) -> Self {
        let mut settings = self.clone();
        settings.merged = OnceLock::new();
        settings.is_public |= defaults.is_public;
        if !defaults.known_methods.is_empty() {
            settings.methods = Methods::new(defaults.known_methods.iter().cloned());
        }
        settings.excluded_paths.extend(defaults.excluded_paths.iter().cloned());
        settings.trusted.extend(defaults.trusted.iter().copied());
        settings.sanitized.extend(defaults.sanitized.iter().cloned());
        let names = |known: &[CapturedHeader], listed: &[String]| {
            let mut names: Vec<HeaderName> = known.iter().map(|it| it.name().clone()).collect();
            for name in listed.iter().filter_map(|it| it.parse().ok()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let request = names(&self.request_headers, &defaults.request_headers);
        let response = names(&self.response_headers, &defaults.response_headers);
        settings.request_headers = captured(request, REQUEST, &settings.sanitized);
        settings.response_headers = captured(response, RESPONSE, &settings.sanitized);
        settings
    }

    /// Whether a request gets a span and counts in the metrics.
    pub(crate) fn observes(&self, head: &RequestHead<'_>) -> bool {
        let path = head.uri.path();
        !self.excluded_paths.iter().any(|excluded| is_at(path, excluded))
            && self.filter.as_ref().is_none_or(|filter| {
                // Code of the user's: should it panic, the request is served all the same.
                catch_unwind(AssertUnwindSafe(|| filter(head))).unwrap_or(true)
            })
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
    fn the_environment_adds_to_what_code_says() {
        let code = Settings {
            excluded_paths: vec!["/health".to_owned()],
            request_headers: captured([http::header::ACCEPT], REQUEST, &[]),
            ..Settings::default()
        };
        let merged = code.with_defaults(&HttpDefaults {
            known_methods: vec!["PURGE".to_owned()],
            request_headers: vec!["x-plan".to_owned(), "accept".to_owned()],
            response_headers: vec!["content-type".to_owned()],
            sanitized: vec!["plan".to_owned()],
            excluded_paths: vec!["/ready".to_owned()],
            trusted: vec!["10.0.0.0/8".parse().expect("valid")],
            is_public: true,
        });
        assert!(merged.is_public);
        assert_eq!(merged.excluded_paths, ["/health", "/ready"]);
        assert_eq!((merged.methods.name("PURGE"), merged.methods.name("GET")), ("PURGE", "_OTHER"));
        assert_eq!(merged.trusted.len(), 1);
        let names: Vec<_> = merged.request_headers.iter().map(|it| it.name().as_str()).collect();
        assert_eq!(names, ["accept", "x-plan"]);
        assert_eq!(merged.response_headers.len(), 1);
        // Nothing said by the environment changes nothing.
        let same = code.with_defaults(&HttpDefaults::default());
        assert_eq!((same.is_public, same.methods.name("GET")), (false, "GET"));
    }
}
