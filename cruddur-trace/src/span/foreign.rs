//! Spans whose life is told by calls from outside: a `tracing` span is opened, entered and left any
//! number of times, from any thread, and closed somewhere.
//!
//! Where it is entered under its own trace it is an open record of that trace's arena, like any
//! other; elsewhere it has an arena of its own, which goes on where the record is.

use super::arena::{Arena, Extra, Parent};
use super::collect;
use super::current;
use super::entered::Entered;
use super::position::{ANCHOR, Mode, Position};
use super::scope::Scope;
use super::start::{self, RootOptions};
use super::{Below, TraceContext, sampling_table};
use crate::record::clock::{self, Stamp, stamp};
use crate::record::{
    Attribute, Callsite, ErrorChain, Key, Link, Outcome, SpanId, SpanKind, Status, TraceLink,
};
use std::sync::Arc;

/// A span that somebody else opens, enters, leaves and closes.
#[derive(Debug)]
pub(crate) struct ForeignSpan {
    /// Where its record is; `index` is the span's own.
    position: Position,
    span_id: SpanId,
    scope: Option<Arc<Scope>>,
    /// What it records while it is away from its record, or its own trace.
    own: Option<Box<Arena>>,
}

/// How it was entered, and so how it is left.
#[derive(Debug)]
pub(crate) enum Frame {
    Nested { seed: u64, index: u32, previous: u32 },
    Own(Entered),
}

impl Frame {
    /// Leaves a span that was closed meanwhile.
    pub(crate) fn leave(self) {
        match self {
            Self::Nested { seed, index, previous } => {
                // Not, if something that was entered within is still there.
                if current::seed() == seed && current::index() == index {
                    current::replace_index(previous);
                }
            }
            Self::Own(entered) => {
                if let Some(arena) = entered.leave() {
                    collect::hand_over(arena);
                }
            }
        }
    }
}

impl ForeignSpan {
    /// A span of the current trace; `None` where none is recorded.
    pub(crate) fn open(callsite: &'static Callsite) -> Option<Self> {
        let mut position = current::position();
        if position.mode != Mode::Record {
            return None;
        }
        let (index, span_id, scope) = current::with_arena(position.seed, |arena| {
            let index = arena.open(callsite, position.index);
            (index, arena.span_id(index), arena.scope().cloned())
        })?;
        position.index = index;
        Some(Self { position, span_id, scope, own: None })
    }

    /// A child of this span, wherever the caller is.
    pub(crate) fn open_below(&self, callsite: &'static Callsite) -> Option<Self> {
        let mut position = self.position;
        if current::is_recording(position.seed) {
            let parent = position.index;
            let opened = current::with_arena(position.seed, |arena| {
                let index = arena.open(callsite, parent);
                (index, arena.span_id(index))
            })?;
            (position.index, _) = opened;
            let scope = self.scope.clone();
            return Some(Self { position, span_id: opened.1, scope, own: None });
        }
        let parent = Parent::Local(self.span_id);
        let mut arena = start::start_apart(&position, parent, self.scope.clone())?;
        arena.open(callsite, ANCHOR);
        Some(Self::with_own(arena))
    }

    /// The same as the active span of another API, which was made at `made_at`.
    #[cfg(feature = "otel")]
    pub(crate) fn active(&self, made_at: Position) -> Option<super::active::Active> {
        let below = Below::context(&TraceContext {
            trace_id: self.position.trace_id()?,
            span_id: self.span_id,
            flags: self.link()?.trace_flags,
            is_recording: true,
            sampling: sampling_table::decision(self.position.sampling),
            scope: self.scope.clone(),
        });
        Some(super::active::Active { position: self.position, made_at, below })
    }

    /// The current span, which somebody else opens and closes; `None` where none is recorded.
    #[cfg(feature = "mirror")]
    pub(crate) fn of_current() -> Option<Self> {
        let position = current::position();
        if position.mode != Mode::Record {
            return None;
        }
        let (span_id, scope) = current::with_arena(position.seed, |arena| {
            (arena.span_id(position.index), arena.scope().cloned())
        })?;
        Some(Self { position, span_id, scope, own: None })
    }

    /// Whether it is this thread's current span.
    #[cfg(feature = "mirror")]
    pub(crate) fn is_current(&self) -> bool {
        current::is_recording(self.position.seed) && current::index() == self.position.index
    }

    /// Hands over what it recorded away from its record, and leaves the record open.
    #[cfg(feature = "mirror")]
    pub(crate) fn put_down(self) {
        if let Some(arena) = self.own {
            collect::hand_over(arena);
        }
    }

    /// The same span, for making children of it elsewhere; it is closed by the one it was made of.
    #[cfg(feature = "otel")]
    pub(crate) fn shadow(&self) -> Self {
        let (position, span_id, scope) = (self.position, self.span_id, self.scope.clone());
        Self { position, span_id, scope, own: None }
    }

