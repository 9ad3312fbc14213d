//! The completion of a request: it fires once, however the request ends.
//!
//! It owns the request's root span, and whatever is to be said at the end: so nothing can end
//! without it, and nothing twice. [`super::begin`] makes it; [`super::answer`] turns what the
//! service gave into the response.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::answer::class_of;
use super::failure;
use super::method;
use super::metrics::{self, Finished, SeriesKey};
use super::options::Settings;
use super::response::XrayAnswer;
use super::route::{Matched, Route};
use super::semconv;
use crate::errors;
use crate::record::{ErrorChain, Outcome, Status};
use crate::span::{Root, Scope};

/// How a request ends.
#[derive(Debug)]
pub(crate) enum End<'a> {
    /// The whole response was given.
    Ok,
    /// The service gave an error in place of a response.
    ServiceError(ErrorChain),
    /// The handler or the body panicked with this payload.
    Panic(&'a (dyn Any + Send)),
    /// The handler was dropped: the client went away, or something outside timed out.
    Cancelled,
    /// The body gave an error.
    BodyError(&'a (dyn Error + 'static)),
    /// The body was dropped before its end.
    BodyDropped,
}

/// What is kept of a request until its end.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) matched: Matched,
    pub(crate) method: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) version: http::Version,
    /// Bytes of the request's body, as far as its headers say.
    pub(crate) request_bytes: Option<u64>,
    pub(crate) xray: XrayAnswer,
    /// Whether the metrics count it.
    pub(crate) is_counted: bool,
    pub(crate) is_observed: bool,
    pub(crate) is_grpc: bool,
    pub(crate) is_head: bool,
    pub(crate) is_exposed: bool,
    pub(crate) accept: Option<HeaderValue>,
}

/// A request that has not ended yet.
#[derive(Debug)]
pub(crate) struct Completion {
    /// `None` once it has fired.
    pub(super) root: Option<Root>,
    pub(super) settings: Arc<Settings>,
    pub(super) facts: Facts,
    pub(super) status: Option<StatusCode>,
    pub(super) grpc_status: Option<i64>,
    /// Bytes of the body that were given.
    pub(super) body_bytes: u64,
    /// Bytes of the body that are still to come, where their number is known.
    pub(super) left: Option<u64>,
    pub(super) is_stream: bool,
    /// Where it panicked, as far as the panic hook knows.
    panic_place: Option<(&'static str, u32)>,
    /// Whether the failure has been told of.
    is_told: bool,
}

impl Completion {
    pub(crate) const fn new(root: Root, settings: Arc<Settings>, facts: Facts) -> Self {
        Self {
            root: Some(root),
            settings,
            facts,
            status: None,
            grpc_status: None,
            body_bytes: 0,
            left: None,
            is_stream: false,
            panic_place: None,
            is_told: false,
        }
    }

    /// Runs `run` inside of the request's span.
    #[inline]
    pub(crate) fn enter<T>(&mut self, run: impl FnOnce() -> T) -> T {
        match &mut self.root {
            Some(root) => root.enter(run),
            None => run(),
        }
    }

    /// Bytes of the body were given.
    pub(crate) fn sent(&mut self, bytes: u64) {
        self.body_bytes += bytes;
        self.left = self.left.map(|left| left.saturating_sub(bytes));
    }

    /// Whether trailers follow the last data: gRPC has its status there.
    pub(crate) const fn has_trailers(&self) -> bool {
        self.facts.is_grpc
    }

    /// Trailers were given.
    pub(crate) fn trailers(&mut self, trailers: &HeaderMap) {
        self.grpc_status = self.grpc_status.or_else(|| semconv::grpc_status(trailers));
    }

    /// Ends everything. The second time it does nothing.
    pub(crate) fn fire(&mut self, end: End<'_>) {
        let Some(mut root) = self.root.take() else { return };
        let payload = if let End::Panic(payload) = end { Some(payload) } else { None };
        let (error_type, outcome, error) = self.judge(end);
        if error.is_some() && !self.is_told {
            // The report asks the root for what the handler left on its way out.
            self.root = Some(root);
            self.tell(payload, error.as_ref());
            let Some(told) = self.root.take() else { return };
            root = told;
        }
        let said = root.known_scope().and_then(Scope::route);
        let route = match &said {
            Some(said) => Route::Said(said),
            None => Route::Matched(&self.facts.matched),
        };
        if self.facts.is_observed {
            self.settings.routes.note(route.as_str(), self.status);
        }
        self.count(&root, route.as_str(), error_type.as_deref());
        if root.is_recording() {
            self.describe_end(&mut root, route.as_str(), error_type.as_deref());
            if let Some(error) = error {
                root.record_error(error);
            }
            if matches!(outcome, Outcome::Error | Outcome::Panic) {
                root.set_status(Status::Error { message: Cow::Borrowed("") });
            }
        }
        root.end(outcome);
    }

