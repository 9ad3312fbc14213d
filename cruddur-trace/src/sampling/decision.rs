//! The decision at the root of a trace: one bit for OTLP, one for X-Ray, and whether to record
//! although neither is set.
//!
//! Pure but for X-Ray's rules, which keep counts of their own and come in as [`XrayRules`]. The
//! samplers and their names are those of OpenTelemetry's `OTEL_TRACES_SAMPLER`.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::record::{Sampling, SpanKind, TraceId};

/// What is known of a trace when it begins in this process.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RootFacts<'a> {
    /// The trace: continued, or new.
    pub trace_id: TraceId,
    /// Whether it goes on from a span of another process.
    pub has_parent: bool,
    /// What the caller decided; `None` if it left that to us, or if there is no caller.
    pub sampled: Option<bool>,
    /// How many traces each one that the caller sampled stands for, as far as it says (`ot=th:` in
    /// its `tracestate`).
    pub caller_rate: Option<f64>,
    /// What the caller decided for X-Ray.
    pub xray_sampled: Option<bool>,
    /// The root span's name.
    pub name: &'a str,
    /// The root span's kind.
    pub kind: SpanKind,
    /// The request, where the trace is one.
    pub request: Option<RequestFacts<'a>>,
}

/// What is known of a request before it is handled.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RequestFacts<'a> {
    /// E.g. `GET`.
    pub method: &'a str,
    /// The path of the URL, without its query.
    pub path: &'a str,
    /// The host that the client asked for, without its port.
    pub host: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
}

impl<'a> RootFacts<'a> {
    /// A trace without a caller.
    #[must_use]
    pub const fn new(trace_id: TraceId, name: &'a str, kind: SpanKind) -> Self {
        Self {
            trace_id,
            has_parent: false,
            sampled: None,
            caller_rate: None,
            xray_sampled: None,
            name,
            kind,
            request: None,
        }
    }
}

impl<'a> RequestFacts<'a> {
    /// A request.
    #[must_use]
    pub const fn new(method: &'a str, path: &'a str, host: &'a str, scheme: &'a str) -> Self {
        Self { method, path, host, scheme }
    }
}

/// X-Ray's sampling rules.
pub trait XrayRules: Send + Sync + 'static {
    /// Decides on a trace that nobody decided on yet, and counts it.
    fn decide(&self, facts: &RootFacts<'_>) -> XrayDecision;
}

/// What X-Ray's rules say of a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XrayDecision {
    /// Whether it is sampled.
    pub sampled: bool,
    /// The rule that matched.
    pub rule: Option<Arc<str>>,
}

/// What `OTEL_TRACES_SAMPLER` names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Whether a caller's decision is followed where there is one (`parentbased_…`).
    pub follows_parent: bool,
    /// Who decides on the other traces.
    pub root: RootSampler,
}

/// Who decides on a trace that no caller decided on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RootSampler {
    /// Every trace is sampled.
    On,
    /// None is.
    Off,
    /// This part of all, 0 to 1, by trace id, so that services agree.
    ///
    /// It tells callees nothing of the part (`ot=th:` in `tracestate`): that belongs to OpenTelemetry's
    /// `ProbabilitySampler`, which is still in development, and the behaviour of `TraceIdRatioBased` is
    /// not to be changed before 2027 (specification, "Tracing SDK", read 2026-11).
    Ratio(f64),
    /// X-Ray's rules decide for OTLP as well.
    Xray,
}

/// `parentbased_always_on`.
impl Default for Sampler {
    fn default() -> Self {
        Self { follows_parent: true, root: RootSampler::On }
    }
}

/// `OTEL_TRACES_SAMPLER` or `OTEL_TRACES_SAMPLER_ARG` is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamplerError {
    /// There is no sampler of this name.
    UnknownName(String),
    /// The argument of a `traceidratio` sampler is no number from 0 to 1.
    BadRatio(String),
}

impl SamplerError {
    /// What would have been understood.
    pub(crate) fn expected(&self) -> &'static str {
        match self {
            Self::UnknownName(_) => {
                "always_on, always_off, traceidratio or xray, or one of these after `parentbased_`"
            }
            Self::BadRatio(_) => "a number from 0 to 1",
        }
    }
}

impl fmt::Display for SamplerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (variable, text) = match self {
            Self::UnknownName(name) => ("OTEL_TRACES_SAMPLER", name),
            Self::BadRatio(text) => ("OTEL_TRACES_SAMPLER_ARG", text),
        };
        write!(f, "{variable} is `{text}`, expected {}", self.expected())
    }
}

impl std::error::Error for SamplerError {}

