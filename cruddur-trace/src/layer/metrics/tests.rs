//! Tests of the metrics.

use super::*;
use crate::record::{SpanId, TraceFlags, TraceId};

const KEY: SeriesKey<'static> = SeriesKey {
    method: "GET",
    scheme: "http",
    version: Some("1.1"),
    status: Some(200),
    route: Some("/users/{id}"),
    error_type: None,
    labels: &[],
};

fn finished(key: SeriesKey<'_>, millis: u64) -> Finished<'_> {
    Finished {
        key,
        nanos: Some(millis * 1_000_000),
        request_bytes: Some(0),
        response_bytes: Some(1_000),
        example: None,
    }
}

fn link() -> TraceLink {
    TraceLink {
        trace_id: TraceId::new(7).expect("not zero"),
        span_id: SpanId::new(8).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
    }
}

fn duration(metrics: &HttpMetrics) -> Vec<crate::record::HistogramPoint> {
    let mut snapshot = metrics.snapshot();
    match snapshot.metrics.remove(0).data {
        MetricData::Histogram(points) => points,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_are_counted_by_bucket_and_attributes() {
    let metrics = HttpMetrics::new();
    for millis in [1, 5, 6, 10_000, 10_001] {
        metrics.begin("GET", "http");
        metrics.end(&finished(KEY, millis));
    }
    metrics.begin("GET", "http");
    metrics.end(&finished(SeriesKey { status: Some(500), error_type: Some("500"), ..KEY }, 1));
    let points = duration(&metrics);
    assert_eq!(points.len(), 2);
    let ok = points.iter().find(|point| point.counts.iter().sum::<u64>() == 5).expect("a point");
    // Bounds are inclusive.
    assert_eq!((ok.counts[0], ok.counts[1], ok.counts[13], ok.counts[14]), (2, 1, 1, 1));
    assert_eq!(ok.counts.len(), ok.bounds.len() + 1);
    assert!((ok.sum - 20.013).abs() < 1e-9);
    let shown: Vec<String> =
        ok.attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
    assert_eq!(
        shown,
        [
            "http.request.method=GET",
            "url.scheme=http",
            "http.response.status_code=200",
            "http.route=/users/{id}",
            "network.protocol.version=1.1",
        ]
    );
}

#[test]
fn the_table_is_bounded() {
    let metrics = HttpMetrics::new();
    let routes: Vec<String> = (0..3_000).map(|at| format!("/r{at}")).collect();
    for route in &routes {
        metrics.end(&finished(SeriesKey { route: Some(route), ..KEY }, 1));
    }
    let points = duration(&metrics);
    assert_eq!(points.len(), 2_001);
    let overflow = points.last().expect("the one for all others");
    assert_eq!(overflow.attributes, [Attribute::new("otel.metric.overflow", true)]);
    assert_eq!(overflow.counts.iter().sum::<u64>(), 1_000);
}

#[test]
fn a_bucket_has_one_example_per_reading() {
    let metrics = HttpMetrics::new();
    for millis in [1, 2, 20] {
        metrics.end(&Finished { example: Some(link()), ..finished(KEY, millis) });
    }
    let examples = duration(&metrics).remove(0).exemplars;
    assert_eq!(examples.iter().map(|it| it.value).collect::<Vec<_>>(), [0.001, 0.02]);
    assert_eq!(examples[0].trace_id, link().trace_id);
    assert!(duration(&metrics)[0].exemplars.is_empty());
}

#[test]
fn threads_lose_no_count() {
    let metrics = HttpMetrics::new();
    std::thread::scope(|scope| {
        for thread in 0..4_u16 {
            let metrics = &metrics;
            scope.spawn(move || {
                for number in 0..1_000_u16 {
                    metrics.begin("GET", "http");
                    let status = Some(200 + (number + thread) % 50);
                    metrics.end(&finished(SeriesKey { status, ..KEY }, 1));
                }
            });
        }
    });
    let points = duration(&metrics);
    assert_eq!(points.len(), 50);
    assert_eq!(points.iter().flat_map(|point| &point.counts).sum::<u64>(), 4_000);
    let snapshot = metrics.snapshot();
    let MetricData::Gauge(active) = &snapshot.metrics[1].data else { panic!("a gauge") };
    assert!(active.iter().all(|point| point.value == 0));
}
