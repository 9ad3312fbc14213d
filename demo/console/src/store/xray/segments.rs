//! The ring of segment documents, by trace; the oldest trace leaves first.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use crate::store::value::members_bytes;

/// Traces that are kept at most.
const MAX_TRACES: usize = 10_000;
/// Bytes of documents that are kept at most, about: their texts, and what they are as values.
const MAX_BYTES: usize = 128 << 20;
/// Bytes of one trace's documents: a quarter, so that one can't take the place of all others.
const MAX_TRACE_BYTES: usize = MAX_BYTES / 4;
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
    pub(crate) bytes: usize,
    /// Whether documents found no room in it.
    pub(crate) is_cut: bool,
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
    /// About what it takes in memory.
    fn bytes(&self) -> usize {
        let unknown: usize = self.unknown.iter().map(|path| 32 + path.len()).sum();
        size_of::<Self>() + self.raw.len() + members_bytes(&self.document) + unknown
    }

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
    /// Takes a document; a complete one takes the place of one in progress. One that finds no room in
    /// its trace is left out.
    pub(crate) fn insert(&mut self, document: StoredDocument) {
        let id = document.text("trace_id").to_owned();
        let bytes = document.bytes();
        self.received += 1;
        let trace = self.traces.entry(id.clone()).or_insert_with(|| {
            self.order.push_back(id);
            StoredTrace::default()
        });
        let same = trace.documents.iter().position(|it| it.text("id") == document.text("id"));
        let old = same.map_or(0, |index| trace.documents[index].bytes());
        if trace.bytes - old + bytes > MAX_TRACE_BYTES {
            trace.is_cut = true;
            return;
        }
        trace.bytes = trace.bytes - old + bytes;
        self.bytes = self.bytes - old + bytes;
        match same {
            Some(index) => trace.documents[index] = document,
            None => trace.documents.push(document),
        }
        while self.order.len() > MAX_TRACES || (self.bytes > MAX_BYTES && self.order.len() > 1) {
            let Some(oldest) = self.order.pop_front() else { break };
            let removed = self.traces.remove(&oldest).unwrap_or_default();
            self.bytes -= removed.bytes;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(trace: u32, id: u32, metadata: &Value) -> StoredDocument {
        let document = json!({ "trace_id": trace.to_string(), "id": id.to_string(),
            "metadata": metadata });
        let raw = document.to_string();
        let Value::Object(document) = document else { unreachable!("an object was written") };
        StoredDocument { raw, document, transport: "api", unknown: Vec::new() }
    }

    #[test]
    fn no_trace_takes_the_place_of_all_others() {
        let mut segments = Segments::default();
        // Two bytes each on the wire, many more as values.
        let dear = json!(vec![0; 200_000]);
        segments.insert(document(1, 0, &Value::Null));
        for id in 0..20 {
            segments.insert(document(2, id, &dear));
        }
        assert!(segments.find("1").is_some_and(|trace| !trace.is_cut));
        let flood = segments.find("2").expect("the beginning of it");
        assert!(flood.is_cut && flood.bytes <= MAX_TRACE_BYTES, "{}", flood.bytes);
        let documents: Vec<_> = flood.documents.iter().map(StoredDocument::bytes).collect();
        assert_eq!(documents.iter().sum::<usize>(), flood.bytes);
        for trace in 3..40 {
            segments.insert(document(trace, 0, &dear));
        }
        assert!(segments.bytes <= MAX_BYTES && segments.find("1").is_none());
        let held: usize = segments.traces.values().map(|trace| trace.bytes).sum();
        assert_eq!(held, segments.bytes);
    }

    #[test]
    fn a_document_takes_the_place_of_the_one_in_progress() {
        let mut segments = Segments::default();
        segments.insert(document(1, 7, &json!("x".repeat(1_000))));
        segments.insert(document(1, 7, &Value::Null));
        let trace = segments.find("1").expect("a trace");
        assert_eq!((trace.documents.len(), trace.bytes), (1, trace.documents[0].bytes()));
        assert_eq!(segments.bytes, trace.bytes);
    }
}
