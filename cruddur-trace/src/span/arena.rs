//! The buffer that belongs to one trace while it runs.
//!
//! A span is an *open record* here from its first moment, so its handle is an index. Attributes go to
//! a side vector, text into one string; both are plain data, so clearing is one store each, and
//! arenas are recycled. What is rare (events, links, errors, names, attributes with owned values)
//! goes to a third vector. The exporter thread turns all of it into span records
//! ([`super::assemble`]); nothing here formats, sorts or searches on the usual path.

mod attach;
mod content;
mod failures;
mod spans;

use std::sync::{Arc, OnceLock};

use super::collect::Collector;
use super::limits::Limits;
use super::position::{ANCHOR, Mode, Position, span_id};
use super::scope::{Caller, Scope};
use super::{random, sampling_table};
use crate::record::clock::{Stamp, stamp};
use crate::record::{Callsite, Sampling, SpanId, TraceFlags, TraceId, TraceLink};

pub(crate) use content::{
    Completion, Dropped, Extra, FailedFrame, Field, FieldKind, Parent, Record,
};

/// The buffer of one trace, or of a part of it that runs apart.
#[derive(Debug)]
pub(crate) struct Arena {
    pub(crate) seed: u64,
    /// The index of the first record.
    pub(crate) base: u32,
    pub(crate) mode: Mode,
    /// Whether the record of index 0, which may have been handed over before, is the trace's root in
    /// this process.
    pub(crate) is_root: bool,
    /// Whether the first record is the span that it was made for, rather than one below that.
    pub(crate) has_own_span: bool,
    pub(crate) random: bool,
    pub(crate) trace_id: TraceId,
    pub(crate) parent: Parent,
    pub(crate) sampling: u16,
    scope: OnceLock<Arc<Scope>>,
    /// Who made the request, if this is one that a layer observes. Without a scope it gets one, with
    /// the trace's id as its own, when somebody wants it.
    pub(crate) request_of: Option<Caller>,
    /// The scope's `tracestate`, all that is needed of it after the handing over.
    pub(crate) trace_state: Option<Arc<str>>,
    pub(crate) records: Vec<Record>,
    pub(crate) fields: Vec<Field>,
    pub(crate) text: String,
    /// Texts that outlive the program, and so need not be copied.
    pub(crate) words: Vec<&'static str>,
    pub(crate) extras: Vec<(u32, Extra)>,
    pub(crate) completions: Vec<Completion>,
    /// Frames of failures, recovered ones among them; the innermost of each comes first.
    pub(crate) failed: Vec<FailedFrame>,
    /// Spans whose records were handed over while they were open, in the order of their indices: a
    /// failure that passes them still leaves its frames.
    pub(crate) departed: Vec<(u32, &'static Callsite, u32)>,
    /// Attributes, events and links over the limits, by span.
    pub(crate) dropped: Vec<(u32, Dropped)>,
    pub(crate) collector: Option<Arc<dyn Collector>>,
    /// What was in place on the thread before this arena was entered.
    pub(crate) outer: Option<Box<Arena>>,
    pub(crate) outer_position: Position,
    limits: &'static Limits,
    opened: Stamp,
    /// When what is finished is handed over although the root is open.
    due: u64,
}

impl Arena {
    pub(crate) fn new(trace_id: TraceId) -> Self {
        Self {
            seed: random::seed(),
            base: 0,
            mode: Mode::Record,
            is_root: false,
            has_own_span: true,
            random: false,
            trace_id,
            parent: Parent::None,
            sampling: 0,
            scope: OnceLock::new(),
            request_of: None,
            trace_state: None,
            records: Vec::new(),
            fields: Vec::new(),
            text: String::new(),
            words: Vec::new(),
            extras: Vec::new(),
            completions: Vec::new(),
            failed: Vec::new(),
            departed: Vec::new(),
            dropped: Vec::new(),
            collector: None,
            outer: None,
            outer_position: Position::NONE,
            limits: Limits::current(),
            opened: Stamp(0),
            due: 0,
        }
        .started()
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    fn start(&mut self) {
        self.limits = Limits::current();
        self.opened = stamp();
        self.due = self.opened.0.saturating_add(self.limits.hand_over_ticks());
    }

    /// Makes a recycled arena as good as new; its vectors keep their room.
    pub(crate) fn reset(&mut self, trace_id: TraceId) {
        self.records.clear();
        self.fields.clear();
        self.text.clear();
        self.words.clear();
        self.seed = random::seed();
        self.base = 0;
        self.mode = Mode::Record;
        self.is_root = false;
        self.has_own_span = true;
        self.random = false;
        self.trace_id = trace_id;
        self.parent = Parent::None;
        self.sampling = 0;
        self.request_of = None;
        self.start();
    }

    /// Lets go of what is owned or shared. Mostly there is nothing, and then nothing is written: a
    /// line of memory that the exporter's thread only reads, on another core, stays with the thread
    /// that will fill it again. What is plain data waits for [`reset`](Self::reset).
    pub(crate) fn release(&mut self) {
        fn clear<T>(list: &mut Vec<T>) {
            if !list.is_empty() {
                list.clear();
            }
        }
        if self.scope.get().is_some() {
            self.scope = OnceLock::new();
        }
        if self.trace_state.is_some() {
            self.trace_state = None;
        }
        if self.collector.is_some() {
            self.collector = None;
        }
        clear(&mut self.extras);
        clear(&mut self.completions);
        clear(&mut self.failed);
        clear(&mut self.departed);
        clear(&mut self.dropped);
    }

    /// Whether its vectors have grown so large that recycling it would hold memory for nothing.
    pub(crate) fn is_oversized(&self) -> bool {
        self.records.capacity() > 4_096
            || self.fields.capacity() > 16_384
            || self.text.capacity() > 1 << 20
            || self.extras.capacity() > 4_096
    }

    /// What the request shares.
    pub(crate) fn scope(&self) -> Option<&Arc<Scope>> {
        if self.request_of.is_some() {
            let make = || Arc::new(Scope::new().with_request_id_of(self.trace_id));
            return Some(self.scope.get_or_init(make));
        }
        self.scope.get()
    }

    /// The same, unless nobody has wanted it yet: then nobody has put anything into it.
    pub(crate) fn known_scope(&self) -> Option<&Arc<Scope>> {
        self.scope.get()
    }

    pub(crate) fn set_scope(&mut self, scope: Option<Arc<Scope>>) {
        self.scope = scope.map_or_else(OnceLock::new, OnceLock::from);
    }

    /// Lets go of the scope: memory is returned cheapest on the thread that took it.
    pub(crate) fn release_scope(&mut self) {
        self.trace_state = self.scope.take().and_then(|scope| scope.trace_state().cloned());
    }

    /// The index of the span that the arena was made for.
    pub(crate) fn own_index(&self) -> u32 {
        if self.has_own_span { 0 } else { ANCHOR }
    }

    /// When it was taken into use.
    pub(crate) fn opened(&self) -> Stamp {
        self.opened
    }

    /// Whether handing it over would tell nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.mode != Mode::Record
            || self.records.is_empty()
                && self.extras.is_empty()
                && self.fields.is_empty()
                && self.completions.is_empty()
    }

    pub(crate) fn position(&self, index: u32) -> Position {
        Position {
            sampling: self.sampling,
            mode: self.mode,
            random: self.random,
            ..Position::new(self.trace_id, self.seed, index)
        }
    }

    pub(crate) fn decision(&self) -> Sampling {
        sampling_table::decision(self.sampling)
    }

    /// The flags that go out: *sampled* is the bit of the OTLP family.
    pub(crate) fn flags(&self) -> TraceFlags {
        sampling_table::flags(self.sampling, self.random)
    }

    /// The ids and flags of a span of this arena.
    pub(crate) fn trace_link(&self, index: u32) -> TraceLink {
        let (trace_id, span_id, trace_flags) = (self.trace_id, self.span_id(index), self.flags());
        TraceLink { trace_id, span_id, trace_flags }
    }

    /// The id of a span of this arena, or of the span it continues.
    pub(crate) fn span_id(&self, index: u32) -> SpanId {
        match (index, self.parent) {
            (_, Parent::PassedOn(id))
            | (ANCHOR, Parent::Continued { id, .. } | Parent::Local(id) | Parent::Remote(id)) => id,
            _ => span_id(self.seed, index),
        }
    }
}
