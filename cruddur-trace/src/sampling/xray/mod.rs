//! X-Ray's own sampling: rules, reservoirs and targets, as a state machine without I/O.
//!
//! [`CentralRules`] holds what X-Ray's console configures; the exporter thread fetches rules and
//! reports counts, and hands both in here. [`LocalRules`] come from a file, and decide while there
//! are no central rules. A decision takes no lock that anything else holds for longer than a copy
//! of a pointer. Source of the protocol: the API reference of AWS X-Ray (`GetSamplingRules`,
//! `GetSamplingTargets`) and "Using sampling rules with the X-Ray API", read 2026-11.

mod central;
mod local;
mod pattern;
mod reservoir;
mod rule;
#[cfg(test)]
mod simulation;
mod targets;
mod wildcard;

use std::sync::Arc;

use super::{RootFacts, XrayDecision, XrayRules};
use crate::record::{UnixNanos, clock};

pub use central::CentralRules;
pub use local::{LocalRules, LocalRulesError};
pub use rule::{Rule, RulesPage};
pub use targets::{Statistics, TargetsError, TargetsReply};
pub use wildcard::wildcard_match;

/// What rules match on. What is not known matches every rule, as in X-Ray's own SDKs; but an
/// attribute that a rule asks for must be there.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RequestToSample<'a> {
    /// The host that the client asked for.
    pub host: Option<&'a str>,
    /// E.g. `GET`.
    pub method: Option<&'a str>,
    /// The path, without its query.
    pub path: Option<&'a str>,
    /// Name and value of further attributes.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// Whose requests they are: the same for every request of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampledService {
    /// `service.name`.
    pub name: Option<String>,
    /// X-Ray's origin, e.g. `AWS::ECS::Container`.
    pub kind: Option<String>,
    /// The resource's ARN.
    pub arn: Option<String>,
}

impl<'a> RequestToSample<'a> {
    /// A request with a host, a method and a path.
    #[must_use]
    pub const fn new(host: &'a str, method: &'a str, path: &'a str) -> Self {
        Self { host: Some(host), method: Some(method), path: Some(path), attributes: &[] }
    }

    /// The same with attributes.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a [(&'a str, &'a str)]) -> Self {
        self.attributes = attributes;
        self
    }
}

/// Which rules decide for X-Ray in this process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum XraySampler {
    /// Everything is sampled.
    Always,
    /// Rules of a file.
    Local(Arc<LocalRules>),
    /// X-Ray's own, and the local fallback while there are none.
    Central(Arc<CentralRules>),
}

impl XraySampler {
    /// Decides on a new trace at this moment. `random` should be evenly distributed; the random
    /// bits of a trace id will do.
    #[must_use]
    pub fn decide_at(
        &self,
        request: &RequestToSample<'_>,
        now: UnixNanos,
        random: u64,
    ) -> XrayDecision {
        match self {
            Self::Always => XrayDecision { sampled: true, rule: None },
            Self::Local(rules) => rules.decide(request, now, random),
            Self::Central(rules) => rules.decide(request, now, random),
        }
    }
}

impl XrayRules for XraySampler {
    fn decide(&self, facts: &RootFacts<'_>) -> XrayDecision {
        let request = facts.request.map_or_else(RequestToSample::default, |request| {
            let told = |text| Some(text).filter(|text: &&str| !text.is_empty());
            RequestToSample {
                host: told(request.host),
                method: told(request.method),
                path: told(request.path),
                attributes: &[],
            }
        });
        let random = facts.trace_id.bits() as u64;
        self.decide_at(&request, clock::now(), random)
    }
}

/// Whether a draw falls into this part of all.
fn is_drawn(random: u64, rate: f64) -> bool {
    // 53 bits are what a double holds; the lower bits of a trace id are its random ones.
    let drawn = (spread(random) >> 11) as f64 / (1_u64 << 53) as f64;
    drawn < rate
}

/// Ids need not be evenly distributed in their upper bits, so all bits are mixed (SplitMix64).
fn spread(random: u64) -> u64 {
    let mut mixed = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
