//! The start of a trace in this process, or of a part of it that runs apart: an arena, made ready.

use std::sync::Arc;

use super::arena::{Arena, Extra, Parent};
use super::collect::{self, Collector};
use super::context::current_link;
use super::origin::{RemoteParent, RootStart};
use super::position::{Mode, Position};
use super::scope::{Caller, Scope};
use super::{random, recycle, sampling_table};
use crate::record::{Callsite, Key, Sampling, SpanKind, TraceId, TraceLink};

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
    let collector = collector.or_else(collect::here);
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
            let mut arena = recycle::take(id);
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

    let mut arena = recycle::take(id);
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

/// The same as [`start`], for code that may run inside of another trace: linked to that.
pub(crate) fn start_linked(options: RootOptions) -> Box<Arena> {
    match current_link() {
        Some(around) => start_linked_to(options, around),
        None => start(options),
    }
}

/// The same, linked to the span that is named; what takes that span's trace takes this one, too.
pub(crate) fn start_linked_to(mut options: RootOptions, around: TraceLink) -> Box<Arena> {
    options.collector =
        options.collector.or_else(collect::here).or_else(|| collect::named(around.trace_id));
    let mut arena = start(options);
    if arena.mode == Mode::Record {
        arena.link(0, around.into());
    }
    arena
}

/// An arena for what goes on apart from its trace's root: below this position, whose span has the id.
pub(crate) fn start_apart(
    from: &Position,
    parent: Parent,
    scope: Option<Arc<Scope>>,
) -> Option<Box<Arena>> {
    let mut arena = recycle::take(from.trace_id()?);
    arena.random = from.random;
    arena.sampling = from.sampling;
    arena.mode = from.mode;
    arena.parent = parent;
    arena.set_scope(scope);
    Some(arena)
}

/// The same for the span itself, whose record is elsewhere, rather than for one below it.
pub(crate) fn continue_apart(
    from: &Position,
    parent: Parent,
    scope: Option<Arc<Scope>>,
) -> Option<Box<Arena>> {
    let mut arena = start_apart(from, parent, scope)?;
    arena.has_own_span = false;
    Some(arena)
}
