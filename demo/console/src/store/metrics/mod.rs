//! Metrics received over OTLP: each stream's latest point and a short history, bounded by streams
//! and by bytes. `point` reads what was sent.

mod point;

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::lock;
use super::span::{Resource, Sender};
use super::value::{Keys, Object, Value, json_bytes};
use crate::time::rfc3339;
use point::{Data, Exemplar, Point};

/// Most streams kept; a new one beyond takes the place of one that fell silent, or is counted.
const MAX_STREAMS: usize = 5_000;
/// Most bytes of streams, estimated.
const MAX_BYTES: usize = 32 << 20;
/// Points of a stream's history.
const HISTORY: usize = 120;
/// Exemplars that a stream remembers.
const EXEMPLARS: usize = 10;
/// After this a stream that says nothing may make room: ten minutes.
const SILENT_NANOS: u64 = 600_000_000_000;

/// All metrics.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Streams>);

#[derive(Default)]
struct Streams {
    streams: HashMap<String, Stream>,
    keys: Keys,
    bytes: usize,
    overflowed: u64,
}

/// One metric with one set of attributes, as JSON.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stream {
    pub(crate) service: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) unit: String,
    /// `gauge`, `sum`, `histogram`, `exponential histogram`, `summary`.
    pub(crate) kind: &'static str,
    /// Whether a sum only grows.
    pub(crate) monotonic: bool,
    /// `delta`, `cumulative`, or empty.
    pub(crate) temporality: &'static str,
    /// Of the latest point.
    pub(crate) time: String,
    pub(crate) attributes: Json,
    /// The latest point: `value`, or `count`, `sum`, `min`, `max`, `bounds`, `buckets`.
    pub(crate) point: Json,
    /// `[milliseconds since 1970, value or count, sum]`, oldest first.
    history: VecDeque<(u64, Option<f64>, Option<f64>)>,
    /// Newest last.
    exemplars: VecDeque<Exemplar>,
    #[serde(skip)]
    updated: u64,
    #[serde(skip)]
    bytes: usize,
}

/// How many streams there are, and how many found no room.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    streams: usize,
    bytes: usize,
    max_bytes: usize,
    overflowed: u64,
}

impl Metrics {
    pub(crate) fn add(&self, request: ExportMetricsServiceRequest, now: u64) {
        let state = &mut *lock(&self.0);
        for resource_metrics in request.resource_metrics {
            let resource = resource_metrics.resource.unwrap_or_default().attributes;
            let resource: Resource = state.keys.attributes(resource).into();
            for scope_metrics in resource_metrics.scope_metrics {
                let sender =
                    Sender::new(&mut state.keys, Resource::clone(&resource), scope_metrics.scope);
                for metric in scope_metrics.metrics {
                    state.metric(&sender, metric, now);
                }
            }
        }
    }

    /// Streams whose name begins so, by name.
    pub(crate) fn list(&self, prefix: &str) -> Vec<Stream> {
        let streams = lock(&self.0);
        let wanted = streams.streams.values().filter(|stream| stream.name.starts_with(prefix));
        let mut list: Vec<Stream> = wanted.cloned().collect();
        list.sort_by_cached_key(|it| {
            (it.name.clone(), it.service.clone(), it.attributes.to_string())
        });
        list
    }

    pub(crate) fn held(&self) -> Held {
        let state = lock(&self.0);
        Held {
            streams: state.streams.len(),
            bytes: state.bytes,
            max_bytes: MAX_BYTES,
            overflowed: state.overflowed,
        }
    }

    pub(crate) fn clear(&self) {
        *lock(&self.0) = Streams::default();
    }
}

impl Streams {
    fn metric(&mut self, sender: &Sender, metric: Metric, now: u64) {
        let Metric { name, description, unit, data, .. } = metric;
        let Data { kind, monotonic, temporality, points } = Data::read(data);
        for Point { attributes, time, value, sum, json, exemplars } in points {
            let attributes = self.keys.attributes(attributes);
            let time = if time == 0 { now } else { time };
            let (mut id, attributes) = identity(sender, &name, &attributes);
            id.push_str(kind);
            let mut stream = self.take(&id).unwrap_or_else(|| Stream {
                service: sender.service.to_string(),
                scope: sender.scope.to_string(),
                name: name.clone(),
                description: description.clone(),
                unit: unit.clone(),
                kind,
                monotonic,
                temporality,
                attributes,
                time: String::new(),
                point: Json::Null,
                history: VecDeque::new(),
                exemplars: VecDeque::new(),
                updated: 0,
                bytes: 0,
            });
            stream.time = rfc3339(time);
            stream.updated = now;
            stream.history.push_back((time / 1_000_000, value, sum));
            stream.exemplars.extend(exemplars);
            while stream.history.len() > HISTORY {
                stream.history.pop_front();
            }
            while stream.exemplars.len() > EXEMPLARS {
                stream.exemplars.pop_front();
            }
            stream.point = json;
            stream.bytes = stream.size() + 2 * id.len();
            self.put(id, stream, now);
        }
    }

