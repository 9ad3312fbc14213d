//! What came out of a variant.

use std::sync::atomic::{AtomicU64, Ordering};

/// Spans and attributes that came out.
#[derive(Debug, Default)]
pub struct Count {
    spans: AtomicU64,
    attributes: AtomicU64,
    claimed: AtomicU64,
}

impl Count {
    /// Counts a span with its attributes.
    pub fn add(&self, spans: u64, attributes: u64) {
        self.spans.fetch_add(spans, Ordering::Relaxed);
        self.attributes.fetch_add(attributes, Ordering::Relaxed);
    }

    /// Spans so far.
    pub fn spans(&self) -> u64 {
        self.spans.load(Ordering::Relaxed)
    }

    /// Spans since the last claim: where variants share a count, each claims its own after its turn.
    pub fn claim(&self) -> u64 {
        let spans = self.spans();
        spans - self.claimed.swap(spans, Ordering::Relaxed)
    }

    /// Attributes so far.
    pub fn attributes(&self) -> u64 {
        self.attributes.load(Ordering::Relaxed)
    }
}
