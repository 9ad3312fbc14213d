//! The completion of a request: it fires once, however the request ends.
//!
//! It owns the request's root span, and whatever is to be said at the end: so nothing can end
//! without it, and nothing twice.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;

use super::body::{BoxError, ObserveBody};
use super::failure::{self, KeptRequest};
use super::method;
use super::metrics::{self, Finished, HttpMetrics, SeriesKey};
use super::options::{RequestHead, Settings};
use super::panic_response::{self, Panicked, wants_json};
use super::response::{self, Said, XrayAnswer};
use super::route::{Matched, Route};
use super::semconv::{self, Seen};
use super::{headers, request_id};
use crate::errors;
use crate::propagation::Extracted;
use crate::propagation::xray::XraySampled;
use crate::record::clock::{self, Stamp};
use crate::record::{
    Callsite, ErrorChain, Outcome, Sampling, SpanKind, Status, TraceId, TraceLink, Value,
};
use crate::span::{Root, RootOptions, Scope};

static REQUEST: Callsite =
    Callsite::new("HTTP", "cruddur_trace::layer", "cruddur_trace::layer", file!(), line!())
        .with_kind(SpanKind::Server);

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

/// A request that has not ended yet.
#[derive(Debug)]
pub(crate) struct Completion {
    /// `None` once it has fired.
    root: Option<Root>,
    settings: Arc<Settings>,
    scope: Arc<Scope>,
    link: Option<TraceLink>,
    started: Stamp,
    matched: Matched,
    method: &'static str,
    scheme: &'static str,
    version: http::Version,
    xray: XrayAnswer,
    status: Option<StatusCode>,
    grpc_status: Option<i64>,
    /// Bytes of the body that were given.
    body_bytes: u64,
    /// Bytes of the request's body, as far as its headers say.
    request_bytes: Option<u64>,
    /// Whether the metrics count it.
    is_counted: bool,
    is_observed: bool,
    is_grpc: bool,
    is_head: bool,
    is_stream: bool,
    is_exposed: bool,
    accept: Option<HeaderValue>,
    /// Where it panicked, as far as the panic hook knows.
    panic_place: Option<(&'static str, u32)>,
    /// Whether the failure has been told of.
    is_told: bool,
}

impl Completion {
    /// A request begins. In a box: it goes through several futures and bodies, and copying it each
    /// time costs more than one allocation.
    pub(crate) fn begin<B>(settings: &Arc<Settings>, request: &Request<B>) -> Box<Self> {
        let started = clock::stamp();
        let (headers, extensions) = (request.headers(), request.extensions());
        let head =
            RequestHead { method: request.method(), uri: request.uri(), headers, extensions };
        let is_observed = settings.observes(&head);
        let seen = Seen::of(settings, request);
        let mut extracted = settings.propagators().extract(headers);
        let asked = extracted.xray.as_ref().map(|header| header.sampled);
        if settings.is_public {
            extracted = extracted.into_public();
        }
        crate::remote::follow_invocation(&mut extracted);

        let mut options = RootOptions::new(&REQUEST);
        let known = extracted.parent.map(|parent| parent.trace_id).or(extracted.trace_id);
        let trace_id = known.unwrap_or_else(crate::span::random_trace_id);
        options.trace_id = Some(trace_id);
        options.trace_id_is_random = known.is_none();
        let scope = scope(settings, headers, &mut extracted, trace_id);
        let kept = KeptRequest::of(request, seen.scheme, seen.client());
        let scope = Arc::new(scope.with_request(kept));
        options.scope = Some(Arc::clone(&scope));
        options.collector.clone_from(&settings.collector);
        if !is_observed {
            options.sampling = Some(Sampling::DROP);
        }
        let facts = seen.facts(request);
        let mut root = crate::remote::start(extracted, options, Some(facts));
        let matched = Matched::of(extensions);
        if root.is_recording() {
            seen.describe(&mut root, settings, request);
        }
        let context = root.context();
        let xray = match (asked, &context) {
            (Some(XraySampled::Asked), Some(it)) => XrayAnswer::Decision(it.sampling.xray),
            (Some(_), _) if settings.xray_response => XrayAnswer::Root,
            _ => XrayAnswer::None,
        };
        let counting = if is_observed { counted_in(settings) } else { None };
        if let Some(metrics) = counting {
            metrics.begin(seen.method, seen.scheme);
        }
        Box::new(Self {
            root: Some(root),
            settings: Arc::clone(settings),
            scope,
            link: context.map(|context| context.link()),
            started,
            matched,
            method: seen.method,
            scheme: seen.scheme,
            version: request.version(),
            xray: if settings.xray_response { xray } else { XrayAnswer::None },
            status: None,
            grpc_status: None,
            body_bytes: 0,
            request_bytes: request_bytes(headers),
            is_counted: counting.is_some(),
            is_observed,
            is_grpc: semconv::is_grpc(headers),
            is_head: request.method() == Method::HEAD,
            is_stream: false,
            is_exposed: response::is_exposed(settings, headers),
            accept: headers.get(ACCEPT).cloned(),
            panic_place: None,
            is_told: false,
        })
    }

