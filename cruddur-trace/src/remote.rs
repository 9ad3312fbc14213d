//! The current span and other processes: what goes out with requests and messages, and how a trace
//! goes on from what came in.
//!
//! The formats are [`propagation`](crate::propagation)'s, the decision is
//! [`sampling`](crate::sampling)'s; this joins them with the span core, for the layer and for
//! everything that is no HTTP request.

use std::sync::{Arc, OnceLock};

use crate::propagation::ot::OtState;
use crate::propagation::{Extract, Extracted, Inject, Outgoing, Propagators};
use crate::record::SpanKind;
use crate::sampling::{self, RequestFacts, RootFacts};
use crate::span::{self, RemoteParent, Root, RootOptions, Scope};

mod invocation;

pub(crate) use invocation::{follow as follow_invocation, install_invocation};

static PROPAGATORS: OnceLock<Propagators> = OnceLock::new();

/// Makes these the process's own. `false`, and nothing changes, if there are some already.
pub(crate) fn install_propagators(propagators: Propagators) -> bool {
    PROPAGATORS.set(propagators).is_ok()
}

/// The process's own; `tracecontext,baggage` before there is a telemetry.
pub(crate) fn propagators() -> Propagators {
    PROPAGATORS.get().copied().unwrap_or_default()
}

/// Reads a caller's context by the process's propagators (`OTEL_PROPAGATORS`).
///
/// [`start_remote`] goes on from it.
#[must_use]
pub fn extract<C: Extract + ?Sized>(carrier: &C) -> Extracted {
    propagators().extract(carrier)
}

/// Writes the current span's context by the process's propagators (`OTEL_PROPAGATORS`), with the
/// request's `tracestate` and baggage. Outside of a trace it writes nothing.
///
/// Baggage and ids are readable to whoever gets them: call it for hosts that may know.
///
/// ```
/// let mut message_headers = std::collections::HashMap::new();
/// cruddur_trace::inject(&mut message_headers);
/// ```
pub fn inject<C: Inject + ?Sized>(carrier: &mut C) {
    inject_by(&propagators(), carrier);
}

pub(crate) fn inject_by<C: Inject + ?Sized>(propagators: &Propagators, carrier: &mut C) {
    let Some(context) = span::current() else { return span::missing_context("inject") };
    let scope = context.scope.as_deref();
    let outgoing = Outgoing::new(context.link())
        .with_trace_state(context.trace_state().map(|state| &**state))
        .with_baggage(scope.map_or(&[], Scope::baggage))
        .with_xray(
            sampling::xray_sent(&context.sampling),
            scope.and_then(Scope::xray_others).unwrap_or_default(),
        );
    propagators.inject(&outgoing, carrier);
}

/// Starts a trace that goes on from a caller's: as its child, or new where there is none.
///
/// `options` say what it is called and what kind it is; their parent, trace id and scope are taken
/// from what was extracted, unless they say otherwise.
///
/// ```
/// use cruddur_trace::record::{Callsite, Outcome, SpanKind};
/// use cruddur_trace::span::RootOptions;
///
/// static RECEIVE: Callsite = Callsite::new("receive", "app::receive", "app", file!(), line!())
///     .with_kind(SpanKind::Consumer);
///
/// let headers = std::collections::HashMap::<String, String>::new();
/// let extracted = cruddur_trace::extract(&headers);
/// let mut root = cruddur_trace::start_remote(extracted, RootOptions::new(&RECEIVE));
/// root.enter(|| { /* handle the message */ });
/// root.end(Outcome::Ok);
/// ```
#[must_use]
pub fn start_remote(mut extracted: Extracted, options: RootOptions) -> Root {
    let mut scope = Scope::new().with_baggage(std::mem::take(&mut extracted.baggage));
    if let Some(header) = &extracted.xray
        && !header.others.is_empty()
    {
        scope = scope.with_xray_others(Some(Arc::from(header.others.as_str())));
    }
    let scope = scope.with_trace_state(extracted.trace_state.clone());
    let scope = options.scope.clone().unwrap_or_else(|| Arc::new(scope));
    start(extracted, RootOptions { scope: Some(scope), ..options }, None)
}

