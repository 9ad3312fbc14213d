//! Sampling: what is decided once, at the root of a trace.

mod decision;
#[cfg(feature = "xray")]
pub mod xray;

pub use decision::{
    Decider, RequestFacts, RootFacts, RootSampler, Sampler, SamplerError, XrayDecision, XrayRules,
    is_in_ratio,
};
pub(crate) use decision::{install, installed, xray_sent};