impl Sampler {
    /// The sampler of these two settings. The argument matters to `traceidratio` only; without
    /// one the ratio is 1.
    ///
    /// # Errors
    ///
    /// If there is no such sampler, or the ratio is no number from 0 to 1.
    pub fn parse(name: &str, argument: Option<&str>) -> Result<Self, SamplerError> {
        let lower = name.trim().to_ascii_lowercase();
        let (follows_parent, root) = match lower.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, lower.as_str()),
        };
        let root = match root {
            "always_on" => RootSampler::On,
            "always_off" => RootSampler::Off,
            "traceidratio" => RootSampler::Ratio(parse_ratio(argument)?),
            // X-Ray's own rules follow the caller, as its samplers do everywhere.
            "xray" => return Ok(Self { follows_parent: true, root: RootSampler::Xray }),
            _ => return Err(SamplerError::UnknownName(name.trim().to_owned())),
        };
        Ok(Self { follows_parent, root })
    }
}

fn parse_ratio(argument: Option<&str>) -> Result<f64, SamplerError> {
    let Some(text) = argument.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(1.0);
    };
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| SamplerError::BadRatio(text.to_owned()))
}

/// Whether a trace belongs to this part of all: its 56 random bits reach the threshold, as
/// OpenTelemetry's consistent sampling has it, so a trace of a small part is in every larger one.
#[must_use]
pub fn is_in_ratio(trace_id: TraceId, ratio: f64) -> bool {
    const RANGE: u64 = 1 << 56;
    let random = trace_id.bits() as u64 & (RANGE - 1);
    let threshold = ((1.0 - ratio) * RANGE as f64) as u64;
    random >= threshold
}

/// Decides on every trace of this process.
pub struct Decider {
    sampler: Sampler,
    records_all: bool,
    xray: Option<Box<dyn XrayRules>>,
}

impl fmt::Debug for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let xray = self.xray.is_some();
        f.debug_struct("Decider")
            .field("sampler", &self.sampler)
            .field("records_all", &self.records_all)
            .field("xray", &xray)
            .finish()
    }
}

impl Decider {
    /// Decides by this sampler; without X-Ray until told.
    #[must_use]
    pub fn new(sampler: Sampler) -> Self {
        Self { sampler, records_all: false, xray: None }
    }

    /// The same, recording also what is not sampled, since it may be kept after the fact
    /// (`CRUDDUR_KEEP`).
    #[must_use]
    pub const fn recording_all(mut self, records_all: bool) -> Self {
        self.records_all = records_all;
        self
    }

    /// The same with X-Ray: these rules decide on its bit.
    #[must_use]
    pub fn with_xray(mut self, rules: Box<dyn XrayRules>) -> Self {
        self.xray = Some(rules);
        self
    }

    /// Decides. Called once per trace and process.
    #[must_use]
    pub fn decide(&self, facts: &RootFacts<'_>) -> Sampling {
        let xray = self.decide_xray(facts);
        let inherited = if self.sampler.follows_parent { facts.sampled } else { None };
        let (otlp, rate) = match (inherited, self.sampler.root) {
            (Some(true), _) => (true, facts.caller_rate.unwrap_or(1.0)),
            (None, RootSampler::On) => (true, 1.0),
            (None, RootSampler::Xray) => (xray.sampled, 1.0),
            (None, RootSampler::Ratio(ratio)) if is_in_ratio(facts.trace_id, ratio) => {
                (true, if ratio > 0.0 { 1.0 / ratio } else { 1.0 })
            }
            (Some(false), _) | (None, RootSampler::Off | RootSampler::Ratio(_)) => (false, 1.0),
        };
        let has_xray = self.xray.is_some();
        Sampling {
            otlp,
            xray: has_xray && xray.sampled,
            record: self.records_all,
            rate,
            xray_rule: xray.rule,
        }
    }

    /// X-Ray's decision as services that are called get it: where X-Ray is not on here, that of OTLP,
    /// since a collector may hand those spans to X-Ray.
    fn xray_sent(&self, decided: &Sampling) -> bool {
        if self.xray.is_some() { decided.xray } else { decided.otlp }
    }

    fn decide_xray(&self, facts: &RootFacts<'_>) -> XrayDecision {
        match (&self.xray, facts.xray_sampled) {
            (_, Some(sampled)) => XrayDecision { sampled, rule: None },
            (Some(rules), None) => rules.decide(facts),
            (None, None) => XrayDecision::default(),
        }
    }
}

static DECIDER: OnceLock<Decider> = OnceLock::new();

/// Makes `decider` the process's own. `false`, and nothing changes, if there is one already.
pub(crate) fn install(decider: Decider) -> bool {
    DECIDER.set(decider).is_ok()
}

/// The process's own decider; `None` before there is a telemetry.
pub(crate) fn installed() -> Option<&'static Decider> {
    DECIDER.get()
}

/// What is said of X-Ray's decision in `X-Amzn-Trace-Id`.
pub(crate) fn xray_sent(decided: &Sampling) -> bool {
    installed().map_or(decided.xray, |decider| decider.xray_sent(decided))
}

#[cfg(test)]
mod tests;
