//! The ring of traces: newest last, bounded by traces and by bytes, the oldest leaves first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::lock;
use super::span::{Sender, Span};
use super::trace::Trace;
use super::value::Keys;

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
    bytes: usize,
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
    pub(crate) fn add(&self, request: ExportTraceServiceRequest, _now: u64) -> i64 {
        let ring = &mut *lock(&self.ring);
        let mut refused = 0;
        let mut touched = Vec::new();
        for resource_spans in request.resource_spans {
            let resource = resource_spans.resource.unwrap_or_default();
            let resource = ring.keys.attributes(resource.attributes);
            for scope_spans in resource_spans.scope_spans {
                let sender = Sender::new(&mut ring.keys, resource.clone(), scope_spans.scope);
                let sender = Arc::new(sender);
                for sent in scope_spans.spans {
                    match Span::new(&mut ring.keys, &sender, sent) {
                        Some(span) => ring.insert(span, &mut touched),
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

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn insert(&mut self, span: Span, touched: &mut Vec<[u8; 16]>) {
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
        trace.add(span);
        self.bytes = self.bytes + trace.bytes - before;
    }

    fn settle(&mut self, touched: &[[u8; 16]]) {
        self.revision += 1;
        for id in touched {
            if let Some(trace) = self.traces.get_mut(id)
                && trace.revision != self.revision
            {
                trace.revision = self.revision;
                trace.settle();
            }
        }
    }

    fn evict(&mut self, max_traces: usize, max_bytes: usize) {
        while self.order.len() > max_traces || (self.bytes > max_bytes && self.order.len() > 1) {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(trace) = self.traces.remove(&oldest) {
                self.bytes -= trace.bytes;
                self.evicted += 1;
            }
        }
    }
}