    /// The root of a trace in this process; `None` where it is not recorded.
    pub(crate) fn open_root(options: RootOptions) -> Option<Self> {
        let arena = start::start(options);
        (arena.mode == Mode::Record).then(|| Self::with_own(arena))
    }

    fn with_own(arena: Box<Arena>) -> Self {
        Self {
            position: arena.position(0),
            span_id: arena.span_id(0),
            scope: arena.scope().cloned(),
            own: Some(arena),
        }
    }

    /// Its ids and flags.
    pub(crate) fn link(&self) -> Option<TraceLink> {
        let Position { sampling, random, .. } = self.position;
        let trace_id = self.position.trace_id()?;
        let trace_flags = sampling_table::flags(sampling, random);
        Some(TraceLink { trace_id, span_id: self.span_id, trace_flags })
    }

    /// Makes it the current span of this thread, until [`leave`](Self::leave).
    pub(crate) fn enter(&mut self) -> Option<Frame> {
        let Position { seed, index, .. } = self.position;
        if let Some(arena) = self.own.take() {
            return Some(Frame::Own(Entered::enter(arena)));
        }
        if current::is_recording(seed) {
            let previous = current::replace_index(index);
            return Some(Frame::Nested { seed, index, previous });
        }
        Some(Frame::Own(Entered::enter(self.continuation()?)))
    }

    /// Leaves it on this thread.
    pub(crate) fn leave(&mut self, frame: Frame) {
        match frame {
            Frame::Own(entered) if self.own.is_none() => self.own = entered.leave(),
            frame => frame.leave(),
        }
    }

    /// An arena that goes on where this span's record is.
    fn continuation(&self) -> Option<Box<Arena>> {
        let Position { seed, index, .. } = self.position;
        let parent = Parent::Continued { seed, index, id: self.span_id };
        start::continue_apart(&self.position, parent, self.scope.clone())
    }

    /// Runs `operation` on an arena that knows this span, with its index there.
    fn edit(&mut self, operation: impl FnOnce(&mut Arena, u32)) {
        let Position { seed, index, .. } = self.position;
        if current::is_recording(seed) {
            current::with_arena(seed, |arena| operation(arena, index));
            return;
        }
        if self.own.is_none() {
            self.own = self.continuation();
        }
        if let Some(arena) = &mut self.own {
            let index = arena.own_index();
            operation(arena, index);
        }
    }

    pub(crate) fn set_attribute(&mut self, attribute: Attribute) {
        self.edit(|arena, index| arena.attribute(index, attribute));
    }

    pub(crate) fn set_name(&mut self, name: Key) {
        self.edit(|arena, index| arena.extra(index, Extra::Name(name)));
    }

    pub(crate) fn set_kind(&mut self, kind: SpanKind) {
        self.edit(|arena, index| arena.extra(index, Extra::Kind(kind)));
    }

    pub(crate) fn set_status(&mut self, status: Status) {
        self.edit(|arena, index| arena.extra(index, Extra::Status(status)));
    }

    pub(crate) fn add_link(&mut self, link: Link) {
        self.edit(|arena, index| arena.link(index, link));
    }

    #[cfg(feature = "otel")]
    pub(crate) fn add_event(&mut self, name: Key, attributes: Vec<Attribute>) {
        self.edit(|arena, index| arena.event(index, name, stamp(), attributes));
    }

    pub(crate) fn record_error(&mut self, error: ErrorChain) {
        self.edit(|arena, index| arena.error(index, error));
    }

    /// Ends it.
    pub(crate) fn close(mut self, outcome: Outcome) {
        let Position { seed, index, .. } = self.position;
        if self.own.is_none() {
            if current::is_recording(seed) {
                current::with_arena(seed, |arena| arena.close(index, outcome));
                return;
            }
            self.own = self.continuation();
        }
        let Some(mut arena) = self.own.take() else { return };
        arena.close_own(outcome);
        collect::hand_over(arena);
    }
}

/// Records a span of the current trace that is over already: it began `elapsed_nanos` ago.
#[cfg(feature = "tracing")]
pub(crate) fn record_past(
    callsite: &'static Callsite,
    name: Key,
    elapsed_nanos: u64,
    attributes: Vec<Attribute>,
    error: Option<ErrorChain>,
) {
    let position = current::position();
    if position.mode != Mode::Record {
        return;
    }
    let start: Stamp = clock::stamp_before(stamp(), elapsed_nanos);
    current::with_arena(position.seed, |arena| {
        let index = arena.open_at(callsite, position.index, start);
        arena.extra(index, Extra::Name(name));
        for attribute in attributes {
            arena.attribute(index, attribute);
        }
        if let Some(error) = error {
            arena.error(index, error);
        }
        arena.close(index, Outcome::Ok);
    });
}

#[cfg(test)]
mod tests;
