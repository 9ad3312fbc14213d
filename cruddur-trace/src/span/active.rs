//! The span that another API holds to be the current one, and whether it is.
//!
//! OpenTelemetry's `Context` has no hook for being attached, so the thread-local does not follow it.
//! Each API span is therefore stamped with the position at which it was made. The rule: the active
//! API span is the parent of what begins now only if its stamp is the thread's current position or
//! descends from it, so that nothing observed was entered since; and where the thread is in no trace
//! at all.
//!
//! Asked only while there are such spans: without any, it is one load of a counter.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Below;
use super::current;
use super::position::{ANCHOR, Mode, Position};

/// API spans that have not ended.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Who knows which one is active.
static ASK: OnceLock<fn() -> Option<Active>> = OnceLock::new();

/// An active span of another API.
#[derive(Debug)]
pub(crate) struct Active {
    /// Where its record is.
    pub(crate) position: Position,
    /// The position at which it was made.
    pub(crate) made_at: Position,
    /// For children of it that have no place in the thread's arena.
    pub(crate) below: Below,
}

/// Names who knows; the first call counts.
pub(crate) fn install(ask: fn() -> Option<Active>) {
    let _ = ASK.set(ask);
}

/// One more API span, or one less.
pub(crate) fn count(more: bool) {
    if more {
        LIVE.fetch_add(1, Ordering::Relaxed);
    } else {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The index that a span which begins now hangs from: the thread's own, unless an API span of the
/// same arena is active in it.
#[inline]
pub(super) fn parent(own: u32) -> u32 {
    if LIVE.load(Ordering::Relaxed) == 0 { own } else { active_parent().unwrap_or(own) }
}

#[cold]
fn active_parent() -> Option<u32> {
    let active = ASK.get().and_then(|ask| ask())?;
    let is_here = current::is_recording(active.position.seed);
    (is_here && is_inside(&active.made_at)).then_some(active.position.index)
}

/// The active API span as a parent, where the thread is in no trace.
#[inline]
pub(super) fn below() -> Option<Box<Below>> {
    if LIVE.load(Ordering::Relaxed) == 0 { None } else { active_below() }
}

#[cold]
fn active_below() -> Option<Box<Below>> {
    ASK.get().and_then(|ask| ask()).map(|active| Box::new(active.below))
}

/// Whether a span that was made there was made in the thread's current span: that one is its stamp,
/// or an ancestor of its stamp.
pub(crate) fn is_inside(made_at: &Position) -> bool {
    let here = current::position();
    if here.mode == Mode::None {
        return true;
    }
    if here.seed != made_at.seed {
        return false;
    }
    if here.index == made_at.index || here.index == ANCHOR {
        return true;
    }
    let descends = current::with_arena(here.seed, |arena| {
        let mut index = made_at.index;
        while let Some(record) = arena.record(index) {
            index = record.parent;
            if index == here.index {
                return true;
            }
        }
        false
    });
    descends == Some(true)
}
