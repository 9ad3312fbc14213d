//! OTLP's five kinds of metric data into points of one shape. Pure.
//!
//! Source: opentelemetry.io/docs/specs/otel/metrics/data-model, read 2026-11.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1 as sent;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::store::value::hex;
use crate::time::rfc3339;

/// Most buckets that are kept of a histogram; OpenTelemetry's exponential one has 160.
const MAX_BUCKETS: usize = 400;
/// Exemplars that are read of a point.
const MAX_EXEMPLARS: usize = 20;

/// A metric's points.
#[derive(Default)]
pub(super) struct Data {
    pub(super) kind: &'static str,
    pub(super) monotonic: bool,
    pub(super) temporality: &'static str,
    pub(super) points: Vec<Point>,
}

/// One point.
pub(super) struct Point {
    pub(super) attributes: Vec<KeyValue>,
    /// Nanoseconds since 1970; 0 when it was not said.
    pub(super) time: u64,
    /// The number, or how many were counted.
    pub(super) value: Option<f64>,
    pub(super) sum: Option<f64>,
    pub(super) json: Json,
    pub(super) exemplars: Vec<Exemplar>,
}

/// A measurement with the span it was made in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Exemplar {
    time: String,
    value: Option<f64>,
    /// Hexadecimal; empty when the measurement was made outside of a trace.
    trace_id: String,
    span_id: String,
}

impl Exemplar {
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.time.len() + self.trace_id.len() + self.span_id.len()
    }
}

impl Data {
    pub(super) fn read(data: Option<sent::metric::Data>) -> Self {
        use sent::metric::Data as Sent;
        match data {
            Some(Sent::Gauge(gauge)) => {
                Self { kind: "gauge", points: numbers(gauge.data_points), ..Self::default() }
            }
            Some(Sent::Sum(sum)) => Self {
                kind: "sum",
                monotonic: sum.is_monotonic,
                temporality: temporality(sum.aggregation_temporality),
                points: numbers(sum.data_points),
            },
            Some(Sent::Histogram(histogram)) => Self {
                kind: "histogram",
                temporality: temporality(histogram.aggregation_temporality),
                points: histogram.data_points.into_iter().map(explicit).collect(),
                ..Self::default()
            },
            Some(Sent::ExponentialHistogram(histogram)) => Self {
                kind: "exponential histogram",
                temporality: temporality(histogram.aggregation_temporality),
                points: histogram.data_points.into_iter().map(exponential).collect(),
                ..Self::default()
            },
            Some(Sent::Summary(summary)) => Self {
                kind: "summary",
                points: summary.data_points.into_iter().map(quantiles).collect(),
                ..Self::default()
            },
            None => Self { kind: "empty", ..Self::default() },
        }
    }
}

fn temporality(sent: i32) -> &'static str {
    match sent {
        1 => "delta",
        2 => "cumulative",
        _ => "",
    }
}

fn numbers(points: Vec<sent::NumberDataPoint>) -> Vec<Point> {
    use sent::number_data_point::Value;
    let point = |point: sent::NumberDataPoint| {
        let (value, json) = match point.value {
            Some(Value::AsInt(value)) => (Some(value as f64), json!(value)),
            Some(Value::AsDouble(value)) => (finite(value), json!(value)),
            None => (None, Json::Null),
        };
        Point {
            attributes: point.attributes,
            time: point.time_unix_nano,
            value,
            sum: None,
            json: json!({ "value": json }),
            exemplars: exemplars(&point.exemplars),
        }
    };
    points.into_iter().map(point).collect()
}

fn explicit(mut point: sent::HistogramDataPoint) -> Point {
    point.explicit_bounds.truncate(MAX_BUCKETS);
    point.bucket_counts.truncate(MAX_BUCKETS + 1);
    Point {
        time: point.time_unix_nano,
        value: Some(point.count as f64),
        sum: point.sum.and_then(finite),
        json: json!({
            "count": point.count, "sum": point.sum, "min": point.min, "max": point.max,
            "bounds": point.explicit_bounds, "buckets": point.bucket_counts,
        }),
        exemplars: exemplars(&point.exemplars),
        attributes: point.attributes,
    }
}