/// The same with the scope already made, for the layer.
pub(crate) fn start(
    mut extracted: Extracted,
    mut options: RootOptions,
    request: Option<RequestFacts<'_>>,
) -> Root {
    if options.parent.is_none() && options.trace_id.is_none() {
        follow_invocation(&mut extracted);
    }
    if options.parent.is_none()
        && let Some(parent) = &extracted.parent
    {
        let remote = RemoteParent::new(parent.trace_id, parent.span_id, parent.trace_flags);
        options.parent = Some(remote);
    }
    options.trace_id = options.trace_id.or(extracted.trace_id);
    if options.parent.is_none() && options.trace_id.is_none() {
        options.trace_id = Some(span::random_trace_id());
        options.trace_id_is_random = true;
    }
    let is_of_process = options.collector.as_ref().is_none_or(|it| it.is_of_process());
    if options.sampling.is_none() && is_of_process {
        options.sampling = decide(&extracted, &options, request);
    }
    let mut root = Root::start(options);
    for link in extracted.links {
        root.add_link(link);
    }
    root
}

fn decide(
    extracted: &Extracted,
    options: &RootOptions,
    request: Option<RequestFacts<'_>>,
) -> Option<crate::record::Sampling> {
    let decider = sampling::installed()?;
    let trace_id = options.parent.as_ref().map(|parent| parent.trace_id).or(options.trace_id)?;
    let name = options.name.as_deref().unwrap_or(options.callsite.name);
    let kind: SpanKind = options.kind;
    Some(decider.decide(&RootFacts {
        has_parent: options.parent.is_some(),
        sampled: extracted.sampled,
        caller_rate: caller_rate(options, trace_id),
        xray_sampled: extracted.xray_sampled(),
        request,
        ..RootFacts::new(trace_id, name, kind)
    }))
}

/// How many traces the caller's stands for: its `tracestate` has it, in the scope by now.
fn caller_rate(options: &RootOptions, trace_id: crate::record::TraceId) -> Option<f64> {
    let trace_state = options.scope.as_deref()?.trace_state()?;
    OtState::parse(trace_state).rate(trace_id.bits() as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::record::{Callsite, Outcome, Sampling};
    use crate::testing::Capture;

    static WORK: Callsite = Callsite::new("work", "app::work", "app", file!(), line!());

    #[test]
    fn what_a_caller_injects_a_service_goes_on_from() {
        let (captured, headers) = Capture::new(Sampling::ALWAYS).run(|| {
            let mut headers = BTreeMap::new();
            inject(&mut headers);
            headers
        });
        let caller = captured.root();
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let options =
            RootOptions { collector: Some(capture.collector()), ..RootOptions::new(&WORK) };
        start_remote(extract(&headers), options).end(Outcome::Ok);
        let captured = capture.captured();
        let callee = captured.span("work");
        assert_eq!(callee.trace_id, caller.trace_id);
        assert_eq!(callee.parent_id, Some(caller.span_id));
        assert!(callee.parent_is_remote && callee.trace_flags.is_random());
    }

    #[test]
    fn a_new_trace_is_random_and_one_of_a_load_balancer_is_not_said_to_be() {
        let check = |headers: &[(&str, &str)], random: bool| {
            let carrier: Vec<(String, String)> =
                headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let all: Propagators = "tracecontext,xray".parse().expect("valid");
            let root = start(all.extract(&carrier), RootOptions::new(&WORK), None);
            let context = root.context().expect("it is not entered");
            assert_eq!(context.flags.is_random(), random, "{headers:?}");
        };
        check(&[], true);
        check(&[("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793")], false);
    }

    #[crate::observe]
    fn send(propagators: &Propagators, headers: &mut BTreeMap<String, String>) {
        inject_by(propagators, headers);
    }

    #[test]
    fn where_nobody_takes_spans_a_context_passes_through() {
        let came = [
            ("traceparent", "00-5759e988bd862e3fe1be46a994272793-00f067aa0ba902b7-03"),
            ("tracestate", "a=1"),
            ("baggage", "k=v;p=1"),
        ];
        let xray = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=00f067aa0ba902b7;Sampled=1";
        let carrier: Vec<(String, String)> =
            came.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let all: Propagators = "tracecontext,baggage,xray".parse().expect("valid");
        let mut sent = BTreeMap::new();
        let mut root = start_remote(all.extract(&carrier), RootOptions::new(&WORK));
        root.enter(|| send(&all, &mut sent));
        for (name, value) in came {
            assert_eq!(sent[name], value);
        }
        assert_eq!(sent["x-amzn-trace-id"], xray);
    }

    #[test]
    fn outside_of_a_trace_nothing_is_written() {
        let mut headers = BTreeMap::new();
        inject(&mut headers);
        assert!(headers.is_empty());
    }
}
