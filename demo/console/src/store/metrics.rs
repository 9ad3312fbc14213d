//! Metrics received over OTLP: the latest state of each stream, bounded by streams.

use std::collections::HashMap;
use std::sync::Mutex;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric, number_data_point};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::lock;
use super::span::Sender;
use super::value::{Attributes, Keys, Object};
use crate::time::rfc3339;

/// Most streams kept; a new one beyond is counted, not kept.
const MAX_STREAMS: usize = 5_000;

/// All metrics.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Streams>);

#[derive(Default)]
struct Streams {
    streams: HashMap<String, Stream>,
    keys: Keys,
    overflowed: u64,
}

/// The latest point of one metric with one set of attributes, as JSON.
#[derive(Clone, Serialize)]
pub(crate) struct Stream {
    pub(crate) service: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) unit: String,
    pub(crate) kind: &'static str,
    pub(crate) time: String,
    pub(crate) attributes: Json,
    pub(crate) point: Json,
}

impl Metrics {
    pub(crate) fn add(&self, request: ExportMetricsServiceRequest, now: u64) {
        let state = &mut *lock(&self.0);
        for resource_metrics in request.resource_metrics {
            let resource =
                state.keys.attributes(resource_metrics.resource.unwrap_or_default().attributes);
            for scope_metrics in resource_metrics.scope_metrics {
                let sender = Sender::new(&mut state.keys, resource.clone(), scope_metrics.scope);
                for metric in scope_metrics.metrics {
                    state.metric(&sender, metric, now);
                }
            }
        }
    }

    /// All streams, by name.
    pub(crate) fn list(&self) -> Vec<Stream> {
        let mut list: Vec<Stream> = lock(&self.0).streams.values().cloned().collect();
        list.sort_by(|a, b| (&a.name, &a.service).cmp(&(&b.name, &b.service)));
        list
    }

    pub(crate) fn clear(&self) {
        *lock(&self.0) = Streams::default();
    }
}

impl Streams {
    fn metric(&mut self, sender: &Sender, metric: Metric, now: u64) {
        let (kind, points) = self.points(metric.data);
        for (attributes, time, point) in points {
            let attributes = json!(Object(&attributes));
            let id = format!("{}\n{}\n{}\n{attributes}", sender.service, sender.scope, metric.name);
            if !self.streams.contains_key(&id) && self.streams.len() >= MAX_STREAMS {
                self.overflowed += 1;
                continue;
            }
            let stream = Stream {
                service: sender.service.to_string(),
                scope: sender.scope.to_string(),
                name: metric.name.clone(),
                description: metric.description.clone(),
                unit: metric.unit.clone(),
                kind,
                time: rfc3339(if time == 0 { now } else { time }),
                attributes,
                point,
            };
            self.streams.insert(id, stream);
        }
    }

    fn points(
        &mut self,
        data: Option<metric::Data>,
    ) -> (&'static str, Vec<(Attributes, u64, Json)>) {
        let keys = &mut self.keys;
        match data {
            Some(metric::Data::Gauge(gauge)) => ("gauge", numbers(keys, gauge.data_points)),
            Some(metric::Data::Sum(sum)) => ("sum", numbers(keys, sum.data_points)),
            Some(metric::Data::Histogram(histogram)) => {
                let points = histogram.data_points.into_iter().map(|point| {
                    let exemplars: Vec<Json> = point
                        .exemplars
                        .iter()
                        .map(|exemplar| {
                            json!({
                                "trace_id": super::value::hex(&exemplar.trace_id),
                                "span_id": super::value::hex(&exemplar.span_id),
                            })
                        })
                        .collect();
                    let json = json!({
                        "count": point.count, "sum": point.sum, "min": point.min, "max": point.max,
                        "bounds": point.explicit_bounds, "buckets": point.bucket_counts,
                        "exemplars": exemplars,
                    });
                    (keys.attributes(point.attributes), point.time_unix_nano, json)
                });
                ("histogram", points.collect())
            }
            Some(metric::Data::ExponentialHistogram(histogram)) => {
                let points = histogram.data_points.into_iter().map(|point| {
                    let json = json!({
                        "count": point.count, "sum": point.sum, "min": point.min, "max": point.max,
                        "scale": point.scale,
                    });
                    (keys.attributes(point.attributes), point.time_unix_nano, json)
                });
                ("exponential histogram", points.collect())
            }
            Some(metric::Data::Summary(summary)) => {
                let points = summary.data_points.into_iter().map(|point| {
                    let json = json!({ "count": point.count, "sum": point.sum });
                    (keys.attributes(point.attributes), point.time_unix_nano, json)
                });
                ("summary", points.collect())
            }
            None => ("empty", Vec::new()),
        }
    }
}

fn numbers(
    keys: &mut Keys,
    points: Vec<opentelemetry_proto::tonic::metrics::v1::NumberDataPoint>,
) -> Vec<(Attributes, u64, Json)> {
    let number = |value: Option<number_data_point::Value>| match value {
        Some(number_data_point::Value::AsInt(value)) => json!(value),
        Some(number_data_point::Value::AsDouble(value)) => json!(value),
        None => Json::Null,
    };
    points
        .into_iter()
        .map(|point| {
            (
                keys.attributes(point.attributes),
                point.time_unix_nano,
                json!({ "value": number(point.value) }),
            )
        })
        .collect()
}
