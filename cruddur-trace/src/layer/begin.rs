//! The beginning of a request: what is read of it, and the root span that it gets.

use std::sync::Arc;

use http::{Extensions, Method, Request};

use super::completion::{Completion, Facts};
use super::failure::KeptRequest;
use super::head::Head;
use super::options::{RequestHead, Settings};
use super::response::{self, XrayAnswer};
use super::route::Matched;
use super::semconv::{self, Seen};
use super::{metrics, request_id};
use crate::errors::DescribeRequest;
use crate::propagation::Extracted;
use crate::propagation::xray::XraySampled;
use crate::record::{Callsite, Sampling, SpanKind, TraceId};
use crate::sampling;
use crate::span::{self, Caller, RootOptions, Scope};

static REQUEST: Callsite =
    Callsite::new("HTTP", "cruddur_trace::layer", "cruddur_trace::layer", file!(), line!())
        .with_kind(SpanKind::Server);

/// A request begins; `None` if a layer further out observes it already. In a box: it goes through
/// several futures and bodies, and copying it each time costs more than one allocation.
pub(crate) fn begin<B>(settings: &Arc<Settings>, request: &Request<B>) -> Option<Box<Completion>> {
    let (headers, extensions) = (request.headers(), request.extensions());
    let head = Head::of(headers, settings.request_id.as_ref());
    let is_observed = settings.observes(&RequestHead {
        method: request.method(),
        uri: request.uri(),
        headers,
        extensions,
    });
    let seen = Seen::of(settings, request, &head);
    let mut extracted = settings.propagators().extract(&head);
    let caller = Caller(extracted.parent.map(|parent| parent.span_id));
    if span::is_in_trace() && is_observed_already(caller, extensions) {
        return None;
    }
    let asked = extracted.xray.as_ref().map(|header| header.sampled);
    if settings.is_public {
        extracted = extracted.into_public();
    }
    crate::remote::follow_invocation(&mut extracted);

    let mut options = RootOptions::new(&REQUEST);
    let known = extracted.parent.map(|parent| parent.trace_id).or(extracted.trace_id);
    let trace_id = known.unwrap_or_else(span::random_trace_id);
    options.trace_id = Some(trace_id);
    options.trace_id_is_random = known.is_none();
    let kept = KeptRequest::of(request, seen.scheme, seen.client());
    options.scope = scope(&head, &mut extracted, trace_id, kept);
    options.request_of = Some(caller);
    options.collector.clone_from(&settings.collector);
    if !is_observed {
        options.sampling = Some(Sampling::DROP);
    }
    let mut root = crate::remote::start(extracted, options, Some(seen.facts(request)));
    if root.is_recording() {
        seen.describe(&mut root, settings, request, &head);
    }

    let counting = if is_observed { metrics::of(settings) } else { None };
    if let Some(metrics) = counting {
        metrics.begin(seen.method, seen.scheme);
    }
    let facts = Facts {
        matched: Matched::of(extensions),
        method: seen.method,
        scheme: seen.scheme,
        version: request.version(),
        request_bytes: request_bytes(&head),
        xray: match asked {
            Some(XraySampled::Asked) if settings.xray_response => {
                XrayAnswer::Decision(root.sampling().is_some_and(|it| sampling::xray_sent(&it)))
            }
            Some(_) if settings.xray_response => XrayAnswer::Root,
            _ => XrayAnswer::None,
        },
        is_counted: counting.is_some(),
        is_observed,
        is_grpc: head.content_type.is_some_and(semconv::is_grpc),
        is_head: request.method() == Method::HEAD,
        is_exposed: response::is_exposed(settings, &head),
        accept: head.accept.cloned(),
    };
    Some(Box::new(Completion::new(root, Arc::clone(settings), facts)))
}

/// Whether this request is the one that is being handled here: a second layer on its way must not
/// count it again. A request that a handler makes has another caller, the handler's span, as soon as
/// it carries its context. What the outer layer can't know, the route, it is told.
#[cold]
fn is_observed_already(caller: Caller, extensions: &Extensions) -> bool {
    if span::current_caller() != Some(caller) {
        return false;
    }
    if let Some(scope) = span::current().and_then(|context| context.scope)
        && scope.route().is_none()
        && let Some(route) = Matched::of(extensions).as_str()
    {
        scope.set_route(route);
    }
    true
}

/// Bytes of a request's body: `None` where only its end would tell.
fn request_bytes(head: &Head<'_>) -> Option<u64> {
    match head.content_length.and_then(semconv::number) {
        None if head.transfer_encoding.is_some() => None,
        length => Some(length.unwrap_or(0)),
    }
}

/// What all of the request shares; `None` if that is nothing but its id, and that is the trace's.
fn scope(
    head: &Head<'_>,
    extracted: &mut Extracted,
    trace_id: TraceId,
    kept: Option<Arc<dyn DescribeRequest>>,
) -> Option<Arc<Scope>> {
    let xray = extracted.xray.as_deref().filter(|header| !header.others.is_empty());
    let xray_others = xray.map(|header| Arc::from(header.others.as_str()));
    let request_id = head.request_id.and_then(request_id::accepted);
    let trace_state = extracted.trace_state.take();
    let baggage = std::mem::take(&mut extracted.baggage);
    let is_plain = xray_others.is_none()
        && request_id.is_none()
        && trace_state.is_none()
        && baggage.is_empty()
        && kept.is_none();
    if is_plain {
        return None;
    }
    let scope = match request_id {
        Some(id) => Scope::new().with_request_id(Some(id)),
        None => Scope::new().with_request_id_of(trace_id),
    };
    let scope = scope.with_trace_state(trace_state).with_baggage(baggage);
    Some(Arc::new(scope.with_xray_others(xray_others).with_request(kept)))
}
