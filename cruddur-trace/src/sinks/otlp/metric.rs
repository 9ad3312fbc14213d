//! A metric as an OTLP metric. Follows opentelemetry/proto/metrics/v1/metrics.proto, 1.9.

use super::{attributes, proto};
use crate::record::{HistogramPoint, Metric, MetricData, MetricsSnapshot, NumberPoint};

/// Since the process began to count: what `MetricsSnapshot` holds.
const CUMULATIVE: u64 = 2;

/// One `metrics` entry of a `ScopeMetrics`.
pub(super) fn encode(out: &mut Vec<u8>, metric: &Metric, snapshot: &MetricsSnapshot) {
    proto::message(out, 2, |out| {
        proto::string(out, 1, metric.name);
        proto::string(out, 2, metric.description);
        proto::string(out, 3, metric.unit);
        match &metric.data {
            MetricData::Counter(points) => sum(out, points, true, snapshot),
            MetricData::Gauge(points) => sum(out, points, false, snapshot),
            MetricData::Histogram(points) => proto::message(out, 9, |out| {
                points.iter().for_each(|point| histogram(out, point, snapshot));
                proto::uint(out, 2, CUMULATIVE);
            }),
        }
    });
}

/// How many points a metric has: what it is counted in.
pub(super) fn points(metric: &Metric) -> u64 {
    match &metric.data {
        MetricData::Counter(points) | MetricData::Gauge(points) => points.len() as u64,
        MetricData::Histogram(points) => points.len() as u64,
    }
}

fn sum(out: &mut Vec<u8>, points: &[NumberPoint], monotonic: bool, snapshot: &MetricsSnapshot) {
    proto::message(out, 7, |out| {
        for point in points {
            proto::message(out, 1, |out| {
                proto::fixed64(out, 2, snapshot.start.0);
                proto::fixed64(out, 3, snapshot.time.0);
                // `sfixed64`: two's complement.
                proto::fixed64(out, 6, point.value as u64);
                attributes::list(out, 7, &point.attributes);
            });
        }
        proto::uint(out, 2, CUMULATIVE);
        proto::uint(out, 3, u64::from(monotonic));
    });
}

fn histogram(out: &mut Vec<u8>, point: &HistogramPoint, snapshot: &MetricsSnapshot) {
    proto::message(out, 1, |out| {
        proto::fixed64(out, 2, snapshot.start.0);
        proto::fixed64(out, 3, snapshot.time.0);
        proto::fixed64(out, 4, point.counts.iter().sum());
        proto::double(out, 5, point.sum);
        proto::message(out, 6, |out| {
            point.counts.iter().for_each(|count| out.extend_from_slice(&count.to_le_bytes()));
        });
        proto::message(out, 7, |out| {
            point.bounds.iter().for_each(|bound| out.extend_from_slice(&bound.to_le_bytes()));
        });
        for exemplar in &point.exemplars {
            proto::message(out, 8, |out| {
                proto::fixed64(out, 2, exemplar.time.0);
                proto::double(out, 3, exemplar.value);
                proto::bytes_always(out, 4, &exemplar.span_id.to_bytes());
                proto::bytes_always(out, 5, &exemplar.trace_id.to_bytes());
            });
        }
        attributes::list(out, 9, &point.attributes);
    });
}
