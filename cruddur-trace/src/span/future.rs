//! The span of an asynchronous call.
//!
//! The parent is captured when the function is called; the span begins at the first poll and ends in
//! the poll that is ready, or, as cancelled, when the future is dropped before. While it is polled
//! under its own trace the record lies in the trace's arena. A future that is polled elsewhere
//! (spawned, or under another trace) records into an arena of its own.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::panicking;

use pin_project_lite::pin_project;

use super::arena::{Arena, Parent};
use super::collect;
use super::current::{self, ANCHOR, Mode, Position};
use super::ending::Ending;
use super::filter;
use super::guard::{StartKind, StaticCallsite};
use super::mirror::Mirror;
use super::root::{self, Entered, RootOptions};
use crate::record::clock::stamp;
use crate::record::{Callsite, Outcome, SpanId};

pin_project! {
    /// A future whose running is a span.
    ///
    /// The future is dropped before the state is (fields drop in the order of their declaration), so
    /// its destructors run inside of the span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Observed<C, F, E> {
        callsite: PhantomData<C>,
        ending: E,
        #[pin]
        future: F,
        life: Life,
        mirror: Mirror,
    }

    impl<C, F, E> PinnedDrop for Observed<C, F, E> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.life.0.enter_to_drop();
            this.mirror.enter_to_drop();
        }
    }
}

/// Makes the running of `future` a span below the one that is current *now*; `ending` takes what the
/// result tells.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would copy the future once more")]
pub fn observed<C, F, E>(_: C, start: StartKind, future: F, ending: E) -> Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    let life = Life(State::capture(start, C::CALLSITE));
    Observed { callsite: PhantomData, ending, future, life, mirror: Mirror::NEW }
}

impl<C, F, E> Future for Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let state = &mut this.life.0;
        let entry = state.enter(C::CALLSITE);
        if matches!(entry, Entry::Plain) {
            return this.future.poll(context);
        }
        let mut poll = InPoll::new(state, entry, C::CALLSITE);
        let entered = this.mirror.enter(C::CALLSITE);
        let polled = this.future.poll(context);
        match &polled {
            Poll::Ready(output) => {
                poll.ending(|ending| (this.ending)(output, ending));
                entered.leave();
                this.mirror.close();
                poll.finish(Outcome::Ok);
            }
            Poll::Pending => {
                entered.leave();
                poll.pause();
            }
        }
        polled
    }
}

/// Where an observed future is in its life. 32 bytes.
#[derive(Debug)]
pub(super) enum State {
    /// Not polled yet, and made outside of any trace.
    New(StartKind),
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
                self.enter_own(root::start_linked(RootOptions::new(callsite)))
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
                    let parent = current::span_id(place.seed, place.index);
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
        let Some(mut arena) = root::start_apart(origin, Parent::Local(parent), None) else {
            return Entry::Plain;
        };
        arena.open(callsite, ANCHOR);
        self.enter_own(arena)
    }

    /// A later poll, away from the arena that has the span's record.
    fn enter_continuation(&mut self, place: &Place) -> Entry {
        let (seed, index) = (place.seed, place.index);
        let parent = Parent::Continued { seed, index, id: current::span_id(seed, index) };
        let Some(mut arena) = root::start_apart(&place.position(), parent, None) else {
            return Entry::Plain;
        };
        arena.has_own_span = false;
        self.enter_own(arena)
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
                if let Some(arena) = Entered::in_place().leave() {
                    end_own(arena, Outcome::Cancelled);
                }
            }
            _ => {}
        }
    }
}

fn unmask(previous: Option<Box<Position>>) {
    current::set_position(previous.map_or(Position::NONE, |previous| *previous));
}

/// Ends the span that an arena was made for, and hands the arena over.
fn end_own(mut arena: Box<Arena>, outcome: Outcome) {
    if arena.mode == Mode::Record {
        match arena.parent {
            Parent::Continued { seed, index, .. } => {
                arena.complete(seed, index, stamp(), outcome);
            }
            _ => arena.close(0, outcome),
        }
    }
    collect::hand_over(arena);
}

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
                        arena.close_root(outcome);
                        collect::report_failed_root(&arena, self.callsite, outcome);
                        collect::hand_over(arena);
                    } else {
                        if outcome == Outcome::Panic {
                            collect::report_panic_apart(&arena, Some(self.callsite));
                        }
                        end_own(arena, outcome);
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_as_small_as_a_position() {
        assert_eq!(size_of::<State>(), 32);
    }
}
