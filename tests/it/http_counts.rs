//! What the layer's own metrics say of requests.

use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::record::MetricData;

/// Requests at work, and those that were timed at their end.
pub(crate) fn counts(metrics: &HttpMetrics) -> (i64, usize) {
    let (mut active, mut timed) = (0, 0);
    for metric in metrics.snapshot().metrics {
        match (metric.name, metric.data) {
            ("http.server.active_requests", MetricData::Gauge(points)) => {
                active = points.iter().map(|point| point.value).sum();
            }
            ("http.server.request.duration", MetricData::Histogram(points)) => {
                timed = points.iter().flat_map(|point| &point.counts).sum::<u64>() as usize;
            }
            _ => {}
        }
    }
    (active, timed)
}