    /// Runs `run` inside of the request's span.
    pub(crate) fn enter<T>(&mut self, run: impl FnOnce() -> T) -> T {
        match &mut self.root {
            Some(root) => root.enter(run),
            None => run(),
        }
    }

    /// There is a response: its headers are complete, and its body goes on with the completion.
    pub(crate) fn respond<R: Body>(
        mut self: Box<Self>,
        response: Response<R>,
    ) -> Response<ObserveBody<R>> {
        let (mut parts, body) = response.into_parts();
        // A tunnel, or a WebSocket over HTTP/2 (RFC 8441).
        let is_tunnel = self.method == "CONNECT" && parts.status.is_success();
        let has_end = !is_tunnel && !is_endless(parts.status, &parts.headers);
        self.status = Some(parts.status);
        self.is_stream = !has_end;
        self.describe_response(&parts.headers);
        let report_id = self.tell_of_status(parts.status);
        self.say(&mut parts.headers, report_id.as_deref());

        let is_bodiless = self.is_head
            || parts.status.is_informational()
            || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if is_bodiless || body.is_end_stream() {
            self.fire(End::Ok);
            return Response::from_parts(parts, ObserveBody::new(body, None, None));
        }
        let left = content_length(&parts.headers).or_else(|| body.size_hint().exact());
        if left.is_none()
            && let Some(root) = &mut self.root
        {
            let seconds = clock::delta_nanos(self.started, clock::stamp()) as f64 / 1e9;
            root.set_attribute("app.time_to_headers_s", Value::F64(seconds));
        }
        Response::from_parts(parts, ObserveBody::new(body, Some(self), left))
    }

    /// The service gave an error in place of a response.
    pub(crate) fn fail<E: fmt::Display + fmt::Debug + 'static>(mut self: Box<Self>, error: &E) {
        self.fire(End::ServiceError(chain_of(error)));
    }

