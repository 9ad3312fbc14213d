//! The ring of segment documents, by trace; the oldest trace leaves first.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

/// Traces that are kept at most.
const MAX_TRACES: usize = 10_000;
/// Bytes of documents that are kept at most.
const MAX_BYTES: usize = 128 << 20;
/// Refused documents that are remembered.
const MAX_REFUSED: usize = 100;

/// All documents.
#[derive(Default)]
pub(crate) struct Segments {
    traces: HashMap<String, StoredTrace>,
    order: VecDeque<String>,
    bytes: usize,
    refused: VecDeque<Refused>,
    /// Documents taken and refused since the start or the last clearing.
    pub(crate) received: u64,
    pub(crate) refused_count: u64,
}

/// The documents of one trace, in the order in which they came.
#[derive(Default)]
pub(crate) struct StoredTrace {
    pub(crate) documents: Vec<StoredDocument>,
}

/// One document.
pub(crate) struct StoredDocument {
    /// As it was sent.
    pub(crate) raw: String,
    pub(crate) document: Map<String, Value>,
    /// `udp` or `api`.
    pub(crate) transport: &'static str,
    /// Fields that X-Ray does not document.
    pub(crate) unknown: Vec<String>,
}

/// A document that was not taken.
#[derive(Clone)]
pub(crate) struct Refused {
    pub(crate) time: u64,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) transport: &'static str,
    /// The beginning of what was sent.
    pub(crate) begins: String,
}

impl StoredDocument {
    pub(crate) fn text(&self, key: &str) -> &str {
        self.document.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// Whether it is a segment, not a subsegment sent on its own.
    pub(crate) fn is_segment(&self) -> bool {
        !self.document.contains_key("type")
    }
}

impl StoredTrace {
    /// When its first part began and its last ended, in seconds since the epoch.
    pub(crate) fn times(&self) -> (f64, f64) {
        let number = |it: &StoredDocument, key: &str| it.document.get(key).and_then(Value::as_f64);
        let starts = self.documents.iter().filter_map(|it| number(it, "start_time"));
        let start = starts.fold(f64::INFINITY, f64::min);
        let ends = self.documents.iter().filter_map(|it| number(it, "end_time"));
        let end = ends.fold(start, f64::max);
        (start, end)
    }

    /// Its segments, the one that began first before the others.
    pub(crate) fn segments(&self) -> Vec<&StoredDocument> {
        let mut segments: Vec<_> = self.documents.iter().filter(|it| it.is_segment()).collect();
        let start = |it: &StoredDocument| {
            it.document.get("start_time").and_then(Value::as_f64).unwrap_or(0.0)
        };
        segments.sort_by(|one, other| start(one).total_cmp(&start(other)));
        segments
    }
}

impl Segments {
    /// Takes a document; a complete one takes the place of one in progress.
    pub(crate) fn insert(&mut self, document: StoredDocument) {
        let id = document.text("trace_id").to_owned();
        self.received += 1;
        self.bytes += document.raw.len();
        let trace = self.traces.entry(id.clone()).or_insert_with(|| {
            self.order.push_back(id);
            StoredTrace::default()
        });
        let same = trace.documents.iter().position(|it| it.text("id") == document.text("id"));
        match same {
            Some(index) => {
                self.bytes -= trace.documents[index].raw.len();
                trace.documents[index] = document;
            }
            None => trace.documents.push(document),
        }
        while self.order.len() > MAX_TRACES || (self.bytes > MAX_BYTES && self.order.len() > 1) {
            let Some(oldest) = self.order.pop_front() else { break };
            let removed = self.traces.remove(&oldest).unwrap_or_default();
            self.bytes -= removed.documents.iter().map(|it| it.raw.len()).sum::<usize>();
        }
    }

    pub(crate) fn refuse(&mut self, refused: Refused) {
        self.refused_count += 1;
        if self.refused.len() == MAX_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(refused);
    }

    pub(crate) fn find(&self, trace_id: &str) -> Option<&StoredTrace> {
        self.traces.get(trace_id)
    }

    /// Newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&str, &StoredTrace)> {
        let found = |id: &'_ String| self.traces.get_key_value(id);
        self.order.iter().rev().filter_map(found).map(|(id, trace)| (id.as_str(), trace))
    }

    /// Newest first.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &Refused> {
        self.refused.iter().rev()
    }
}
