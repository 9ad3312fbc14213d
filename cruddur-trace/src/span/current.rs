//! Where this thread is: the thread-local position, and the arena of the trace that is being run.
//!
//! The position has no destructor, so that reading it costs a plain load: below a dropped root, and
//! outside any trace, `#[observe]` does nothing else. The arena sits in a second thread-local while
//! its root is being polled; it is taken out for the length of one operation and never while code of
//! the user's runs.

use std::cell::Cell;

use super::arena::Arena;
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

/// The thread's position, cell by cell, so that the usual changes touch nothing but the index.
struct Current {
    mode: Cell<Mode>,
    random: Cell<bool>,
    /// Whether a failure is on its way out below a dropped root.
    failing: Cell<bool>,
    sampling: Cell<u16>,
    index: Cell<u32>,
    seed: Cell<u64>,
    trace_high: Cell<u64>,
    trace_low: Cell<u64>,
}

thread_local! {
    static CURRENT: Current = const {
        Current {
            mode: Cell::new(Mode::None),
            random: Cell::new(false),
            failing: Cell::new(false),
            sampling: Cell::new(0),
            index: Cell::new(ANCHOR),
            seed: Cell::new(0),
            trace_high: Cell::new(0),
            trace_low: Cell::new(0),
        }
    };
    static ACTIVE: Cell<Option<Box<Arena>>> = const { Cell::new(None) };
}

#[inline]
pub(crate) fn mode() -> Mode {
    CURRENT.with(|current| current.mode.get())
}

#[inline]
pub(crate) fn seed() -> u64 {
    CURRENT.with(|current| current.seed.get())
}

/// Whether spans of the trace with this seed are being recorded on this thread right now.
#[inline]
pub(crate) fn is_recording(seed: u64) -> bool {
    CURRENT.with(|current| current.seed.get() == seed && current.mode.get() == Mode::Record)
}

#[inline]
pub(crate) fn index() -> u32 {
    CURRENT.with(|current| current.index.get())
}

/// Makes another span of the same trace the current one; gives the one before.
#[inline]
pub(crate) fn replace_index(index: u32) -> u32 {
    CURRENT.with(|current| current.index.replace(index))
}

#[inline]
pub(crate) fn position() -> Position {
    CURRENT.with(|current| Position {
        seed: current.seed.get(),
        trace_high: current.trace_high.get(),
        trace_low: current.trace_low.get(),
        index: current.index.get(),
        sampling: current.sampling.get(),
        mode: current.mode.get(),
        random: current.random.get(),
    })
}

#[inline]
pub(crate) fn set_position(position: Position) {
    CURRENT.with(|current| {
        current.seed.set(position.seed);
        current.trace_high.set(position.trace_high);
        current.trace_low.set(position.trace_low);
        current.index.set(position.index);
        current.sampling.set(position.sampling);
        current.mode.set(position.mode);
        current.random.set(position.random);
    });
}

#[inline]
pub(crate) fn is_failing() -> bool {
    CURRENT.with(|current| current.failing.get())
}

pub(crate) fn set_failing(failing: bool) {
    CURRENT.with(|current| current.failing.set(failing));
}

/// Runs `operation` on the active arena if it is the one of `seed`. Code of the user's must not run
/// inside: it would find no arena.
#[inline]
pub(crate) fn with_arena<R>(seed: u64, operation: impl FnOnce(&mut Arena) -> R) -> Option<R> {
    ACTIVE
        .try_with(|active| {
            let mut arena = active.take()?;
            let result = (arena.seed == seed).then(|| operation(&mut arena));
            active.set(Some(arena));
            result
        })
        .ok()
        .flatten()
}

/// Puts an arena in place; gives the one before. `Err` where the thread is being torn down.
#[inline]
pub(crate) fn replace_arena(arena: Option<Box<Arena>>) -> Option<Box<Arena>> {
    ACTIVE.try_with(|active| active.replace(arena)).ok().flatten()
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
