//! The ring of traces: newest last, bounded by traces and by bytes, the oldest leaves first.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::lock;
use super::span::{Charge, Resource, Sender, Span};
use super::trace::Trace;
use super::value::Keys;

/// Senders that a request is compared with: one service sends the same resource each time.
const RECENT_SENDERS: usize = 8;

/// All traces.
pub(crate) struct Traces {
    ring: Mutex<Ring>,
    max_traces: usize,
    max_bytes: usize,
}

/// The ring's contents, as a reader sees them.
#[derive(Default)]
pub(crate) struct Ring {
    traces: HashMap<[u8; 16], Trace>,
    /// By arrival of a trace's first span.
    order: VecDeque<[u8; 16]>,
    keys: Keys,
    /// Of the traces themselves.
    bytes: usize,
    /// Of senders that are alive, whoever holds them.
    senders_bytes: Arc<AtomicUsize>,
    recent: VecDeque<Arc<Sender>>,
    revision: u64,
    /// Spans received, and traces that left to make room, since the start or the last clearing.
    pub(crate) received: u64,
    pub(crate) evicted: u64,
}

impl Traces {
    pub(crate) fn new(max_traces: usize, max_bytes: usize) -> Self {
        Self { ring: Mutex::default(), max_traces, max_bytes }
    }

    /// Takes the spans of one request and gives how many it refused.
    pub(crate) fn add(&self, request: ExportTraceServiceRequest) -> i64 {
        let ring = &mut *lock(&self.ring);
        // So that one trace can't push out all others, and alone stays within the bound.
        let max_trace_bytes = self.max_bytes / 2;
        let mut refused = 0;
        let mut touched = Vec::new();
        for resource_spans in request.resource_spans {
            let resource = resource_spans.resource.unwrap_or_default();
            let resource: Resource = ring.keys.attributes(resource.attributes).into();
            for scope_spans in resource_spans.scope_spans {
                let sender = Sender::new(&mut ring.keys, Arc::clone(&resource), scope_spans.scope);
                let sender = ring.share(sender);
                for sent in scope_spans.spans {
                    match Span::new(&mut ring.keys, &sender, sent) {
                        Some(span) => ring.insert(span, max_trace_bytes, &mut touched),
                        None => refused += 1,
                    }
                }
            }
        }
        ring.settle(&touched);
        ring.evict(self.max_traces, self.max_bytes);
        refused
    }

    /// Lets a reader look at the ring; writers wait meanwhile.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&lock(&self.ring))
    }

    pub(crate) fn clear(&self) {
        let mut ring = lock(&self.ring);
        let revision = ring.revision + 1;
        *ring = Ring { revision, ..Ring::default() };
    }
}