    /// What `error.type` is, how the span ends, and the error that is recorded on it.
    fn judge(&self, end: End<'_>) -> (Option<Cow<'static, str>>, Outcome, Option<ErrorChain>) {
        match end {
            End::Ok => match self.failed_status() {
                Some(error_type) => (Some(error_type), Outcome::Error, None),
                None => (None, Outcome::Ok, None),
            },
            End::ServiceError(chain) => (Some(chain.class.clone()), Outcome::Error, Some(chain)),
            End::Panic(payload) => {
                let place = self.panic_place;
                let message = errors::message(payload);
                let class = Cow::Borrowed("panic");
                let chain =
                    ErrorChain { class, message, is_panic: true, place, ..ErrorChain::default() };
                (Some(Cow::Borrowed("panic")), Outcome::Panic, Some(chain))
            }
            End::Cancelled => (Some(Cow::Borrowed("cancelled")), Outcome::Cancelled, None),
            End::BodyDropped => (Some(Cow::Borrowed("body_dropped")), Outcome::Cancelled, None),
            End::BodyError(error) => {
                let chain =
                    ErrorChain { class: class_of(&error), ..crate::span::chain_of("", error) };
                (Some(chain.class.clone()), Outcome::Error, Some(chain))
            }
        }
    }

    /// The status as `error.type`, if it is the server's fault.
    fn failed_status(&self) -> Option<Cow<'static, str>> {
        if let Some(status) = self.grpc_status.filter(|status| semconv::is_grpc_fault(*status)) {
            return Some(Cow::Owned(status.to_string()));
        }
        let status = self.status.filter(StatusCode::is_server_error)?;
        Some(match status {
            StatusCode::INTERNAL_SERVER_ERROR => Cow::Borrowed("500"),
            StatusCode::BAD_GATEWAY => Cow::Borrowed("502"),
            StatusCode::SERVICE_UNAVAILABLE => Cow::Borrowed("503"),
            StatusCode::GATEWAY_TIMEOUT => Cow::Borrowed("504"),
            other => Cow::Owned(other.as_str().to_owned()),
        })
    }

    /// Counts the request, which ends.
    fn count(&self, root: &Root, route: Option<&str>, error_type: Option<&str>) {
        if !self.facts.is_counted {
            return;
        }
        let Some(metrics) = metrics::of(&self.settings) else { return };
        let is_timed = !self.is_stream || self.settings.streams_in_duration;
        let labels = root.known_scope().map_or_else(Vec::new, Scope::metric_labels);
        metrics.end(&Finished {
            key: SeriesKey {
                method: self.facts.method,
                scheme: self.facts.scheme,
                version: semconv::protocol_version(self.facts.version),
                status: self.status.map(|status| status.as_u16()),
                route,
                error_type,
                labels: &labels,
            },
            nanos: is_timed.then(|| root.elapsed_nanos()),
            request_bytes: self.facts.request_bytes,
            response_bytes: self.status.map(|_| self.body_bytes),
            example: root.link().filter(|link| link.trace_flags.is_sampled()),
        });
    }

    fn describe_end(&self, root: &mut Root, route: Option<&str>, error_type: Option<&str>) {
        let method = method::span_name(self.facts.method);
        match route {
            Some(route) => {
                root.set_text("http.route", route);
                root.set_name_parts(&[method, " ", route]);
            }
            None => root.set_name_parts(&[method]),
        }
        if let Some(error_type) = error_type {
            root.set_text("error.type", error_type);
        }
        if let Some(status) = self.grpc_status {
            root.set_word("rpc.system", "grpc");
            root.set_integer("rpc.grpc.status_code", status);
        }
        if self.is_stream {
            root.set_attribute("app.stream", true);
        }
    }

    /// Tells of the failure, once. Gives the report's id, which the span carries as well.
    pub(super) fn tell(
        &mut self,
        panic: Option<&(dyn Any + Send)>,
        error: Option<&ErrorChain>,
    ) -> Option<Arc<str>> {
        // What is not to be observed is still not to panic.
        if self.is_told || !(self.facts.is_observed || panic.is_some()) {
            return None;
        }
        self.is_told = true;
        self.panic_place = panic.and_then(errors::place_of);
        let root = self.root.as_mut()?;
        if let Some(route) = self.facts.matched.as_str()
            && let Some(scope) = root.scope()
            && scope.route().is_none()
        {
            scope.set_route(route);
        }
        let status = self.status.map(|status| status.as_u16());
        let id = failure::tell(root.context(), root.failure(), status, panic, error)?;
        root.set_text("app.error_id", &id);
        Some(Arc::from(id))
    }
}

/// Whoever drops a completion has gone away.
impl Drop for Completion {
    fn drop(&mut self) {
        self.fire(End::Cancelled);
    }
}
