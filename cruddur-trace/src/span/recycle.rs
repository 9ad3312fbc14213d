//! Where arenas come from, and where they go when nothing of them is needed any more.
//!
//! A thread keeps a few of its own. The exporter thread only ever returns them, so what it has is
//! shared: a thread that runs out takes some of that.

use std::cell::RefCell;
use std::sync::Mutex;

use super::arena::Arena;
use crate::record::TraceId;

/// Empty arenas a thread keeps.
const MAX_CACHED: usize = 32;
/// Empty arenas that wait for a thread to want them.
const MAX_RETURNED: usize = 4_096;

thread_local! {
    #[expect(clippy::vec_box, reason = "an arena changes hands without being copied")]
    static CACHE: RefCell<Vec<Box<Arena>>> = const { RefCell::new(Vec::new()) };
}

#[expect(clippy::vec_box, reason = "an arena changes hands without being copied")]
static RETURNED: Mutex<Vec<Box<Arena>>> = Mutex::new(Vec::new());

/// An empty arena for this trace: a recycled one if there is one.
pub(crate) fn take(trace_id: TraceId) -> Box<Arena> {
    let cached = CACHE.try_with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.is_empty()
            && let Ok(mut returned) = RETURNED.try_lock()
        {
            let from = returned.len().saturating_sub(MAX_CACHED);
            cache.extend(returned.drain(from..));
        }
        cache.pop()
    });
    match cached.ok().flatten() {
        Some(mut arena) => {
            arena.reset(trace_id);
            arena
        }
        None => Box::new(Arena::new(trace_id)),
    }
}

/// Takes back an arena whose content is no longer needed.
pub(crate) fn put_back(mut arena: Box<Arena>) {
    if arena.is_oversized() {
        return;
    }
    arena.release();
    let cached = CACHE.try_with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.len() < MAX_CACHED {
            cache.push(arena);
            return None;
        }
        Some(arena)
    });
    if let Ok(Some(arena)) = cached
        && let Ok(mut returned) = RETURNED.lock()
        && returned.len() < MAX_RETURNED
    {
        returned.push(arena);
    }
}

/// Gives all arenas that this thread keeps to whoever wants one. The exporter thread, which only
/// ever returns arenas, calls it after each round.
pub fn share_recycled() {
    CACHE.with_borrow_mut(|cache| {
        if let Ok(mut returned) = RETURNED.lock() {
            let room = MAX_RETURNED.saturating_sub(returned.len()).min(cache.len());
            returned.extend(cache.drain(..room));
        }
    });
}
