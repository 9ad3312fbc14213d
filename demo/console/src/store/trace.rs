//! One trace: its spans, by arrival, and what the list says about it, kept up to date.

use std::collections::HashMap;

use super::span::Span;
use super::value::Key;

/// Most spans of one trace; what comes after is counted, not kept.
const MAX_SPANS: usize = 50_000;

/// The spans that share a trace id.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) id: [u8; 16],
    pub(crate) spans: Vec<Span>,
    /// Where each span id is in `spans`.
    index: HashMap<[u8; 8], u32>,
    /// Where the root is in `spans`.
    root: Option<u32>,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) errors: u32,
    pub(crate) services: Vec<Key>,
    pub(crate) bytes: usize,
    /// When it last changed, on the store's counter.
    pub(crate) revision: u64,
    pub(crate) overflowed: u32,
}

impl Trace {
    pub(crate) fn new(id: [u8; 16]) -> Self {
        Self { id, start: u64::MAX, ..Self::default() }
    }

    /// Adds a span; one with the same id is replaced (an unfinished span that finished, a retry).
    pub(crate) fn add(&mut self, span: Span) {
        self.start = self.start.min(span.start);
        self.end = self.end.max(span.end);
        if !self.services.contains(&span.sender.service) {
            self.services.push(span.sender.service.clone());
        }
        let known = self.index.get(&span.span_id).copied();
        if known.is_none() && self.spans.len() >= MAX_SPANS {
            self.overflowed += 1;
            return;
        }
        self.errors += u32::from(span.is_error());
        self.bytes += span.bytes();
        match known {
            Some(position) => {
                let old = std::mem::replace(&mut self.spans[position as usize], span);
                self.errors -= u32::from(old.is_error());
                self.bytes -= old.bytes();
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
        let rank =
            |span: &Span| (!span.is_root(), self.index.contains_key(&span.parent_id), span.start);
        let earliest = self.spans.iter().enumerate().min_by_key(|(_, span)| rank(span));
        self.root = earliest.and_then(|(position, _)| u32::try_from(position).ok());
    }

    pub(crate) fn root(&self) -> Option<&Span> {
        self.root.and_then(|position| self.spans.get(position as usize))
    }

    pub(crate) fn duration_ms(&self) -> f64 {
        self.end.saturating_sub(self.start) as f64 / 1e6
    }
}
