//! Who calls whom, from spans: services as nodes, calls as edges, with how many, how many failed and
//! how long they took. Pure.
//!
//! An edge is a span whose parent belongs to another service, or a client's or producer's span whose
//! other side sends no spans: then what it names (`db.system.name`, `messaging.system`,
//! `peer.service`, `server.address`) is the node.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use crate::store::span::Span;
use crate::store::trace::Trace;
use crate::store::value::{Value, first_bytes};

/// Spans that are looked at, of the newest traces.
const MAX_SPANS: usize = 200_000;
/// Most nodes; names that are made up by the million must not draw a million.
const MAX_NODES: usize = 100;
/// Durations of an edge or a node that percentiles are made from.
const MAX_DURATIONS: usize = 10_000;
/// Most bytes of a name.
const MAX_NAME: usize = 100;

/// The map as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ServiceMap {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    spans: usize,
    /// Whether older traces, or nodes beyond the limit, were left out.
    is_partial: bool,
}

#[derive(Debug, Serialize)]
struct Node {
    name: String,
    /// `service`, `database`, `queue` or `external`.
    kind: &'static str,
    #[serde(flatten)]
    calls: Calls,
}

#[derive(Debug, Serialize)]
struct Edge {
    from: String,
    to: String,
    #[serde(flatten)]
    calls: Calls,
}

#[derive(Debug, Default, Serialize)]
struct Calls {
    calls: u64,
    errors: u64,
    /// Milliseconds; none when there was no call.
    p50: Option<f64>,
    p95: Option<f64>,
    #[serde(skip)]
    durations: Vec<f64>,
}

impl Calls {
    fn add(&mut self, span: &Span) {
        self.calls += 1;
        self.errors += u64::from(span.is_error());
        if self.durations.len() < MAX_DURATIONS {
            self.durations.push(span.duration_ms());
        }
    }

    fn settle(&mut self) {
        self.durations.sort_unstable_by(f64::total_cmp);
        let rank = |share: f64| {
            let place = (share * self.durations.len() as f64).ceil() as usize;
            self.durations.get(place.saturating_sub(1)).copied()
        };
        (self.p50, self.p95) = (rank(0.50), rank(0.95));
        self.durations = Vec::new();
    }
}

#[derive(Default)]
struct Drawing {
    nodes: BTreeMap<String, (&'static str, Calls)>,
    edges: BTreeMap<(String, String), Calls>,
    is_partial: bool,
}

/// The map of these traces, newest first.
pub(crate) fn draw<'a>(traces: impl Iterator<Item = &'a Trace>) -> ServiceMap {
    let mut drawing = Drawing::default();
    let mut spans = 0;
    for trace in traces {
        if spans >= MAX_SPANS {
            drawing.is_partial = true;
            break;
        }
        spans += trace.spans.len();
        drawing.trace(trace);
    }
    let settled = |mut calls: Calls| {
        calls.settle();
        calls
    };
    let node = |(name, (kind, calls))| Node { name, kind, calls: settled(calls) };
    let edge = |((from, to), calls)| Edge { from, to, calls: settled(calls) };
    ServiceMap {
        nodes: drawing.nodes.into_iter().map(node).collect(),
        edges: drawing.edges.into_iter().map(edge).collect(),
        spans,
        is_partial: drawing.is_partial,
    }
}

impl Drawing {
    fn trace(&mut self, trace: &Trace) {
        let parent = |span: &Span| trace.span(&span.parent_id).filter(|_| !span.is_root());
        let calls_in = |span: &Span| {
            parent(span).filter(|parent| {
                // A page's load hangs below the request that served it: that is no call to the page.
                let was_served = is_entry(parent) && !is_entry(span);
                parent.sender.service != span.sender.service && !was_served
            })
        };
        let answered: HashSet<[u8; 8]> =
            trace.spans.iter().filter_map(calls_in).map(|caller| caller.span_id).collect();
        for span in &trace.spans {
            let service = cut(&span.sender.service);
            let caller = calls_in(span);
            // What enters a service: its requests.
            let enters = caller.is_some() || parent(span).is_none() || is_entry(span);
            if !self.node(service, "service", enters.then_some(span)) {
                continue;
            }
            if let Some(caller) = caller {
                self.edge(cut(&caller.sender.service), service, span);
            } else if matches!(span.kind, "client" | "producer") && !answered.contains(&span.span_id)
                && let Some((name, kind)) = peer(span)
                // A service that we know by name is not external, even if this call got no answer.
                && name != service
                && self.node(&name, kind, Some(span))
            {
                self.edge(service, &name, span);
            }
        }
    }

