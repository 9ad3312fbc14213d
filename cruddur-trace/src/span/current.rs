//! Where this thread is: the thread-local position, and the arena of the trace that is being run.
//!
//! The position has no destructor, so that reading it costs a plain load: below a dropped root, and
//! outside any trace, `#[observe]` does nothing else. The arena sits in a second thread-local while
//! its root is being polled; it is taken out for the length of one operation and never while code of
//! the user's runs.

use std::cell::Cell;

use super::arena::Arena;
use super::position::{Mode, Position};

thread_local! {
    static CURRENT: Cell<Position> = const { Cell::new(Position::NONE) };
    /// Whether a failure is on its way out below a dropped root.
    static FAILING: Cell<bool> = const { Cell::new(false) };
    static ACTIVE: Cell<Option<Box<Arena>>> = const { Cell::new(None) };
}

#[inline]
pub(crate) fn mode() -> Mode {
    position().mode
}

#[inline]
pub(crate) fn seed() -> u64 {
    position().seed
}

/// Whether spans of the trace with this seed are being recorded on this thread right now.
#[inline]
pub(crate) fn is_recording(seed: u64) -> bool {
    let position = position();
    position.seed == seed && position.mode == Mode::Record
}

#[inline]
pub(crate) fn index() -> u32 {
    position().index
}

/// Makes another span of the same trace the current one; gives the one before.
#[inline]
pub(crate) fn replace_index(index: u32) -> u32 {
    let position = position();
    set_position(Position { index, ..position });
    position.index
}

#[inline]
pub(crate) fn position() -> Position {
    CURRENT.get()
}

#[inline]
pub(crate) fn set_position(position: Position) {
    CURRENT.set(position);
}

#[inline]
pub(crate) fn is_failing() -> bool {
    FAILING.get()
}

pub(crate) fn set_failing(failing: bool) {
    FAILING.set(failing);
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
    arena.outer_position = CURRENT.replace(position);
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