impl Ring {
    /// Newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Trace> {
        self.order.iter().rev().filter_map(|id| self.traces.get(id))
    }

    pub(crate) fn find(&self, id: &[u8; 16]) -> Option<&Trace> {
        self.traces.get(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// About what all of it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.senders_bytes.load(Ordering::Relaxed)
    }

    /// The sender that says the same, if one of the latest does.
    fn share(&mut self, mut sender: Sender) -> Arc<Sender> {
        if let Some(known) = self.recent.iter().find(|known| known.is_same(&sender)) {
            return Arc::clone(known);
        }
        sender.charge = Some(Charge::new(&self.senders_bytes, sender.bytes()));
        let sender = Arc::new(sender);
        self.recent.truncate(RECENT_SENDERS - 1);
        self.recent.push_front(Arc::clone(&sender));
        sender
    }

    fn insert(&mut self, span: Span, max_trace_bytes: usize, touched: &mut Vec<[u8; 16]>) {
        let id = span.trace_id;
        self.received += 1;
        let trace = self.traces.entry(id).or_insert_with(|| {
            self.order.push_back(id);
            Trace::new(id)
        });
        // Spans of one trace come in runs.
        if touched.last() != Some(&id) {
            touched.push(id);
        }
        let before = trace.bytes;
        trace.add(span, max_trace_bytes);
        self.bytes = self.bytes + trace.bytes - before;
    }

    fn settle(&mut self, touched: &[[u8; 16]]) {
        self.revision += 1;
        for id in touched {
            if let Some(trace) = self.traces.get_mut(id)
                && trace.revision != self.revision
            {
                let before = trace.bytes;
                trace.revision = self.revision;
                trace.settle();
                self.bytes = self.bytes + trace.bytes - before;
            }
        }
    }

    fn evict(&mut self, max_traces: usize, max_bytes: usize) {
        if self.bytes() > max_bytes {
            // They may be what takes the room.
            self.recent.clear();
        }
        while self.order.len() > max_traces || self.bytes() > max_bytes {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(trace) = self.traces.remove(&oldest) {
                self.bytes -= trace.bytes;
                self.evicted += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
    use opentelemetry_proto::tonic::resource::v1;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Sent};

    use super::*;

    fn text(key: &str, value: String) -> KeyValue {
        let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value)) });
        KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
    }

    fn request(resource: Vec<KeyValue>, spans: Vec<Sent>) -> ExportTraceServiceRequest {
        let resource = Some(v1::Resource { attributes: resource, ..v1::Resource::default() });
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource_spans =
            vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }
    }

    fn sent(trace: u32, span: u32, parent: u32, start: u64) -> Sent {
        let id = |number: u32| u64::from(number).to_be_bytes().to_vec();
        let mut trace_id = vec![1; 12];
        trace_id.extend(trace.to_be_bytes());
        Sent {
            trace_id,
            span_id: id(span),
            parent_span_id: if parent == 0 { Vec::new() } else { id(parent) },
            name: format!("span {span}"),
            start_time_unix_nano: start,
            end_time_unix_nano: start + 1,
            ..Sent::default()
        }
    }

    #[test]
    fn whatever_is_sent_the_bytes_stay_in_their_bound() {
        const BOUND: usize = 4 << 20;
        let traces = Traces::new(1_000, BOUND);
        let big = || "x".repeat(1 << 20);
        let check = |case: &str, request: &dyn Fn(u32) -> ExportTraceServiceRequest| {
            for turn in 0..40 {
                traces.add(request(turn));
                let bytes = traces.read(Ring::bytes);
                assert!(bytes <= BOUND, "{case}: {bytes} bytes");
            }
            traces.clear();
            assert_eq!(traces.read(Ring::bytes), 0, "{case}");
        };
        check("one trace", &|turn| {
            let attributes = vec![text("big", big())];
            request(Vec::new(), vec![Sent { attributes, ..sent(1, turn + 1, 0, 5) }])
        });
        check("keys", &|turn| {
            let attributes = vec![text(&format!("{turn}{}", big()), String::new())];
            request(Vec::new(), vec![Sent { attributes, ..sent(turn, 1, 0, 5) }])
        });
        check("names", &|turn| {
            request(Vec::new(), vec![Sent { name: big(), ..sent(turn, 1, 0, 5) }])
        });
        check("resources", &|turn| {
            request(vec![text("big", format!("{turn}{}", big()))], vec![sent(turn, 1, 0, 5)])
        });
    }

    #[test]
    fn the_same_resource_is_kept_once() {
        let traces = Traces::new(1_000, 64 << 20);
        let resource = || vec![text("service.name", "cruddur".to_owned())];
        for turn in 0..50 {
            traces.add(request(resource(), vec![sent(turn, 1, 0, 5)]));
        }
        traces.read(|ring| {
            let first = ring.newest_first().next().map(|trace| &trace.spans[0].sender);
            let mut all = ring.newest_first().map(|trace| &trace.spans[0].sender);
            assert!(all.all(|sender| first.is_some_and(|first| Arc::ptr_eq(first, sender))));
        });
    }

    #[test]
    fn the_root_is_found_however_spans_arrive() {
        let check = |batches: &[&[(u32, u32, u64)]], expected: &str| {
            let traces = Traces::new(10, 64 << 20);
            for batch in batches {
                let spans = batch.iter().map(|(span, parent, at)| sent(1, *span, *parent, *at));
                traces.add(request(Vec::new(), spans.collect()));
            }
            traces.read(|ring| {
                let trace = ring.newest_first().next().expect("a trace");
                assert_eq!(trace.root().map(|root| &*root.name), Some(expected), "{batches:?}");
                assert!(trace.row.contains(&format!("\"root\":\"{expected}\"")), "{}", trace.row);
            });
        };
        check(&[&[(2, 1, 5), (1, 0, 4)]], "span 1");
        check(&[&[(2, 1, 5)], &[(3, 2, 6)], &[(1, 0, 9)]], "span 1");
        // No root yet: the earliest whose parent is elsewhere.
        check(&[&[(3, 2, 1)], &[(2, 7, 5)]], "span 2");
        check(&[&[(2, 7, 5)], &[(4, 8, 3)]], "span 4");
        // In a circle nobody is first but by time.
        check(&[&[(1, 2, 9), (2, 1, 4)]], "span 2");
        // The same span again, now with a parent.
        check(&[&[(1, 0, 5), (2, 0, 6)], &[(1, 2, 5)]], "span 2");
    }
}