/// With the bounds written out: bucket `i` of scale `s` ends at `2^(2^-s)` to the power `i + 1`.
/// What is not above zero is one bucket, the first.
fn exponential(point: sent::ExponentialHistogramDataPoint) -> Point {
    let positive = point.positive.unwrap_or_default();
    let base = (2.0_f64).powf((2.0_f64).powf(-f64::from(point.scale)));
    let counts: Vec<u64> = positive.bucket_counts.into_iter().take(MAX_BUCKETS).collect();
    let power = |index: i64| base.powf((i64::from(positive.offset) + index) as f64);
    let negative = point.negative.unwrap_or_default().bucket_counts;
    let below = negative.into_iter().fold(point.zero_count, u64::saturating_add);
    let bounds: Vec<f64> = (0_i64..).take(counts.len() + 1).map(power).collect();
    let buckets: Vec<u64> = std::iter::once(below).chain(counts).chain([0]).collect();
    Point {
        time: point.time_unix_nano,
        value: Some(point.count as f64),
        sum: point.sum.and_then(finite),
        json: json!({
            "count": point.count, "sum": point.sum, "min": point.min, "max": point.max,
            "scale": point.scale, "bounds": bounds, "buckets": buckets,
        }),
        exemplars: exemplars(&point.exemplars),
        attributes: point.attributes,
    }
}

fn quantiles(point: sent::SummaryDataPoint) -> Point {
    let quantiles = point.quantile_values.iter().take(MAX_BUCKETS);
    let quantiles: Vec<Json> =
        quantiles.map(|it| json!({"quantile": it.quantile, "value": it.value})).collect();
    Point {
        time: point.time_unix_nano,
        value: Some(point.count as f64),
        sum: finite(point.sum),
        json: json!({"count": point.count, "sum": point.sum, "quantiles": quantiles}),
        exemplars: Vec::new(),
        attributes: point.attributes,
    }
}

fn exemplars(sent: &[sent::Exemplar]) -> Vec<Exemplar> {
    use sent::exemplar::Value;
    let id = |bytes: &[u8], length: usize| {
        let is_id = bytes.len() == length && bytes.iter().any(|byte| *byte != 0);
        if is_id { hex(bytes) } else { String::new() }
    };
    let read = |exemplar: &sent::Exemplar| Exemplar {
        time: rfc3339(exemplar.time_unix_nano),
        value: match exemplar.value {
            Some(Value::AsDouble(value)) => finite(value),
            Some(Value::AsInt(value)) => Some(value as f64),
            None => None,
        },
        trace_id: id(&exemplar.trace_id, 16),
        span_id: id(&exemplar.span_id, 8),
    };
    sent.iter().take(MAX_EXEMPLARS).map(read).collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_buckets_get_bounds() {
        let point = exponential(sent::ExponentialHistogramDataPoint {
            count: 6,
            sum: Some(20.0),
            scale: 0,
            zero_count: 1,
            positive: Some(sent::exponential_histogram_data_point::Buckets {
                offset: 1,
                bucket_counts: vec![2, 3],
            }),
            ..Default::default()
        });
        assert_eq!(point.json["bounds"], json!([2.0, 4.0, 8.0]));
        assert_eq!(point.json["buckets"], json!([1, 2, 3, 0]));
    }

    #[test]
    fn an_exemplar_outside_of_a_trace_has_no_ids() {
        let read = exemplars(&[
            sent::Exemplar { trace_id: vec![0; 16], span_id: vec![1; 3], ..Default::default() },
            sent::Exemplar { trace_id: vec![1; 16], span_id: vec![2; 8], ..Default::default() },
        ]);
        assert_eq!((read[0].trace_id.as_str(), read[0].span_id.as_str()), ("", ""));
        assert_eq!((read[1].trace_id.len(), read[1].span_id.as_str()), (32, "0202020202020202"));
    }

    #[test]
    fn numbers_that_are_none_stay_out_of_history() {
        let nan = sent::number_data_point::Value::AsDouble(f64::NAN);
        let points =
            numbers(vec![sent::NumberDataPoint { value: Some(nan), ..Default::default() }]);
        assert_eq!((points[0].value, &points[0].json), (None, &json!({"value": null})));
    }

    #[test]
    fn scales_and_counts_may_be_of_any_size() {
        let buckets = |count: u64| sent::exponential_histogram_data_point::Buckets {
            offset: i32::MIN,
            bucket_counts: vec![count; 2],
        };
        for scale in [i32::MIN, -1, 0, 1, i32::MAX] {
            let point = exponential(sent::ExponentialHistogramDataPoint {
                scale,
                count: u64::MAX,
                zero_count: u64::MAX,
                positive: Some(buckets(u64::MAX)),
                negative: Some(buckets(u64::MAX)),
                ..Default::default()
            });
            assert_eq!(point.json["buckets"][0], u64::MAX, "{scale}");
        }
    }
}
