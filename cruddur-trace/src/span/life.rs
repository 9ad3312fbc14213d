//! Where an observed future or stream is in its life, and what a poll of it finds.
//!
//! While it is polled under its own trace its record lies in the trace's arena. One that is polled
//! elsewhere (spawned, or under another trace) records into an arena of its own.

use super::arena::{Arena, Parent};
use super::collect;
use super::context::current_link;
use super::current;
use super::entered::Entered;
use super::filter;
use super::guard::StartKind;
use super::position::{ANCHOR, Mode, Position, span_id};
use super::start::{self, RootOptions};
use crate::record::{Callsite, Outcome, SpanId, TraceLink};

/// Where an observed future is in its life. 32 bytes.
#[derive(Debug)]
pub(super) enum State {
    /// Not polled yet, and made outside of any trace.
    New(StartKind),
    /// The same, to be the root of a trace that is linked to the span in which it was called.
    Linked(Box<TraceLink>),
    /// In a trace.
    At(Place),
    /// Called in code that runs apart from its trace's root: the parent's id can't be computed.
    Apart(Box<(Position, SpanId)>),
    /// It has an arena of its own.
    Own(Box<Arena>),
    /// It is being dropped inside of its span.
    Dropping { seed: u64, index: u32, previous: u32 },
    /// The same with an arena of its own.
    DroppingOwn,
    /// It makes no span, or has made it.
    Off,
}

/// A position with the stage of the future instead of the mode of the thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    seed: u64,
    trace_high: u64,
    trace_low: u64,
    index: u32,
    sampling: u16,
    stage: Stage,
    random: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The index is the parent's.
    Called,
    /// The index is that of the open span.
    Live,
    /// The trace is not recorded.
    Dropped,
}

impl Place {
    fn new(position: Position, stage: Stage) -> Self {
        let Position { seed, trace_high, trace_low, index, sampling, random, .. } = position;
        Self { seed, trace_high, trace_low, index, sampling, stage, random }
    }

    fn position(&self) -> Position {
        let Self { seed, trace_high, trace_low, index, sampling, random, .. } = *self;
        let mode = if self.stage == Stage::Dropped { Mode::Drop } else { Mode::Record };
        Position { seed, trace_high, trace_low, index, sampling, mode, random }
    }
}

/// How one poll was entered, and so how it is left.
#[derive(Debug)]
pub(super) enum Entry {
    /// There is nothing to leave.
    Plain,
    /// The trace's arena is in place.
    Nested { seed: u64, index: u32, previous: u32 },
    /// The trace is not recorded, and is the thread's.
    Dropped { seed: u64 },
    /// The trace is not recorded, and hides the thread's own, if there is one.
    Masking { seed: u64, previous: Option<Box<Position>> },
    /// The future's own arena is in place.
    Own { seed: u64, index: u32 },
}

impl State {
    #[inline]
    pub(super) fn capture(start: StartKind, callsite: &'static Callsite) -> Self {
        if matches!(start, StartKind::Root) {
            return Self::capture_root();
        }
        if current::mode() == Mode::None || !matches!(start, StartKind::Child) {
            #[cfg(feature = "otel")]
            if matches!(start, StartKind::Child)
                && let Some(below) = super::active::below()
            {
                return Self::New(StartKind::Below(below));
            }
            return Self::New(start);
        }
        Self::capture_in_trace(callsite)
    }

    #[inline(never)]
    fn capture_in_trace(callsite: &'static Callsite) -> Self {
        if !filter::is_enabled(callsite) {
            return Self::Off;
        }
        #[cfg_attr(not(feature = "otel"), allow(unused_mut))]
        let mut position = current::position();
        #[cfg(feature = "otel")]
        if position.mode == Mode::Record {
            position.index = super::active::parent(position.index);
        }
        match position.mode {
            Mode::Drop => Self::At(Place::new(position, Stage::Dropped)),
            _ if position.index == ANCHOR => Self::capture_apart(position),
            _ => Self::At(Place::new(position, Stage::Called)),
        }
    }

    #[cold]
    fn capture_root() -> Self {
        current_link().map_or(Self::New(StartKind::Root), |around| Self::Linked(Box::new(around)))
    }

    #[cold]
    fn capture_apart(position: Position) -> Self {
        let parent = current::with_arena(position.seed, |arena| arena.span_id(ANCHOR));
        parent.map_or(Self::Off, |parent| Self::Apart(Box::new((position, parent))))
    }

    #[inline]
    pub(super) fn enter(&mut self, callsite: &'static Callsite) -> Entry {
        match self {
            Self::At(place)
                if place.stage != Stage::Dropped && current::is_recording(place.seed) =>
            {
                if place.stage == Stage::Called {
                    let parent = place.index;
                    let opened =
                        current::with_arena(place.seed, |arena| arena.open(callsite, parent));
                    let Some(index) = opened else { return Entry::Plain };
                    place.index = index;
                    place.stage = Stage::Live;
                }
                let (seed, index) = (place.seed, place.index);
                return Entry::Nested { seed, index, previous: current::replace_index(index) };
            }
            Self::At(Place { stage: Stage::Dropped, seed, .. }) if current::seed() == *seed => {
                return Entry::Dropped { seed: *seed };
            }
            Self::Off => return Entry::Plain,
            Self::New(StartKind::Child) if current::mode() == Mode::None => {
                *self = Self::Off;
                return Entry::Plain;
            }
            _ => {}
        }
        self.enter_elsewhere(callsite)
    }

