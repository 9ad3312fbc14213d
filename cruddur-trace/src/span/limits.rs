//! How much a span may carry, and when a long trace hands over what is finished.

use std::sync::OnceLock;

/// Bounds of spans and traces. They hold in the core, so for every sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Attributes a span; what is over is dropped and counted. Default 128
    /// (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`).
    pub attributes_per_span: u16,
    /// Bytes of an attribute's text, cut on a character boundary. Default: no limit. Under
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` it is larger: the exporter cuts to that limit, once
    /// secrets are masked.
    pub attribute_value_bytes: usize,
    /// Events a span. Default 128 (`OTEL_SPAN_EVENT_COUNT_LIMIT`).
    pub events_per_span: u32,
    /// Links a span. Default 128 (`OTEL_SPAN_LINK_COUNT_LIMIT`).
    pub links_per_span: u32,
    /// Attributes an event. Default 128 (`OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`).
    pub attributes_per_event: u32,
    /// Attributes a link. Default 128 (`OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`).
    pub attributes_per_link: u32,
    /// A trace with this many spans hands over those that are finished. Default 512.
    pub hand_over_spans: usize,
    /// A trace with this many bytes of text hands over. Default 256 KiB.
    pub hand_over_bytes: usize,
    /// A trace open for so long hands over. Default 5 s, in nanoseconds.
    pub hand_over_nanos: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attributes_per_span: 128,
            attribute_value_bytes: usize::MAX,
            events_per_span: 128,
            links_per_span: 128,
            attributes_per_event: 128,
            attributes_per_link: 128,
            hand_over_spans: 512,
            hand_over_bytes: 256 * 1024,
            hand_over_nanos: 5_000_000_000,
        }
    }
}

static LIMITS: OnceLock<Limits> = OnceLock::new();

impl Limits {
    /// Sets the process's limits, once; later calls change nothing and give `false`.
    pub fn install(self) -> bool {
        LIMITS.set(self).is_ok()
    }

    /// [`hand_over_nanos`](Self::hand_over_nanos) in ticks of the clock.
    pub(crate) fn hand_over_ticks(&self) -> u64 {
        static TICKS: OnceLock<u64> = OnceLock::new();
        *TICKS.get_or_init(|| crate::record::clock::ticks(self.hand_over_nanos))
    }

    pub(crate) fn current() -> &'static Self {
        static DEFAULT: OnceLock<Limits> = OnceLock::new();
        LIMITS.get().unwrap_or_else(|| DEFAULT.get_or_init(Self::default))
    }
}
