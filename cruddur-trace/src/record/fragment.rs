//! What one hand-over brings: spans of one trace that finished together.

use std::sync::Arc;

use super::{Resource, SpanRecord, TraceId};

/// Spans of one trace that were handed over together: usually a whole request.
///
/// A long trace, and one whose tasks outlive their root, comes in several fragments.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fragment {
    /// The trace that all of it belongs to.
    pub trace_id: TraceId,
    /// In the order in which they began: a parent stands before its children.
    pub spans: Vec<SpanRecord>,
    /// What was decided at the root.
    pub sampling: Sampling,
    /// Whether the trace's root in this process is among the spans.
    pub has_root: bool,
    /// Whether any of the spans failed: failures are dropped last.
    pub is_failure: bool,
    /// The trace's root in this process, where it is still open and this is the first part of its
    /// trace: X-Ray shows it as in progress. It is among `spans` of a later fragment, and is counted
    /// there.
    pub in_progress: Option<Box<SpanRecord>>,
    /// What it is about, where that is not this process: a browser whose spans are relayed.
    pub resource: Option<Arc<Resource>>,
}

/// What was decided at the root of a trace: one bit per family of backends.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// To OTLP backends: the W3C flag.
    pub otlp: bool,
    /// To X-Ray, whose own rules decide.
    pub xray: bool,
    /// Recorded although nothing was sampled: exported if the trace turns out to be worth keeping.
    pub record: bool,
    /// How many traces this one stands for (1 / p, at least 1): `SampleRate` in Honeycomb.
    pub rate: f64,
    /// The X-Ray rule that matched.
    pub xray_rule: Option<Arc<str>>,
}

impl Sampling {
    /// Everything goes to every backend.
    pub const ALWAYS: Self =
        Self { otlp: true, xray: true, record: true, rate: 1.0, xray_rule: None };
    /// Nothing is recorded; context still propagates.
    pub const DROP: Self =
        Self { otlp: false, xray: false, record: false, rate: 1.0, xray_rule: None };

    /// Whether spans are recorded at all.
    #[must_use]
    pub const fn is_recording(&self) -> bool {
        self.otlp || self.xray || self.record
    }
}

impl Fragment {
    /// A fragment of these spans.
    #[must_use]
    pub fn new(trace_id: TraceId, spans: Vec<SpanRecord>, sampling: Sampling) -> Self {
        let is_failure = spans.iter().any(SpanRecord::is_failure);
        Self {
            trace_id,
            spans,
            sampling,
            has_root: false,
            is_failure,
            in_progress: None,
            resource: None,
        }
    }

    /// Bytes that it takes in a queue, about.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.spans.iter().map(SpanRecord::size_bytes).sum()
    }
}
