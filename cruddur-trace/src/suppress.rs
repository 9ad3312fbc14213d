//! Marks the exporter's threads, so that nothing there is observed.
//!
//! Disabling the subscriber around an export leaks: tasks that an HTTP client spawns still reach the
//! global one. A flag on the thread itself leaks nothing, since all of them run there.

use std::cell::Cell;

thread_local! {
    static IS_EXPORTER: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread. A runtime's `on_thread_start` covers its blocking pool but not the
/// thread that drives a current-thread runtime, so that one calls this by itself.
pub(crate) fn mark_thread() {
    let _ = IS_EXPORTER.try_with(|flag| flag.set(true));
}

/// Whether this thread exports telemetry: then nothing that happens on it may be recorded.
#[inline]
pub(crate) fn is_exporter_thread() -> bool {
    IS_EXPORTER.try_with(Cell::get).unwrap_or(false)
}
