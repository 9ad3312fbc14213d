//! A position in a trace: plain data.

use crate::record::{SpanId, TraceId};

/// The index that stands for the span an arena hangs from, which is not among its own records.
pub(crate) const ANCHOR: u32 = u32::MAX;

/// What the current trace does with spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// There is no trace.
    None,
    /// Spans are not recorded; context still propagates.
    Drop,
    /// Spans are recorded.
    Record,
}

/// A position in a trace: enough to nest below it, here or on another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// Tells the arena, and makes span ids; 0 where there is no trace.
    pub(crate) seed: u64,
    pub(super) trace_high: u64,
    pub(super) trace_low: u64,
    /// The current span's index, or [`ANCHOR`].
    pub(crate) index: u32,
    /// What [`super::sampling_table`] knows under this number.
    pub(crate) sampling: u16,
    pub(crate) mode: Mode,
    /// The *random* flag of W3C trace context.
    pub(crate) random: bool,
}

impl Position {
    pub(crate) const NONE: Self = Self {
        seed: 0,
        trace_high: 0,
        trace_low: 0,
        index: ANCHOR,
        sampling: 0,
        mode: Mode::None,
        random: false,
    };

    pub(crate) const fn new(trace_id: TraceId, seed: u64, index: u32) -> Self {
        let bits = trace_id.bits();
        Self { seed, trace_high: (bits >> 64) as u64, trace_low: bits as u64, index, ..Self::NONE }
    }

    /// The trace; `None` where there is none.
    pub(crate) const fn trace_id(&self) -> Option<TraceId> {
        TraceId::new((self.trace_high as u128) << 64 | self.trace_low as u128)
    }
}

/// The id of the span with this index in the arena of this seed.
#[inline]
pub(crate) fn span_id(seed: u64, index: u32) -> SpanId {
    // SplitMix64's finalizer: a bijection, so ids of one seed never repeat.
    let mut bits = seed.wrapping_add(u64::from(index));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    SpanId::new(bits).unwrap_or(SpanId::new(1).expect("one is not zero"))
}

#[cfg(test)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_small() {
        assert_eq!(size_of::<Position>(), 32);
    }

    #[test]
    fn span_ids_of_a_seed_differ() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|i| span_id(7, i)).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