    /// The handler panicked before there were headers.
    pub(crate) fn answer_panic<R: Body>(
        mut self: Box<Self>,
        payload: &(dyn Any + Send),
    ) -> Response<ObserveBody<R>> {
        let status = if self.is_grpc { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
        self.status = Some(status);
        self.grpc_status = self.is_grpc.then_some(13);
        let report_id = self.tell(Some(payload), None);
        let panicked = Panicked {
            message: errors::message(payload),
            request_id: self.scope.request_id().cloned(),
            report_id,
            wants_json: wants_json(self.accept.as_ref()),
            is_grpc: self.is_grpc,
        };
        let answer = match &self.settings.panic_answer {
            // Code of the user's: should it panic as well, the usual answer serves.
            Some(own) => {
                let own = std::panic::AssertUnwindSafe(|| own(&panicked));
                std::panic::catch_unwind(own).unwrap_or_else(|_| panic_response::answer(&panicked))
            }
            None => panic_response::answer(&panicked),
        };
        let (mut parts, bytes) = answer.into_parts();
        self.status = Some(parts.status);
        self.describe_response(&parts.headers);
        self.say(&mut parts.headers, panicked.report_id.as_deref());
        self.body_bytes = bytes.len() as u64;
        self.fire(End::Panic(payload));
        Response::from_parts(parts, ObserveBody::own(bytes))
    }

    /// Bytes of the body were given.
    pub(crate) fn sent(&mut self, bytes: u64) {
        self.body_bytes += bytes;
    }

    /// Whether trailers follow the last data: gRPC has its status there.
    pub(crate) const fn has_trailers(&self) -> bool {
        self.is_grpc
    }

    /// Trailers were given.
    pub(crate) fn trailers(&mut self, trailers: &HeaderMap) {
        self.grpc_status = self.grpc_status.or_else(|| grpc_status(trailers));
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
        let route = self.route();
        if self.is_observed {
            self.settings.routes.note(route.as_str(), self.status);
        }
        self.count(&route, error_type.as_deref());
        if root.is_recording() {
            self.describe_end(&mut root, &route, error_type.as_deref());
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

    fn route(&self) -> Route {
        match self.scope.route() {
            Some(said) => Route::Said(said),
            None => Route::Matched(self.matched.clone()),
        }
    }

    /// Counts the request, which ends.
    fn count(&self, route: &Route, error_type: Option<&str>) {
        let Some(metrics) = counted_in(&self.settings).filter(|_| self.is_counted) else { return };
        let nanos = clock::delta_nanos(self.started, clock::stamp());
        let is_timed = !self.is_stream || self.settings.streams_in_duration;
        let labels = self.scope.metric_labels();
        metrics.end(&Finished {
            key: SeriesKey {
                method: self.method,
                scheme: self.scheme,
                version: semconv::protocol_version(self.version),
                status: self.status.map(|status| status.as_u16()),
                route: route.as_str(),
                error_type,
                labels: &labels,
            },
            nanos: is_timed.then_some(nanos),
            request_bytes: self.request_bytes,
            response_bytes: self.status.map(|_| self.body_bytes),
            example: self.link.filter(|link| link.trace_flags.is_sampled()),
        });
    }

    fn describe_response(&mut self, headers: &HeaderMap) {
        let Some(root) = &mut self.root else { return };
        if self.is_grpc {
            self.grpc_status = self.grpc_status.or_else(|| grpc_status(headers));
        }
        if root.is_recording() {
            if let Some(status) = self.status {
                root.set_integer("http.response.status_code", i64::from(status.as_u16()));
            }
            headers::capture(root, headers, &self.settings.response_headers);
        }
    }

    fn describe_end(&self, root: &mut Root, route: &Route, error_type: Option<&str>) {
        let method = method::span_name(self.method);
        match route.as_str() {
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
            root.set_text("rpc.system", "grpc");
            root.set_integer("rpc.grpc.status_code", status);
        }
        if self.is_stream {
            root.set_attribute("app.stream", true);
        }
    }

    /// Tells of a response that is the server's fault.
    fn tell_of_status(&mut self, status: StatusCode) -> Option<Arc<str>> {
        if status.is_server_error() { self.tell(None, None) } else { None }
    }

    /// Tells of the failure, once. Gives the report's id, which the span carries as well.
    fn tell(
        &mut self,
        panic: Option<&(dyn Any + Send)>,
        error: Option<&ErrorChain>,
    ) -> Option<Arc<str>> {
        // What is not to be observed is still not to panic.
        if self.is_told || !(self.is_observed || panic.is_some()) {
            return None;
        }
        self.is_told = true;
        self.panic_place = panic.and_then(errors::place_of);
        if self.scope.route().is_none()
            && let Some(route) = self.matched.as_str()
        {
            self.scope.set_route(route);
        }
        let root = self.root.as_mut()?;
        let status = self.status.map(|status| status.as_u16());
        let id = failure::tell(root.context(), root.failure(), status, panic, error)?;
        root.set_text("app.error_id", &id);
        Some(Arc::from(id))
    }

    fn say(&self, headers: &mut HeaderMap, report_id: Option<&str>) {
        let said = Said {
            link: self.link,
            request_id: self.scope.request_id().map(|id| &**id),
            report_id,
            xray: self.xray,
            is_exposed: self.is_exposed,
        };
        response::say(headers, &self.settings, &said);
    }
}

/// Whoever drops a completion has gone away.
impl Drop for Completion {
    fn drop(&mut self) {
        self.fire(End::Cancelled);
    }
}

/// Where requests of a layer are counted, if anywhere.
fn counted_in(settings: &Settings) -> Option<&HttpMetrics> {
    settings.metrics.as_deref().or_else(|| metrics::global())
}

/// Bytes of a request's body: `None` where only its end would tell.
fn request_bytes(headers: &HeaderMap) -> Option<u64> {
    match content_length(headers) {
        None if headers.contains_key(TRANSFER_ENCODING) => None,
        length => Some(length.unwrap_or(0)),
    }
}

/// What all of the request shares.
fn scope(
    settings: &Settings,
    headers: &HeaderMap,
    extracted: &mut Extracted,
    trace_id: TraceId,
) -> Scope {
    let others = extracted.xray.as_deref().filter(|header| !header.others.is_empty());
    let id = settings.request_id.as_ref().and_then(|name| request_id::accepted(headers, name));
    Scope::new()
        .with_trace_state(extracted.trace_state.take())
        .with_baggage(std::mem::take(&mut extracted.baggage))
        .with_xray_others(others.map(|header| Arc::from(header.others.as_str())))
        .with_request_id(Some(id.unwrap_or_else(|| request_id::of_trace(trace_id))))
}

/// Whether a response goes on for as long as somebody listens.
fn is_endless(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_events = || {
        headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/event-stream"))
    };
    status == StatusCode::SWITCHING_PROTOCOLS || is_events()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn grpc_status(headers: &HeaderMap) -> Option<i64> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// An error of a service: usually an error type, often a boxed one.
pub(crate) fn chain_of<E: fmt::Display + fmt::Debug + 'static>(error: &E) -> ErrorChain {
    let any: &dyn Any = error;
    if let Some(boxed) = any.downcast_ref::<BoxError>() {
        let chain = crate::span::chain_of("", &**boxed);
        return ErrorChain { class: class_of(boxed), ..chain };
    }
    ErrorChain {
        class: Cow::Borrowed(std::any::type_name::<E>()),
        message: error.to_string(),
        ..ErrorChain::default()
    }
}

/// The name that `Debug` begins with: the type's, wherever `Debug` is derived. A boxed error does
/// not say its type in another way.
fn class_of(error: &dyn fmt::Debug) -> Cow<'static, str> {
    let text = format!("{error:?}");
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let name = text.split(|character| !is_part(character)).next().unwrap_or_default();
    if name.starts_with(|first: char| first.is_ascii_uppercase()) && name.len() <= 64 {
        Cow::Owned(name.to_owned())
    } else {
        Cow::Borrowed("_OTHER")
    }
}
