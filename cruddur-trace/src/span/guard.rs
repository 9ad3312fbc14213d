//! The span of a synchronous call: opened when it is made, ended when it is dropped.

use std::marker::PhantomData;
use std::thread::panicking;

use super::arena::Arena;
use super::below::Below;
use super::collect;
use super::current::{self, ANCHOR, Mode};
use super::ending::Ending;
use super::filter;
use super::root::{self, Entered, RootOptions};
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
    match start {
        StartKind::Child => enter_child(C::CALLSITE),
        StartKind::Root => enter_root(C::CALLSITE),
        StartKind::Below(below) => enter_below(C::CALLSITE, &below),
    }
}

#[inline]
fn enter_child(callsite: &'static Callsite) -> Guard {
    let mode = current::mode();
    let mut guard = Guard {
        callsite,
        seed: 0,
        index: ANCHOR,
        previous: ANCHOR,
        mode,
        unwinding: false,
        failed: false,
        entered: None,
        this_thread: PhantomData,
    };
    if mode == Mode::None || !filter::is_enabled(callsite) {
        guard.mode = Mode::None;
        return guard;
    }
    guard.unwinding = panicking();
    guard.seed = current::seed();
    if mode == Mode::Record {
        guard.previous = current::index();
        match current::with_arena(guard.seed, |arena| arena.open(callsite, guard.previous)) {
            Some(index) => {
                guard.index = index;
                current::replace_index(index);
            }
            None => guard.mode = Mode::None,
        }
    }
    guard
}

#[cold]
fn enter_root(callsite: &'static Callsite) -> Guard {
    enter_arena(callsite, root::start_linked(RootOptions::new(callsite)))
}

#[cold]
fn enter_below(callsite: &'static Callsite, below: &Below) -> Guard {
    match below.start(callsite) {
        Some(arena) if filter::is_enabled(callsite) => enter_arena(callsite, arena),
        _ => enter_child(callsite),
    }
}

fn enter_arena(callsite: &'static Callsite, arena: Box<Arena>) -> Guard {
    let (seed, mode) = (arena.seed, arena.mode);
    Guard {
        callsite,
        seed,
        index: 0,
        previous: ANCHOR,
        mode,
        unwinding: panicking(),
        failed: false,
        entered: Some(Box::new(Entered::enter(arena))),
        this_thread: PhantomData,
    }
}

/// The span of a synchronous call. It ends when this is dropped: with a panic if the thread began to
/// unwind meanwhile.
#[derive(Debug)]
pub struct Guard {
    callsite: &'static Callsite,
    seed: u64,
    index: u32,
    previous: u32,
    mode: Mode,
    unwinding: bool,
    failed: bool,
    /// What was in place before, if this is the root of a trace.
    entered: Option<Box<Entered>>,
    this_thread: PhantomData<*const ()>,
}

impl Guard {
    /// Whether the span is recorded: if not, no field need be computed.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.mode == Mode::Record
    }

    /// Takes what the result tells, before the span ends.
    #[inline]
    pub fn ending(&mut self, tell: impl FnOnce(&mut Ending)) {
        if self.mode == Mode::None {
            return;
        }
        let mut ending = Ending {
            seed: self.seed,
            index: self.index,
            mode: self.mode,
            callsite: self.callsite,
            failed: false,
        };
        tell(&mut ending);
        self.failed = ending.failed;
    }

    fn outcome(&self) -> Outcome {
        if !self.unwinding && panicking() { Outcome::Panic } else { Outcome::Ok }
    }

    #[cold]
    fn end_root(&mut self, entered: Entered) {
        let outcome = self.outcome();
        if let Some(mut arena) = entered.leave() {
            arena.close_root(outcome);
            if arena.is_root {
                collect::report_failed_root(&arena, self.callsite, outcome);
            }
            collect::hand_over(arena);
        }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        match self.mode {
            Mode::None => {}
            _ if self.entered.is_some() => {
                if self.mode == Mode::Drop {
                    self.end_unrecorded();
                }
                if let Some(entered) = self.entered.take() {
                    self.end_root(*entered);
                }
            }
            Mode::Record => {
                let outcome = self.outcome();
                if current::seed() == self.seed {
                    current::replace_index(self.previous);
                }
                current::with_arena(self.seed, |arena| arena.close(self.index, outcome));
            }
            Mode::Drop => self.end_unrecorded(),
        }
    }
}

impl Guard {
    /// Below a dropped root only failures leave anything behind.
    #[inline]
    fn end_unrecorded(&self) {
        let ending = Ending {
            seed: self.seed,
            index: ANCHOR,
            mode: Mode::Drop,
            callsite: self.callsite,
            failed: self.failed,
        };
        if self.outcome() == Outcome::Panic {
            ending.panicked();
        } else {
            ending.recovered();
        }
    }
}
