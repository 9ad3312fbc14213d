//! The start of a trace in this process, and running code inside of it.

use std::sync::Arc;
use std::thread::panicking;

use super::arena::{Arena, Extra, FieldKind, Parent};
use super::collect::{self, Collector};
use super::context::{Caller, RemoteParent, RootStart, Scope, TraceContext};
use super::current::{self, Mode, Position};
use super::failure::Failure;
use super::{random, sampling_table};
use crate::record::clock::{self, stamp};
use crate::record::{
    Attribute, Callsite, ErrorChain, Key, Link, Outcome, Sampling, SpanKind, Status, TraceId,
    TraceLink, Usage, Value,
};

/// A root that is not recorded and fails has nothing to say of its place.
static FAILED: Callsite =
    Callsite::new("root", "cruddur_trace::span", "cruddur_trace::span", file!(), line!());

/// How a trace starts.
#[derive(Debug)]
#[non_exhaustive]
pub struct RootOptions {
    /// The place in the code that starts it.
    pub callsite: &'static Callsite,
    /// The root span's name; the callsite's if `None`.
    pub name: Option<Key>,
    /// The root span's kind.
    pub kind: SpanKind,
    /// The span of another process that it goes on from.
    pub parent: Option<RemoteParent>,
    /// The trace's id where there is no parent; a new one if `None`.
    pub trace_id: Option<TraceId>,
    /// Whether that id was made at random, here, for this trace.
    pub trace_id_is_random: bool,
    /// What was decided; if `None`, the collector's sampler is asked.
    pub sampling: Option<Sampling>,
    /// What the request shares.
    pub scope: Option<Arc<Scope>>,
    /// Who takes the spans; the process's own collector if `None`.
    pub collector: Option<Arc<dyn Collector>>,
    /// Who made the request, if it is one that a layer observes. Without a scope it gets one, with
    /// the trace's id as its own, when somebody wants it.
    pub(crate) request_of: Option<Caller>,
}

impl RootOptions {
    /// A new trace, named as the callsite is, for the process's own collector.
    #[must_use]
    pub const fn new(callsite: &'static Callsite) -> Self {
        Self {
            callsite,
            name: None,
            kind: callsite.kind,
            parent: None,
            trace_id: None,
            trace_id_is_random: false,
            sampling: None,
            scope: None,
            collector: None,
            request_of: None,
        }
    }
}

/// The root span of a trace in this process. It is not tied to a thread: code runs inside of it
/// with [`enter`](Self::enter), once per poll of a request's future, say.
///
/// Dropped without [`end`](Self::end), it ends as cancelled.
#[derive(Debug)]
pub struct Root {
    /// `None` while it is entered.
    arena: Option<Box<Arena>>,
}

impl Root {
    /// Starts a trace.
    #[must_use]
    pub fn start(options: RootOptions) -> Self {
        Self { arena: Some(start(options)) }
    }