    fn take(&mut self, id: &str) -> Option<Stream> {
        let stream = self.streams.remove(id)?;
        self.bytes -= stream.bytes;
        Some(stream)
    }

    fn put(&mut self, id: String, stream: Stream, now: u64) {
        let is_full = |state: &Self| {
            state.streams.len() >= MAX_STREAMS || state.bytes + stream.bytes > MAX_BYTES
        };
        // A flood would look for silent streams again and again: every 1,024th does.
        if is_full(self) && self.overflowed & 1_023 == 0 {
            self.streams.retain(|_, it| now.saturating_sub(it.updated) < SILENT_NANOS);
            self.bytes = self.streams.values().map(|it| it.bytes).sum();
        }
        if is_full(self) {
            self.overflowed += 1;
            return;
        }
        self.bytes += stream.bytes;
        self.streams.insert(id, stream);
    }
}

/// What tells streams apart, and the attributes as JSON.
fn identity(
    sender: &Sender,
    name: &str,
    attributes: &[(super::value::Key, Value)],
) -> (String, Json) {
    let attributes = json!(Object(attributes));
    (format!("{}\n{}\n{name}\n{attributes}\n", sender.service, sender.scope), attributes)
}

impl Stream {
    /// About what it takes in memory.
    fn size(&self) -> usize {
        let texts = [&self.service, &self.scope, &self.name, &self.description, &self.unit];
        let texts: usize = texts.iter().map(|text| text.len()).sum();
        let exemplars: usize = self.exemplars.iter().map(Exemplar::size).sum();
        size_of::<Self>()
            + texts
            + exemplars
            + self.history.capacity() * size_of::<(u64, Option<f64>, Option<f64>)>()
            + json_bytes(&self.attributes)
            + json_bytes(&self.point)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
    use opentelemetry_proto::tonic::metrics::v1::{
        Gauge, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric, number_data_point,
    };

    use super::*;

    fn gauge(name: &str, attribute: String, value: f64) -> ExportMetricsServiceRequest {
        let sent = Some(AnyValue { value: Some(any_value::Value::StringValue(attribute)) });
        let attributes =
            vec![KeyValue { key: "it".to_owned(), value: sent, ..KeyValue::default() }];
        let value = Some(number_data_point::Value::AsDouble(value));
        let data_points = vec![NumberDataPoint { attributes, value, ..NumberDataPoint::default() }];
        let data = Some(metric::Data::Gauge(Gauge { data_points }));
        let metrics = vec![Metric { name: name.to_owned(), data, ..Metric::default() }];
        let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
        let resource_metrics =
            vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
        ExportMetricsServiceRequest { resource_metrics }
    }

    #[test]
    fn a_stream_has_a_history() {
        let metrics = Metrics::default();
        for turn in 0..200_u32 {
            let now = u64::from(turn) * 1_000_000_000;
            metrics.add(gauge("queue", String::new(), f64::from(turn)), now);
        }
        let list = metrics.list("");
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].history.len(), HISTORY);
        assert_eq!(list[0].history.back(), Some(&(199_000, Some(199.0), None)));
        assert_eq!(list[0].point, json!({"value": 199.0}));
        assert!(metrics.list("other").is_empty());
    }

    #[test]
    fn streams_and_bytes_are_bounded_and_the_silent_make_room() {
        let metrics = Metrics::default();
        for turn in 0..MAX_STREAMS + 10 {
            metrics.add(gauge("many", turn.to_string(), 1.0), 5);
        }
        assert_eq!((metrics.held().streams, metrics.held().overflowed), (MAX_STREAMS, 10));
        // The ten went at once; what looks for silence comes round again.
        for turn in 0..1_100 {
            metrics.add(gauge("late", turn.to_string(), 1.0), SILENT_NANOS + 10);
        }
        assert!(metrics.list("late").len() > 50);

        metrics.clear();
        for turn in 0..50 {
            metrics.add(gauge("big", format!("{turn}{}", "x".repeat(1 << 20)), 1.0), 5);
            assert!(metrics.held().bytes <= MAX_BYTES);
        }
        assert!(metrics.held().overflowed > 10);
    }
}