    /// Notes a node; whether it has a place.
    fn node(&mut self, name: &str, kind: &'static str, call: Option<&Span>) -> bool {
        if !self.nodes.contains_key(name) {
            if self.nodes.len() >= MAX_NODES {
                self.is_partial = true;
                return false;
            }
            self.nodes.insert(name.to_owned(), (kind, Calls::default()));
        }
        if let (Some((_, calls)), Some(span)) = (self.nodes.get_mut(name), call) {
            calls.add(span);
        }
        true
    }

    fn edge(&mut self, from: &str, to: &str, span: &Span) {
        self.edges.entry((from.to_owned(), to.to_owned())).or_default().add(span);
    }
}

/// Whether a span is what its service was asked for.
fn is_entry(span: &Span) -> bool {
    matches!(span.kind, "server" | "consumer")
}

/// What a client's span says of its other side.
fn peer(span: &Span) -> Option<(String, &'static str)> {
    const NAMES: [(&str, &str); 6] = [
        ("db.system.name", "database"),
        ("db.system", "database"),
        ("messaging.system", "queue"),
        ("peer.service", "external"),
        ("server.address", "external"),
        ("net.peer.name", "external"),
    ];
    let name = |key: &str| match span.attribute(key) {
        Some(Value::Text(text)) if !text.is_empty() => Some(cut(text).to_owned()),
        _ => None,
    };
    NAMES.iter().find_map(|(key, kind)| Some((name(key)?, *kind)))
}

fn cut(name: &str) -> &str {
    first_bytes(name, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::store::traces::Traces;

    /// Spans as (service, id, parent, kind, milliseconds, attribute).
    type Sent<'a> = (&'a str, u8, u8, u8, u64, Option<(&'a str, &'a str)>);

    fn map(spans: &[Sent<'_>]) -> Json {
        let traces = Traces::new(10, 64 << 20);
        let id = |number: u8| if number == 0 { String::new() } else { format!("{number:016x}") };
        for (service, own, parent, kind, ms, attribute) in spans {
            let attributes: Vec<Json> = attribute
                .iter()
                .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
                .collect();
            let span = json!({"traceId": "0a".repeat(16), "spanId": id(*own), "parentSpanId": id(*parent),
                "name": "x", "kind": kind, "startTimeUnixNano": "0", "attributes": attributes,
                "endTimeUnixNano": (ms * 1_000_000).to_string(), "status": {"code": if *ms > 90 { 2 } else { 0 }}});
            let request = json!({"resourceSpans": [{"resource": {"attributes":
                [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeSpans": [{"spans": [span]}]}]});
            let request: ExportTraceServiceRequest = serde_json::from_value(request).expect("OTLP");
            traces.add(request);
        }
        traces.read(|ring| json!(draw(ring.newest_first())))
    }

    #[test]
    fn from_the_browser_to_the_database() {
        let drawn = map(&[
            ("page", 1, 0, 1, 50, None),
            ("page", 2, 1, 3, 40, Some(("server.address", "localhost"))),
            ("backend", 3, 2, 2, 30, None),
            ("backend", 4, 3, 1, 20, None),
            ("backend", 5, 4, 3, 10, Some(("db.system.name", "sqlite"))),
            ("backend", 6, 4, 3, 95, Some(("db.system.name", "sqlite"))),
            ("backend", 7, 4, 4, 1, Some(("messaging.system", "sqs"))),
        ]);
        assert_eq!(
            drawn["edges"],
            json!([
                {"from": "backend", "to": "sqlite", "calls": 2, "errors": 1, "p50": 10.0, "p95": 95.0},
                {"from": "backend", "to": "sqs", "calls": 1, "errors": 0, "p50": 1.0, "p95": 1.0},
                {"from": "page", "to": "backend", "calls": 1, "errors": 0, "p50": 30.0, "p95": 30.0},
            ])
        );
        let kinds: Vec<(&str, &str, u64)> = drawn["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|it| {
                let text = |key: &str| it[key].as_str().unwrap_or_default();
                (text("name"), text("kind"), it["calls"].as_u64().unwrap_or_default())
            })
            .collect();
        let expected = [
            ("backend", "service", 1),
            ("page", "service", 1),
            ("sqlite", "database", 2),
            ("sqs", "queue", 1),
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_page_that_was_served_was_not_called() {
        let drawn = map(&[("backend", 1, 0, 2, 5, None), ("page", 2, 1, 1, 9, None)]);
        assert_eq!(drawn["edges"], json!([]));
    }

    #[test]
    fn circles_and_lost_parents_do_no_harm() {
        let drawn = map(&[
            ("a", 1, 2, 2, 1, None),
            ("b", 2, 1, 2, 1, None),
            ("c", 3, 9, 2, 1, None),
            ("d", 4, 4, 1, 1, None),
        ]);
        assert_eq!(drawn["edges"].as_array().map(Vec::len), Some(2));
        assert_eq!(drawn["nodes"].as_array().map(Vec::len), Some(4));
    }
}
