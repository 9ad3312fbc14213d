//! What the collector is told of failures that nobody further out will tell of.

use super::known::collector_of;
use crate::record::{Callsite, Outcome};
use crate::span::arena::{Arena, FailedFrame};
use crate::span::failure::{FailedRoot, Failure};
use crate::span::position::Mode;

/// Tells the collector of a root of `#[observe]` that failed.
#[inline]
pub(crate) fn report_failed_root(arena: &Arena, callsite: &'static Callsite, outcome: Outcome) {
    if !arena.failed.is_empty() || outcome == Outcome::Panic {
        tell_failed_root(arena, callsite, outcome);
    }
}

#[cold]
fn tell_failed_root(arena: &Arena, callsite: &'static Callsite, outcome: Outcome) {
    let is_panic = outcome == Outcome::Panic;
    let is_own = |frame: &FailedFrame| frame.index == 0;
    if !is_panic && arena.mode == Mode::Record && !arena.failed.iter().any(is_own) {
        return;
    }
    tell(arena, 0, Some(callsite), &arena.failure(), is_panic);
}

/// Tells the collector of a panic that ended work apart from its root (a spawned task, say): there
/// is nobody further out who will.
#[cold]
pub(crate) fn report_panic_apart(arena: &Arena, callsite: Option<&'static Callsite>) {
    tell(arena, arena.own_index(), callsite, &arena.failure(), true);
}

/// Tells the collector of a failure that was asked to be reported whatever becomes of it.
#[cold]
pub(crate) fn report_recovered(arena: &Arena, callsite: &'static Callsite, index: u32) {
    if let Some(failure) = arena.failure_in(callsite, index) {
        tell(arena, index, Some(callsite), &failure, false);
    }
}

fn tell(
    arena: &Arena,
    index: u32,
    callsite: Option<&'static Callsite>,
    failure: &Failure,
    is_panic: bool,
) {
    let collector = arena.collector.clone().or_else(|| collector_of(Some(arena.trace_id)));
    let Some(collector) = collector else { return };
    let scope = arena.scope().map(|scope| &**scope);
    let link = arena.trace_link(index);
    collector.root_failed(&FailedRoot { link, callsite, failure, scope, is_panic });
}
