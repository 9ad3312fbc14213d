//! One poll of an observed future or stream: how it is left.

use std::thread::panicking;

use super::collect;
use super::current;
use super::ending::Ending;
use super::entered::Entered;
use super::life::{Entry, State};
use super::position::{ANCHOR, Mode, Position};
use crate::record::{Callsite, Outcome};

/// One poll. Dropped without [`finish`](Self::finish) or [`pause`](Self::pause), it is unwinding.
pub(super) struct InPoll<'a> {
    state: &'a mut State,
    entry: Option<Entry>,
    callsite: &'static Callsite,
}

impl<'a> InPoll<'a> {
    #[inline]
    pub(super) fn new(state: &'a mut State, entry: Entry, callsite: &'static Callsite) -> Self {
        Self { state, entry: Some(entry), callsite }
    }

    #[inline]
    pub(super) fn ending(&mut self, tell: impl FnOnce(&mut Ending)) {
        let (seed, index, mode) = match &self.entry {
            Some(Entry::Nested { seed, index, .. }) => (*seed, *index, Mode::Record),
            Some(Entry::Own { seed, index }) => (*seed, *index, current::mode()),
            Some(Entry::Dropped { seed } | Entry::Masking { seed, .. }) => {
                (*seed, ANCHOR, Mode::Drop)
            }
            Some(Entry::Plain) | None => return,
        };
        let mut ending = Ending { seed, index, mode, callsite: self.callsite, failed: false };
        tell(&mut ending);
        if mode == Mode::Drop {
            ending.recovered();
        }
    }

    #[inline]
    pub(super) fn finish(mut self, outcome: Outcome) {
        let Some(entry) = self.entry.take() else { return };
        match entry {
            Entry::Nested { seed, index, previous } => {
                current::replace_index(previous);
                current::with_arena(seed, |arena| arena.close(index, outcome));
                *self.state = State::Off;
            }
            Entry::Dropped { .. } if outcome == Outcome::Ok => *self.state = State::Off,
            entry => self.finish_elsewhere(entry, outcome),
        }
    }

    #[cold]
    fn finish_elsewhere(&mut self, entry: Entry, outcome: Outcome) {
        *self.state = State::Off;
        let unrecorded_panic = |seed| {
            if outcome == Outcome::Panic {
                let callsite = self.callsite;
                let mode = Mode::Drop;
                Ending { seed, index: ANCHOR, mode, callsite, failed: true }.panicked();
            }
        };
        match entry {
            Entry::Plain => {}
            Entry::Nested { seed, index, previous } => {
                current::replace_index(previous);
                current::with_arena(seed, |arena| arena.close(index, outcome));
            }
            Entry::Dropped { seed } => unrecorded_panic(seed),
            Entry::Masking { seed, previous } => {
                unrecorded_panic(seed);
                unmask(previous);
            }
            Entry::Own { seed, .. } => {
                if current::mode() == Mode::Drop {
                    unrecorded_panic(seed);
                }
                if let Some(mut arena) = Entered::in_place().leave() {
                    if arena.is_root {
                        arena.close_own(outcome);
                        collect::report_failed_root(&arena, self.callsite, outcome);
                    } else {
                        if outcome == Outcome::Panic {
                            collect::report_panic_apart(&arena, Some(self.callsite));
                        }
                        arena.close_own(outcome);
                    }
                    collect::hand_over(arena);
                }
            }
        }
    }

    #[inline]
    pub(super) fn pause(mut self) {
        match self.entry.take() {
            Some(Entry::Nested { previous, .. }) => {
                current::replace_index(previous);
            }
            Some(Entry::Masking { previous, .. }) => unmask(previous),
            Some(Entry::Own { .. }) => {
                *self.state = Entered::in_place().leave().map_or(State::Off, State::Own);
            }
            Some(Entry::Plain | Entry::Dropped { .. }) | None => {}
        }
    }
}

impl Drop for InPoll<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            debug_assert!(panicking(), "a poll ends by finishing, pausing or unwinding");
            self.finish_elsewhere(entry, Outcome::Panic);
        }
    }
}

fn unmask(previous: Option<Box<Position>>) {
    current::set_position(previous.map_or(Position::NONE, |previous| *previous));
}
