//! One trace: its spans, by arrival, and what the list says about it, kept up to date.

use std::collections::HashMap;

use super::span::Span;
use super::summary;
use super::value::Key;

/// Most spans of one trace; what comes after is counted, not kept.
const MAX_SPANS: usize = 50_000;
/// Most services that are listed; a trace of more is a fault of its sender.
const MAX_SERVICES: usize = 50;

/// The spans that share a trace id.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) id: [u8; 16],
    pub(crate) spans: Vec<Span>,
    /// Where each span id is in `spans`.
    index: HashMap<[u8; 8], u32>,
    /// Where the root is in `spans`.
    root: Option<u32>,
    /// The root's rank when it was found.
    root_rank: (bool, bool, u64),
    /// How many of `spans` the root was looked for in; 0 asks for a search from the start.
    ranked: usize,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) errors: u32,
    pub(crate) services: Vec<Key>,
    /// About what it takes in memory.
    pub(crate) bytes: usize,
    /// When it last changed, on the store's counter.
    pub(crate) revision: u64,
    pub(crate) overflowed: u32,
    /// Its line in `GET /api/traces`, as JSON, made when it changes: a list of ten thousand is then
    /// no work.
    pub(crate) row: Box<str>,
}

impl Trace {
    pub(crate) fn new(id: [u8; 16]) -> Self {
        Self { id, start: u64::MAX, ..Self::default() }
    }

    /// Adds a span; one with the same id is replaced (an unfinished span that finished, a retry).
    /// One that would take the trace over `max_bytes` is counted, not kept.
    pub(crate) fn add(&mut self, span: Span, max_bytes: usize) {
        let known = self.index.get(&span.span_id).copied();
        let bytes = span.bytes();
        let is_full = known.is_none() && self.spans.len() >= MAX_SPANS;
        if is_full || self.bytes + bytes > max_bytes {
            self.overflowed += 1;
            return;
        }
        self.start = self.start.min(span.start);
        self.end = self.end.max(span.end);
        if self.services.len() < MAX_SERVICES && !self.services.contains(&span.sender.service) {
            self.services.push(span.sender.service.clone());
        }
        self.errors += u32::from(span.is_error());
        self.bytes += bytes;
        match known {
            Some(position) => {
                let old = std::mem::replace(&mut self.spans[position as usize], span);
                self.errors -= u32::from(old.is_error());
                self.bytes -= old.bytes();
                self.ranked = 0;
            }
            None => {
                let position = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
                self.index.insert(span.span_id, position);
                self.spans.push(span);
            }
        }
    }

    /// Finds the root anew: the earliest span without a parent, else the earliest whose parent is
    /// not here. To be called after a batch of [`Trace::add`].
    pub(crate) fn settle(&mut self) {
        // Only a root that has got a parent since can lose its place to a span that was here.
        if self.root().is_none_or(|root| self.rank(root) != self.root_rank) {
            self.ranked = 0;
        }
        let mut best = (self.ranked > 0).then_some(self.root_rank);
        for position in self.ranked..self.spans.len() {
            let rank = self.rank(&self.spans[position]);
            if best.is_none_or(|best| rank < best) {
                best = Some(rank);
                self.root = u32::try_from(position).ok();
                self.root_rank = rank;
            }
        }
        self.ranked = self.spans.len();
        self.bytes -= self.row.len();
        self.row = summary::row(self).into();
        self.bytes += self.row.len();
    }

    fn rank(&self, span: &Span) -> (bool, bool, u64) {
        (!span.is_root(), self.index.contains_key(&span.parent_id), span.start)
    }

    pub(crate) fn root(&self) -> Option<&Span> {
        self.root.and_then(|position| self.spans.get(position as usize))
    }

    /// The span with this id.
    pub(crate) fn span(&self, id: &[u8; 8]) -> Option<&Span> {
        self.index.get(id).and_then(|position| self.spans.get(*position as usize))
    }

    pub(crate) fn duration_ms(&self) -> f64 {
        self.end.saturating_sub(self.start) as f64 / 1e6
    }
}