    /// Everything but a poll under the trace that the future belongs to.
    #[cold]
    fn enter_elsewhere(&mut self, callsite: &'static Callsite) -> Entry {
        match std::mem::replace(self, Self::Off) {
            Self::New(StartKind::Root) => {
                self.enter_own(start::start_linked(RootOptions::new(callsite)))
            }
            Self::Linked(around) => {
                self.enter_own(start::start_linked_to(RootOptions::new(callsite), *around))
            }
            Self::New(StartKind::Below(below)) => match below.start(callsite) {
                Some(arena) if filter::is_enabled(callsite) => self.enter_own(arena),
                _ => {
                    *self = Self::New(StartKind::Child);
                    self.enter_elsewhere(callsite)
                }
            },
            Self::New(StartKind::Child) => {
                *self = Self::capture_in_trace(callsite);
                self.enter(callsite)
            }
            Self::At(place) => match place.stage {
                Stage::Called => {
                    let parent = span_id(place.seed, place.index);
                    self.enter_detached(callsite, &place.position(), parent)
                }
                Stage::Live => self.enter_continuation(&place),
                Stage::Dropped => {
                    *self = Self::At(place);
                    let (seed, previous) = (place.seed, current::position());
                    current::set_position(place.position());
                    let is_in_trace = previous.mode != Mode::None;
                    Entry::Masking { seed, previous: is_in_trace.then(|| Box::new(previous)) }
                }
            },
            Self::Apart(origin) => {
                let (position, parent) = *origin;
                if !current::is_recording(position.seed) {
                    return self.enter_detached(callsite, &position, parent);
                }
                *self = Self::At(Place::new(position, Stage::Called));
                self.enter(callsite)
            }
            Self::Own(arena) => self.enter_own(arena),
            Self::Dropping { .. } | Self::DroppingOwn | Self::Off => Entry::Plain,
        }
    }

    /// The first poll, away from the trace's root.
    fn enter_detached(
        &mut self,
        callsite: &'static Callsite,
        origin: &Position,
        parent: SpanId,
    ) -> Entry {
        let Some(mut arena) = start::start_apart(origin, Parent::Local(parent), None) else {
            return Entry::Plain;
        };
        arena.open(callsite, ANCHOR);
        self.enter_own(arena)
    }

    /// A later poll, away from the arena that has the span's record.
    fn enter_continuation(&mut self, place: &Place) -> Entry {
        let (seed, index) = (place.seed, place.index);
        let parent = Parent::Continued { seed, index, id: span_id(seed, index) };
        match start::continue_apart(&place.position(), parent, None) {
            Some(arena) => self.enter_own(arena),
            None => Entry::Plain,
        }
    }

    fn enter_own(&mut self, arena: Box<Arena>) -> Entry {
        let (seed, index) = (arena.seed, arena.own_index());
        *self = Self::Off;
        Entered::enter(arena).keep();
        Entry::Own { seed, index }
    }

    /// Makes the span current for the destructors of the future, which run next.
    #[inline]
    pub(super) fn enter_to_drop(&mut self) {
        if matches!(self, Self::At(_) | Self::Own(_)) {
            self.enter_to_drop_unfinished();
        }
    }

    #[cold]
    fn enter_to_drop_unfinished(&mut self) {
        match std::mem::replace(self, Self::Off) {
            Self::At(place) if place.stage == Stage::Live => {
                let (seed, index) = (place.seed, place.index);
                if current::is_recording(seed) {
                    let previous = current::replace_index(index);
                    *self = Self::Dropping { seed, index, previous };
                } else if let Entry::Own { .. } = self.enter_continuation(&place) {
                    *self = Self::DroppingOwn;
                }
            }
            Self::Own(arena) => {
                self.enter_own(arena);
                *self = Self::DroppingOwn;
            }
            _ => {}
        }
    }
}

/// The state, with what is to be done when the future's destructors have run.
#[derive(Debug)]
pub(super) struct Life(pub(super) State);

impl Drop for Life {
    #[inline]
    fn drop(&mut self) {
        match self.0 {
            State::Dropping { seed, index, previous } => {
                current::replace_index(previous);
                current::with_arena(seed, |arena| arena.close(index, Outcome::Cancelled));
            }
            State::DroppingOwn => {
                if let Some(mut arena) = Entered::in_place().leave() {
                    arena.close_own(Outcome::Cancelled);
                    collect::hand_over(arena);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_as_small_as_a_position() {
        assert_eq!(size_of::<State>(), 32);
    }
}