    /// Runs `run` inside of the trace: spans that it makes become children of the root.
    pub fn enter<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let Some(arena) = self.arena.take() else { return run() };
        let entered = Entered::enter(arena);
        let _leave = LeaveInto { entered: Some(entered), arena: &mut self.arena };
        run()
    }

    /// Its ids, flags and scope.
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        let arena = self.arena.as_ref()?;
        let sampling = arena.decision();
        Some(TraceContext {
            trace_id: arena.trace_id,
            span_id: arena.span_id(0),
            flags: arena.flags(),
            is_recording: arena.mode == Mode::Record,
            sampling,
            scope: arena.scope().cloned(),
        })
    }

    /// Its ids and flags alone.
    #[must_use]
    pub fn link(&self) -> Option<TraceLink> {
        let arena = self.arena.as_ref()?;
        let (trace_id, span_id, trace_flags) = (arena.trace_id, arena.span_id(0), arena.flags());
        Some(TraceLink { trace_id, span_id, trace_flags })
    }

    /// What the request shares; made now where nobody has wanted it before.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn scope(&self) -> Option<&Arc<Scope>> {
        self.arena.as_ref()?.scope()
    }

    /// What the request shares, if somebody has wanted it.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn known_scope(&self) -> Option<&Scope> {
        self.arena.as_ref()?.known_scope().map(|scope| &**scope)
    }

    /// Gives `run` the request's id, without keeping what need not be kept.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn with_request_id_bytes<R>(&self, run: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let arena = self.arena.as_ref()?;
        match arena.known_scope() {
            Some(scope) => scope.with_request_id_bytes(run),
            None => arena.request_of.map(|_| run(&arena.trace_id.to_hex())),
        }
    }

    /// What was decided for the trace.
    #[must_use]
    pub fn sampling(&self) -> Option<Sampling> {
        self.arena.as_ref().map(|arena| arena.decision())
    }

    /// Whether its spans are recorded.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.arena.as_ref().is_some_and(|arena| arena.mode == Mode::Record)
    }

    /// Sets an attribute of the root span whose text outlives the program, or is owned.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        if let Some(arena) = self.recording() {
            arena.attribute(0, Attribute::new(key, value));
        }
    }

    /// Sets an attribute to a copy of `text`, without allocating.
    pub fn set_text(&mut self, key: &'static str, text: &str) {
        if let Some(arena) = self.recording() {
            arena.text_field(0, key, text, Usage::Default);
        }
    }

    /// Sets an attribute to a copy of a URL's query. Secrets in it are masked by the exporter's
    /// thread, before there is a record of the span.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn set_query(&mut self, key: &'static str, query: &str) {
        if let Some(arena) = self.recording() {
            arena.text_of_kind(0, key, FieldKind::Query, query, Usage::Default);
        }
    }

    /// Sets an attribute to an integer, without allocating.
    pub fn set_integer(&mut self, key: &'static str, value: i64) {
        if let Some(arena) = self.recording() {
            let kind = FieldKind::I64;
            arena.field(0, key, kind, value.cast_unsigned(), Usage::Default);
        }
    }

    /// Names the root span.
    pub fn set_name(&mut self, name: impl Into<Key>) {
        if let Some(arena) = self.recording() {
            arena.extra(0, Extra::Name(name.into()));
        }
    }

    /// Names the root span by a copy of these parts, without allocating.
    pub fn set_name_parts(&mut self, parts: &[&str]) {
        if let Some(arena) = self.recording() {
            arena.name(0, parts);
        }
    }

    /// Sets the root span's status.
    pub fn set_status(&mut self, status: Status) {
        if let Some(arena) = self.recording() {
            arena.extra(0, Extra::Status(status));
        }
    }

    /// Links the root span to another.
    pub fn add_link(&mut self, link: Link) {
        if let Some(arena) = self.recording() {
            arena.link(0, link);
        }
    }

    /// Adds an event, dated now, to the root span.
    pub fn add_event(&mut self, name: impl Into<Key>, attributes: Vec<Attribute>) {
        if let Some(arena) = self.recording() {
            arena.event(0, name.into(), stamp(), attributes);
        }
    }

    /// Records an error on the root span, which has failed then.
    pub fn record_error(&mut self, error: ErrorChain) {
        if let Some(arena) = self.recording() {
            arena.error(0, error);
        }
    }

    /// The way of the last failure that came as far as the root, sampled or not.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.arena.as_ref().map_or_else(Failure::default, |arena| arena.failure())
    }

    /// Nanoseconds since it began; 0 where nothing is recorded.
    #[must_use]
    pub fn elapsed_nanos(&self) -> u64 {
        let start = self.arena.as_ref().map(|arena| arena.opened());
        start.map_or(0, |start| clock::delta_nanos(start, stamp()))
    }

    /// Ends the root span and hands the trace over.
    pub fn end(mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    /// Ends it as failed, and has that reported: nobody further out will.
    pub(super) fn fail(mut self, error: ErrorChain) {
        let Some(mut arena) = self.arena.take() else { return };
        let callsite = arena.records.first().map_or(&FAILED, |root| root.callsite);
        arena.error(0, error);
        arena.close_root(Outcome::Error);
        collect::report_failed_root(&arena, callsite, Outcome::Error);
        collect::hand_over(arena);
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Some(mut arena) = self.arena.take() {
            arena.close_root(outcome);
            collect::hand_over(arena);
        }
    }

    fn recording(&mut self) -> Option<&mut Arena> {
        self.arena.as_deref_mut().filter(|arena| arena.mode == Mode::Record)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.finish(Outcome::Cancelled);
    }
}

