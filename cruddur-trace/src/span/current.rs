//! Where this thread is: the thread-local position, and the arena of the trace that is being run.
//!
//! The position has no destructor, so that reading it costs a plain load: below a dropped root, and
//! outside any trace, `#[observe]` does nothing else. The arena sits in a second thread-local while
//! its root is being polled; it is taken out for the length of one operation and never while code of
//! the user's runs.

use std::cell::Cell;

use super::arena::Arena;
use super::position::{ANCHOR, Mode, Position};

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

/// Puts an arena in place, and the thread at this position; the arena keeps what was there before.
#[inline]
pub(super) fn enter(mut arena: Box<Arena>, position: Position) {
    arena.outer_position = self::position();
    set_position(position);
    // Where the thread is being torn down, the arena is dropped.
    let _ = ACTIVE.try_with(|active| {
        arena.outer = active.take();
        active.set(Some(arena));
    });
}

/// Takes the arena out, and puts back what was there before.
#[inline]
pub(super) fn leave() -> Option<Box<Arena>> {
    let taken = ACTIVE.try_with(|active| {
        let mut arena = active.take()?;
        active.set(arena.outer.take());
        Some(arena)
    });
    let arena = taken.ok().flatten()?;
    set_failing(false);
    set_position(arena.outer_position);
    Some(arena)
}

/// Names of the spans from the root of this process to the current one, as far as they are in the
/// thread's arena; the outermost first. At most `max` of them, the innermost.
#[cfg(feature = "tracing")]
pub(crate) fn path(max: usize) -> Vec<&'static str> {
    let names = with_arena(seed(), |arena| {
        let mut names = Vec::new();
        let mut at = index();
        while names.len() < max
            && let Some(record) = arena.record(at)
        {
            names.push(record.callsite.name);
            at = record.parent;
        }
        names.reverse();
        names
    });
    names.unwrap_or_default()
}
