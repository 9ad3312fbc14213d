//! The span of a synchronous call: opened when it is made, ended when it is dropped.

use std::marker::PhantomData;
use std::thread::panicking;

use super::arena::Arena;
use super::below::Below;
use super::collect;
use super::current;
use super::ending::Ending;
use super::entered::Entered;
use super::filter;
use super::mirror::MirrorGuard;
use super::position::{ANCHOR, Mode};
use super::start::{self, RootOptions};
use crate::record::{Callsite, Outcome};

/// A place in the code that makes spans, as a type: it takes no room in a future.
pub trait StaticCallsite: Send + Sync + 'static {
    /// Its description.
    const CALLSITE: &'static Callsite;
}

/// Whether an observed function joins a trace or begins one.
#[derive(Debug)]
pub enum StartKind {
    /// A span of the current trace; nothing where there is none.
    Child,
    /// The root of a new trace, linked to the span that was current, if any.
    Root,
    /// A span below one that was named, apart from the current trace.
    Below(Box<Below>),
}

/// Makes a span of the current trace that lasts until the guard is dropped.
///
/// The guard belongs to the thread that made it, and must be dropped in the reverse order of making,
/// as local variables are.
#[inline]
#[must_use = "the span ends when the guard is dropped"]
pub fn enter<C: StaticCallsite>(_: C, start: StartKind) -> Guard {
    let live = match start {
        StartKind::Child => match current::mode() {
            Mode::None => enter_outside(C::CALLSITE),
            Mode::Drop => enter_unrecorded(C::CALLSITE),
            Mode::Record => enter_child(C::CALLSITE),
        },
        StartKind::Root => Some(enter_root(C::CALLSITE)),
        StartKind::Below(below) => enter_below(C::CALLSITE, &below),
    };
    let mirror = match &live {
        Some(_) => MirrorGuard::open(C::CALLSITE),
        None => MirrorGuard::NONE,
    };
    Guard { live, mirror, this_thread: PhantomData }
}

/// Out of line: one call from the user's code, all the rest inlined here.
#[inline(never)]
fn enter_child(callsite: &'static Callsite) -> Option<Live> {
    if !filter::is_enabled(callsite) {
        return None;
    }
    let mut live = Live::child(callsite, Mode::Record);
    #[cfg(feature = "otel")]
    let parent = super::active::parent(live.previous);
    #[cfg(not(feature = "otel"))]
    let parent = live.previous;
    live.index = current::with_arena(live.seed, |arena| arena.open(callsite, parent))?;
    current::replace_index(live.index);
    Some(live)
}

/// Below a dropped root: there is nothing to open, and usually nothing to end.
#[inline]
fn enter_unrecorded(callsite: &'static Callsite) -> Option<Live> {
    filter::is_enabled(callsite).then(|| Live::child(callsite, Mode::Drop))
}

/// Outside of any trace: nothing, unless a span of the OpenTelemetry API is active.
#[inline]
#[cfg_attr(not(feature = "otel"), allow(clippy::missing_const_for_fn))]
fn enter_outside(callsite: &'static Callsite) -> Option<Live> {
    #[cfg(feature = "otel")]
    if let Some(below) = super::active::below() {
        return enter_below(callsite, &below);
    }
    let _ = callsite;
    None
}

#[cold]
fn enter_root(callsite: &'static Callsite) -> Live {
    enter_arena(callsite, start::start_linked(RootOptions::new(callsite)))
}

#[cold]
fn enter_below(callsite: &'static Callsite, below: &Below) -> Option<Live> {
    match below.start(callsite) {
        Some(arena) if filter::is_enabled(callsite) => Some(enter_arena(callsite, arena)),
        _ => match current::mode() {
            Mode::None => None,
            Mode::Drop => enter_unrecorded(callsite),
            Mode::Record => enter_child(callsite),
        },
    }
}

fn enter_arena(callsite: &'static Callsite, arena: Box<Arena>) -> Live {
    Live {
        callsite,
        seed: arena.seed,
        index: 0,
        previous: ANCHOR,
        mode: arena.mode,
        unwinding: panicking(),
        failed: false,
        entered: Some(Entered::enter(arena)),
    }
}

/// The span of a synchronous call. It ends when this is dropped: with a panic if the thread began to
/// unwind meanwhile.
#[derive(Debug)]
pub struct Guard {
    /// `None` outside of any trace.
    live: Option<Live>,
    mirror: MirrorGuard,
    this_thread: PhantomData<*const ()>,
}

#[derive(Debug)]
struct Live {
    callsite: &'static Callsite,
    seed: u64,
    index: u32,
    previous: u32,
    mode: Mode,
    unwinding: bool,
    failed: bool,
    /// What was in place before, if this is the root of a trace.
    entered: Option<Entered>,
}

impl Guard {
    /// Whether the span is recorded: if not, no field need be computed.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.mode == Mode::Record)
    }

    /// Takes what the result tells, before the span ends.
    #[inline]
    pub fn ending(&mut self, tell: impl FnOnce(&mut Ending)) {
        if let Some(live) = &mut self.live {
            let mut ending = live.told(false);
            tell(&mut ending);
            live.failed = ending.failed;
        }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if let Some(live) = &mut self.live {
            self.mirror.close();
            if !live.leaves_nothing() {
                live.end();
            }
        }
    }
}

impl Live {
    #[inline]
    fn child(callsite: &'static Callsite, mode: Mode) -> Self {
        Self {
            callsite,
            seed: current::seed(),
            index: ANCHOR,
            previous: current::index(),
            mode,
            unwinding: panicking(),
            failed: false,
            entered: None,
        }
    }

    /// Whether it is below a dropped root, and well: nothing is to be done at its end.
    #[inline]
    fn leaves_nothing(&self) -> bool {
        self.mode == Mode::Drop && self.entered.is_none() && !current::is_failing() && !panicking()
    }

    #[inline]
    fn told(&self, failed: bool) -> Ending {
        let Self { seed, index, mode, callsite, .. } = *self;
        Ending { seed, index, mode, callsite, failed }
    }

    fn outcome(&self) -> Outcome {
        if !self.unwinding && panicking() { Outcome::Panic } else { Outcome::Ok }
    }

    #[inline(never)]
    fn end(&mut self) {
        let outcome = self.outcome();
        if self.mode == Mode::Drop {
            self.end_unrecorded(outcome);
        }
        if let Some(entered) = self.entered.take() {
            self.end_root(entered, outcome);
        } else if self.mode == Mode::Record {
            if current::seed() == self.seed {
                current::replace_index(self.previous);
            }
            current::with_arena(self.seed, |arena| arena.close(self.index, outcome));
        }
    }

    #[cold]
    fn end_root(&self, entered: Entered, outcome: Outcome) {
        if let Some(mut arena) = entered.leave() {
            arena.close_own(outcome);
            if arena.is_root {
                collect::report_failed_root(&arena, self.callsite, outcome);
            }
            collect::hand_over(arena);
        }
    }

    /// Below a dropped root only failures leave anything behind.
    #[inline]
    fn end_unrecorded(&self, outcome: Outcome) {
        let ending = self.told(self.failed);
        if outcome == Outcome::Panic {
            ending.panicked();
        } else {
            ending.recovered();
        }
    }
}
