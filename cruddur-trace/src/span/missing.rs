//! What is said where code wants the current span and there is none.
//!
//! Only calls that name a span's contents or pass its context on are told of, once each: an observed
//! function outside of any trace records nothing, and that is no mistake.

use std::sync::OnceLock;

use super::current;
use super::position::Mode;

static TELL: OnceLock<fn(&str)> = OnceLock::new();

/// Says who is told that a function was called outside of any trace. The first call decides.
pub(crate) fn on_missing_context(tell: fn(&str)) {
    let _ = TELL.set(tell);
}

/// Tells that `what` was called outside of any trace, if it was.
#[cold]
pub(crate) fn missing_context(what: &str) {
    if current::mode() == Mode::None
        && let Some(tell) = TELL.get()
    {
        tell(what);
    }
}
