//! The facts that all of a request shares, and who made it.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::errors::{DescribeRequest, ReportedRequest};
use crate::propagation::baggage::Member;
use crate::record::{Attribute, SpanId, TraceId, hex};

/// Who made a request: the span that its headers name, if they name one. It tells the same request
/// from another one that is made while it is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "tower"), allow(dead_code))]
pub(crate) struct Caller(pub(crate) Option<SpanId>);

/// Facts that everything in a request shares, whether it is sampled or not.
///
/// The layer makes one per request; code below may set the user and the route.
#[derive(Debug, Default)]
pub struct Scope {
    trace_state: Option<Arc<str>>,
    baggage: Vec<Member>,
    xray_others: Option<Arc<str>>,
    request_id: RequestId,
    request: Option<Arc<dyn DescribeRequest>>,
    /// What code below has said, once it has.
    said: OnceLock<RwLock<Said>>,
}

/// The id of a request.
#[derive(Debug, Default)]
enum RequestId {
    #[default]
    None,
    Given(Arc<str>),
    /// The trace's in its usual form, written out when somebody asks.
    OfTrace(TraceId, OnceLock<Arc<str>>),
}

#[derive(Debug, Default)]
struct Said {
    user_id: Option<Arc<str>>,
    route: Option<Arc<str>>,
    metric_labels: Vec<Attribute>,
}

impl Scope {
    /// A scope with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with the W3C `tracestate` that is sent on.
    #[must_use]
    pub fn with_trace_state(mut self, trace_state: Option<Arc<str>>) -> Self {
        self.trace_state = trace_state;
        self
    }

    /// The same with baggage.
    #[must_use]
    pub fn with_baggage(mut self, baggage: Vec<Member>) -> Self {
        self.baggage = baggage;
        self
    }

    /// The same with the pairs of `X-Amzn-Trace-Id` that are sent on (`Lineage=…`).
    #[must_use]
    pub fn with_xray_others(mut self, others: Option<Arc<str>>) -> Self {
        self.xray_others = others;
        self
    }

    /// The same with the request's id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<Arc<str>>) -> Self {
        self.request_id = request_id.map_or(RequestId::None, RequestId::Given);
        self
    }

    /// The same with the trace's id as the request's.
    #[must_use]
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn with_request_id_of(mut self, trace_id: TraceId) -> Self {
        self.request_id = RequestId::OfTrace(trace_id, OnceLock::new());
        self
    }

    /// The same with somebody who can describe the request, should an error report want it.
    #[must_use]
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn with_request(mut self, request: Option<Arc<dyn DescribeRequest>>) -> Self {
        self.request = request;
        self
    }

    /// The request, described for an error report.
    pub(crate) fn described_request(&self) -> Option<ReportedRequest> {
        self.request.as_ref().map(|it| it.describe())
    }

    /// The W3C `tracestate` that is sent on.
    #[must_use]
    pub fn trace_state(&self) -> Option<&Arc<str>> {
        self.trace_state.as_ref()
    }

    /// The members of the baggage.
    #[must_use]
    pub fn baggage(&self) -> &[Member] {
        &self.baggage
    }

    /// The pairs of `X-Amzn-Trace-Id` that are sent on.
    #[must_use]
    pub fn xray_others(&self) -> Option<&str> {
        self.xray_others.as_deref()
    }

    /// The request's id.
    #[must_use]
    pub fn request_id(&self) -> Option<&Arc<str>> {
        match &self.request_id {
            RequestId::None => None,
            RequestId::Given(id) => Some(id),
            RequestId::OfTrace(trace_id, text) => {
                Some(text.get_or_init(|| Arc::from(hex::text(&trace_id.to_hex()))))
            }
        }
    }

    /// Gives `run` the request's id, without keeping what need not be kept.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn with_request_id_bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> Option<R> {
        match &self.request_id {
            RequestId::None => None,
            RequestId::Given(id) => Some(run(id.as_bytes())),
            RequestId::OfTrace(trace_id, _) => Some(run(&trace_id.to_hex())),
        }
    }

    /// The user on whose behalf the request is, as far as it is known by now.
    #[must_use]
    pub fn user_id(&self) -> Option<Arc<str>> {
        self.said(|said| said.user_id.clone())?
    }

    /// Says on whose behalf the request is.
    pub fn set_user_id(&self, user_id: impl Into<Arc<str>>) {
        let user_id = Some(user_id.into());
        self.say(|said| said.user_id = user_id);
    }

    /// The template of the route that was matched, as far as it is known by now.
    #[must_use]
    pub fn route(&self) -> Option<Arc<str>> {
        self.said(|said| said.route.clone())?
    }

    /// Says which route was matched, by its template.
    pub fn set_route(&self, route: impl Into<Arc<str>>) {
        let route = Some(route.into());
        self.say(|said| said.route = route);
    }

    /// What the request's own metrics are to be told apart by, beyond the usual.
    #[must_use]
    pub fn metric_labels(&self) -> Vec<Attribute> {
        self.said(|said| said.metric_labels.clone()).unwrap_or_default()
    }

    /// Tells the request's own metrics apart by one more attribute, in place of an earlier value.
    pub fn set_metric_label(&self, label: Attribute) {
        self.say(|said| {
            said.metric_labels.retain(|it| it.key != label.key);
            said.metric_labels.push(label);
        });
    }

    /// Reads what was said, if anything was: most requests say nothing, and take no lock.
    fn said<R>(&self, read: impl FnOnce(&Said) -> R) -> Option<R> {
        let said = self.said.get()?;
        Some(read(&said.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn say(&self, change: impl FnOnce(&mut Said)) {
        let said = self.said.get_or_init(RwLock::default);
        change(&mut said.write().unwrap_or_else(PoisonError::into_inner));
    }
}
