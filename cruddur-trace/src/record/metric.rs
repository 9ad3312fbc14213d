//! Metrics at one moment, ready to be encoded.

use super::{Attribute, Key, SpanId, TraceId, UnixNanos};

/// All metrics at one moment; cumulative since `start`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// When counting began.
    pub start: UnixNanos,
    /// When this was read.
    pub time: UnixNanos,
    /// One entry per instrument.
    pub metrics: Vec<Metric>,
}

/// One instrument with all its points.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// E.g. `http.server.request.duration`.
    pub name: &'static str,
    /// In UCUM: `s`, `By`, `{request}`.
    pub unit: &'static str,
    /// What it tells.
    pub description: &'static str,
    /// Its points.
    pub data: MetricData,
}

/// The points of an instrument.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MetricData {
    /// A count that only grows.
    Counter(Vec<NumberPoint>),
    /// A count that may fall (OpenTelemetry: an up-down counter).
    Gauge(Vec<NumberPoint>),
    /// Counts by bucket.
    Histogram(Vec<HistogramPoint>),
}

/// A number for one set of attributes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NumberPoint {
    /// What it is the number of.
    pub attributes: Vec<Attribute>,
    /// The number.
    pub value: i64,
}

/// A histogram for one set of attributes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistogramPoint {
    /// What it is the distribution of.
    pub attributes: Vec<Attribute>,
    /// Upper bounds, each inclusive; the last bucket has none.
    pub bounds: &'static [f64],
    /// One more than there are bounds.
    pub counts: Vec<u64>,
    /// The sum of all values.
    pub sum: f64,
    /// At most one sampled example per bucket.
    pub exemplars: Vec<Exemplar>,
}

/// One measured value with the trace that it came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exemplar {
    /// The value.
    pub value: f64,
    /// When it was measured.
    pub time: UnixNanos,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

impl Metric {
    /// The name of the attribute set that takes what no longer fits into a bounded table.
    pub const OVERFLOW: Key = Key::Borrowed("otel.metric.overflow");
}
