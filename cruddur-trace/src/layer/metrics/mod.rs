//! The metrics of HTTP servers: duration, requests at work, sizes of bodies.
//!
//! Fixed buckets of atomics in a bounded table, read by the exporter thread: recording takes no lock
//! and, once a set of attributes is known, allocates nothing. The names and buckets are those of
//! OpenTelemetry's conventions (1.42, read 2026-11). `server.address` is no attribute: strangers
//! choose it.

mod active;
mod histogram;
mod series;

use std::sync::OnceLock;

use active::ActiveRequests;
use series::Table;

use super::options::Settings;
use crate::record::{
    Attribute, Key, Metric, MetricData, MetricsSnapshot, TraceLink, UnixNanos, Value, clock,
};

/// What a finished request adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished<'a> {
    pub(crate) key: SeriesKey<'a>,
    /// `None` for a stream that is left out.
    pub(crate) nanos: Option<u64>,
    pub(crate) request_bytes: Option<u64>,
    pub(crate) response_bytes: Option<u64>,
    /// Its span, if it is sampled.
    pub(crate) example: Option<TraceLink>,
}

/// What the metrics of a request are told apart by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SeriesKey<'a> {
    pub(crate) method: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) version: Option<&'static str>,
    pub(crate) status: Option<u16>,
    pub(crate) route: Option<&'a str>,
    pub(crate) error_type: Option<&'a str>,
    pub(crate) labels: &'a [Attribute],
}

/// The metrics of the HTTP requests that a service answered.
///
/// A process has one, which its telemetry reads and sends; a test may have its own
/// ([`ObserveLayer::record_into`](super::ObserveLayer::record_into)).
#[derive(Debug)]
pub struct HttpMetrics {
    start: UnixNanos,
    active: ActiveRequests,
    table: Table,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

static GLOBAL: OnceLock<HttpMetrics> = OnceLock::new();

/// Begins to count, for the whole process: somebody will read it.
#[cfg_attr(not(feature = "_pipeline"), allow(dead_code))]
pub(crate) fn enable() -> &'static HttpMetrics {
    GLOBAL.get_or_init(HttpMetrics::new)
}

/// The process's own metrics, if they are counted.
pub(crate) fn global() -> Option<&'static HttpMetrics> {
    GLOBAL.get()
}

/// Where requests of a layer are counted, if anywhere.
pub(super) fn of(settings: &Settings) -> Option<&HttpMetrics> {
    settings.metrics.as_deref().or_else(|| global())
}

/// Tells the metrics of the current request apart by one more attribute: a plan, a tenant's kind.
///
/// Every value makes a set of attributes of its own, and the table holds 2,000: choose what has few.
/// Outside of a request it does nothing.
pub fn set_metric_label(key: impl Into<Key>, value: impl Into<Value>) {
    if let Some(scope) = crate::span::current().and_then(|context| context.scope) {
        scope.set_metric_label(Attribute::new(key, value));
    }
}

impl HttpMetrics {
    /// Nothing counted yet; a table for 2,000 sets of attributes.
    #[must_use]
    pub fn new() -> Self {
        Self { start: clock::now(), active: ActiveRequests::new(), table: Table::new() }
    }

    pub(crate) fn begin(&self, method: &'static str, scheme: &'static str) {
        self.active.add(method, scheme, 1);
    }

    pub(crate) fn end(&self, finished: &Finished<'_>) {
        self.active.add(finished.key.method, finished.key.scheme, -1);
        let series = self.table.series(&finished.key);
        if let Some(nanos) = finished.nanos {
            series.duration.record(nanos, finished.example);
        }
        if let Some(bytes) = finished.request_bytes {
            series.request_body.record(bytes, finished.example);
        }
        if let Some(bytes) = finished.response_bytes {
            series.response_body.record(bytes, finished.example);
        }
    }

    /// All metrics as they are now, cumulative since the beginning. What has no points is left out.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        let histogram = |name, unit, description, pick: series::Pick| {
            let data = MetricData::Histogram(self.table.points(pick));
            Metric { name, unit, description, data }
        };
        let metrics = vec![
            histogram(
                "http.server.request.duration",
                "s",
                "Duration of HTTP server requests.",
                |series| &series.duration,
            ),
            Metric {
                name: "http.server.active_requests",
                unit: "{request}",
                description: "Number of active HTTP server requests.",
                data: MetricData::Gauge(self.active.points()),
            },
            histogram(
                "http.server.request.body.size",
                "By",
                "Size of HTTP server request bodies.",
                |series| &series.request_body,
            ),
            histogram(
                "http.server.response.body.size",
                "By",
                "Size of HTTP server response bodies.",
                |series| &series.response_body,
            ),
        ];
        let metrics = metrics.into_iter().filter(has_points).collect();
        MetricsSnapshot { start: self.start, time: clock::now(), metrics }
    }
}

fn has_points(metric: &Metric) -> bool {
    match &metric.data {
        MetricData::Counter(points) | MetricData::Gauge(points) => !points.is_empty(),
        MetricData::Histogram(points) => !points.is_empty(),
    }
}

fn attribute(key: &'static str, value: impl Into<Value>) -> Attribute {
    Attribute::new(key, value)
}

#[cfg(test)]
mod tests;
