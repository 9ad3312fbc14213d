//! X-Ray's sampling rules as `ShouldSample`.

use std::sync::Arc;

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::exporter::{DaemonAddressError, daemon};
use crate::record::clock;
use crate::sampling::xray::{
    CentralRules, LocalRules, RequestToSample, SampledService, XraySampler,
};
use crate::sinks::xray::{Poller, RULES_INTERVAL, XrayCalls};

/// X-Ray's rules as a sampler of the OpenTelemetry SDK. Rules decide at the root of a trace, and
/// only there: a span with a parent, here or elsewhere, does as its parent. (So it need not be put
/// into `Sampler::ParentBased`, which would throw the name of the rule away.)
///
/// It matches on the attributes that a span has when it is started: `http.request.method`,
/// `url.path` and `server.address` (or their older names), and whatever else rules ask for.
#[derive(Clone, Debug)]
pub struct XrayShouldSample {
    sampler: XraySampler,
}

impl XrayShouldSample {
    /// These rules.
    #[must_use]
    pub fn new(sampler: XraySampler) -> Self {
        Self { sampler }
    }

    /// X-Ray's own rules for a service, through the daemon's TCP port, and the future that keeps
    /// them fresh: spawn it on a tokio runtime. Until it has run, the first request of each second
    /// and 5 % of the others are sampled.
    ///
    /// # Errors
    ///
    /// If the daemon's address is none.
    pub fn central(
        service: &str,
        daemon_address: &str,
    ) -> Result<(Self, impl Future<Output = ()> + Send + use<>), DaemonAddressError> {
        let address = daemon(daemon_address)?;
        let service = SampledService { name: Some(service.to_owned()), ..Default::default() };
        // Only to tell processes apart.
        let random = u128::from(clock::now().0) << 32 | u128::from(std::process::id());
        let rules = Arc::new(CentralRules::new(service, LocalRules::default(), random));
        let polled = Arc::clone(&rules);
        let refresh = async move {
            if let Ok(calls) = XrayCalls::through_daemon(&address.tcp) {
                Poller::new(polled, calls, RULES_INTERVAL, |_| ()).run().await;
            }
        };
        Ok((Self { sampler: XraySampler::Central(rules) }, refresh))
    }
}

impl ShouldSample for XrayShouldSample {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent_context.map(|context| context.span().span_context().clone());
        if let Some(parent) = parent.filter(SpanContext::is_valid) {
            return result(parent.is_sampled(), None, parent.trace_state().clone());
        }
        let texts: Vec<(&str, String)> =
            attributes.iter().map(|it| (it.key.as_str(), it.value.as_str().into_owned())).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(key, it)| (*key, it.as_str())).collect();
        let find = |names: [&str; 2]| {
            texts.iter().find(|(key, _)| names.contains(key)).map(|(_, value)| *value)
        };
        let path = find(["url.path", "http.target"]);
        let request = RequestToSample {
            host: find(["server.address", "http.host"]),
            method: find(["http.request.method", "http.method"]),
            path: path.map(|path| path.split('?').next().unwrap_or(path)),
            attributes: &texts,
        };
        let random = trace_id.to_bytes()[8..].try_into().map_or(0, u64::from_be_bytes);
        let decision = self.sampler.decide_at(&request, clock::now(), random);
        result(decision.sampled, decision.rule, TraceState::default())
    }
}

fn result(sampled: bool, rule: Option<Arc<str>>, trace_state: TraceState) -> SamplingResult {
    let decision = if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    let rule = rule.map(|rule| KeyValue::new("aws.xray.sampling_rule", rule));
    SamplingResult { decision, attributes: rule.into_iter().collect(), trace_state }
}