/// An arena for a trace that starts here, its root open.
pub(crate) fn start(options: RootOptions) -> Box<Arena> {
    let RootOptions {
        callsite,
        name,
        kind,
        parent,
        trace_id,
        trace_id_is_random,
        sampling,
        scope,
        collector,
        request_of,
    } = options;
    let id = match (&parent, trace_id) {
        (Some(parent), _) => parent.trace_id,
        (None, Some(trace_id)) => trace_id,
        (None, None) => random::trace_id(),
    };
    let is_random = match (&parent, trace_id) {
        (Some(parent), _) => parent.flags.is_random(),
        // The id came from elsewhere: nobody promised that it is random.
        (None, Some(_)) => trace_id_is_random,
        (None, None) => true,
    };
    let collector = collector.or_else(crate::testing::current_collector);
    let taker = collector.as_ref().or_else(|| collect::global());
    let sampling = match (sampling, taker) {
        (Some(sampling), Some(_)) => sampling,
        (None, Some(collector)) => {
            let name = name.as_deref().unwrap_or(callsite.name);
            let start = RootStart { trace_id: id, parent: parent.as_ref(), name, kind, callsite };
            collector.sample(&start)
        }
        // Nobody would take the spans, so nobody decides either: the caller's context goes out as it
        // came, its span as the parent of what is called, or the trace would have a hole.
        (_, None) => {
            let otlp = parent.as_ref().is_some_and(|parent| parent.flags.is_sampled());
            let mut arena = collect::take(id);
            arena.parent = parent.map_or(Parent::None, |parent| Parent::PassedOn(parent.span_id));
            let passed_on = Sampling { otlp, xray: otlp, ..Sampling::DROP };
            arena.sampling = sampling_table::number(&passed_on);
            arena.random = is_random;
            arena.mode = Mode::Drop;
            arena.set_scope(scope);
            arena.request_of = request_of;
            return arena;
        }
    };
    if let Some(collector) = collector.as_ref().filter(|it| !it.is_of_process()) {
        collect::name_collector(id, collector);
    }

    let mut arena = collect::take(id);
    arena.is_root = true;
    arena.random = is_random;
    arena.parent = parent.map_or(Parent::None, |parent| Parent::Remote(parent.span_id));
    arena.sampling = sampling_table::number(&sampling);
    arena.mode = if sampling.is_recording() { Mode::Record } else { Mode::Drop };
    arena.set_scope(scope);
    arena.request_of = request_of;
    arena.collector = collector;
    if arena.mode == Mode::Record {
        let root = arena.open_root(callsite);
        if let Some(name) = name {
            arena.extra(root, Extra::Name(name));
        }
        if kind != callsite.kind {
            arena.extra(root, Extra::Kind(kind));
        }
    }
    arena
}

/// An arena for what goes on apart from its trace's root: below this position, whose span has the id.
pub(crate) fn start_apart(
    from: &Position,
    parent: Parent,
    scope: Option<Arc<Scope>>,
) -> Option<Box<Arena>> {
    let mut arena = collect::take(from.trace_id()?);
    arena.random = from.random;
    arena.sampling = from.sampling;
    arena.mode = from.mode;
    arena.parent = parent;
    arena.set_scope(scope);
    Some(arena)
}

/// An arena is in place on this thread; it remembers itself what was there before.
#[derive(Debug)]
#[must_use = "the arena stays in place until it is left"]
pub(crate) struct Entered(());

impl Entered {
    pub(crate) fn enter(mut arena: Box<Arena>) -> Self {
        let position = arena.position(arena.own_index());
        arena.outer_position = current::position();
        arena.outer = current::replace_arena(None);
        current::set_position(position);
        current::replace_arena(Some(arena));
        Self(())
    }

    /// The arena stays in place; whoever takes it out asks for [`in_place`](Self::in_place).
    pub(crate) fn keep(self) {}

    /// The arena that was entered last and kept.
    pub(crate) const fn in_place() -> Self {
        Self(())
    }

    /// Puts back what was there before; gives the arena.
    pub(crate) fn leave(self) -> Option<Box<Arena>> {
        let mut arena = current::replace_arena(None)?;
        current::set_failing(false);
        current::set_position(arena.outer_position);
        current::replace_arena(arena.outer.take());
        Some(arena)
    }
}

/// Leaves when dropped, unwinding or not, and puts the arena where it came from.
struct LeaveInto<'a> {
    entered: Option<Entered>,
    arena: &'a mut Option<Box<Arena>>,
}

impl Drop for LeaveInto<'_> {
    fn drop(&mut self) {
        if let Some(entered) = self.entered.take() {
            *self.arena = entered.leave();
            // The layer catches panics inside of this, and tells of them itself.
            if panicking()
                && let Some(arena) = self.arena
            {
                collect::report_panic_apart(arena, None);
            }
        }
    }
}

/// The same as [`start`], for code that may run inside of another trace: linked to that.
pub(crate) fn start_linked(options: RootOptions) -> Box<Arena> {
    let around = super::context::current_link();
    let mut arena = start(options);
    if let Some(around) = around
        && arena.mode == Mode::Record
    {
        let (trace_id, span_id, trace_flags) =
            (around.trace_id, around.span_id, around.trace_flags);
        arena.link(0, Link { trace_id, span_id, trace_flags, attributes: Vec::new() });
    }
    arena
}
