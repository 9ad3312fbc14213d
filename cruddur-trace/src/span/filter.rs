//! Which callsites make spans: by level, at compile time and at run time.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::record::{Callsite, Level};

static MAX_LEVEL: AtomicU8 = AtomicU8::new(Level::Trace as u8);

/// Spans of callsites with more detail than `level` are not made. The default is everything.
pub fn set_max_level(level: Level) {
    MAX_LEVEL.store(level as u8, Ordering::Relaxed);
}

#[inline]
pub(crate) fn is_enabled(callsite: &Callsite) -> bool {
    callsite.level as u8 <= MAX_LEVEL.load(Ordering::Relaxed)
}
