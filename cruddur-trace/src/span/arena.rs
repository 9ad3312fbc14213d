//! The buffer that belongs to one trace while it runs.
//!
//! A span is an *open record* here from its first moment, so its handle is an index. Attributes go to
//! a side vector, text into one string; both are plain data, so clearing is one store each, and
//! arenas are recycled. What is rare (events, links, errors, names, attributes with owned values)
//! goes to a third vector. The exporter thread turns all of it into span records
//! ([`super::assemble`]); nothing here formats, sorts or searches on the usual path.

use std::sync::{Arc, OnceLock};

use super::collect::{self, Collector};
use super::context::{Caller, Scope};
use super::current::{self, ANCHOR, Mode, Position};
use super::limits::{Limits, truncate};
use super::{random, sampling_table};
use crate::record::clock::{Stamp, stamp};
use crate::record::{
    Attribute, Callsite, ErrorChain, Key, Link, Outcome, Sampling, SpanId, SpanKind, Status,
    TraceFlags, TraceId, Usage,
};

/// One span, open or finished. 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) callsite: &'static Callsite,
    pub(crate) start: Stamp,
    /// 0 while the span is open.
    pub(crate) end: u64,
    pub(crate) parent: u32,
    pub(crate) attributes: u16,
    pub(crate) outcome: Outcome,
}

/// One attribute whose value is plain. 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) bits: u64,
    pub(crate) span: u32,
    pub(crate) kind: FieldKind,
    pub(crate) usage: Usage,
}

/// How a field's bits are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Bool,
    I64,
    F64,
    /// Offset and length in the arena's text, 32 bits each.
    Text,
    /// The same, and it is a URL's query as it came.
    Query,
    /// The same, and it is the span's name.
    Name,
}

/// What is too rare or too large for a field.
#[derive(Debug)]
pub(crate) enum Extra {
    Attribute(Attribute),
    Event { name: Key, time: Stamp, attributes: Vec<Attribute> },
    Link(Link),
    Error(Box<ErrorChain>),
    Status(Status),
    Name(Key),
    Kind(SpanKind),
}

/// The end of a span whose record was handed over, or is in another arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completion {
    pub(crate) seed: u64,
    pub(crate) index: u32,
    pub(crate) end: Stamp,
    pub(crate) outcome: Outcome,
}

/// A function that a failure passed on its way out.
#[derive(Debug)]
pub(crate) struct FailedFrame {
    pub(crate) callsite: &'static Callsite,
    pub(crate) index: u32,
    pub(crate) parent: u32,
    /// What it recorded, if nothing below it had recorded an error.
    pub(crate) error: Option<Box<ErrorChain>>,
}

/// What an arena's first record hangs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// Nothing: the trace begins here.
    None,
    /// A span of another process.
    Remote(SpanId),
    /// The same where nothing is ever recorded, and so it stands for all that would be.
    PassedOn(SpanId),
    /// A span of this process.
    Local(SpanId),
    /// The span is recorded in another arena; this one continues it.
    Continued { seed: u64, index: u32, id: SpanId },
}

/// How many frames of failures are kept: as many of the first, which are the deepest, as of the last,
/// which are the nearest to the root.
pub(super) const MAX_FAILED_FRAMES: usize = 256;
/// Spans that were handed over while they were open, of which is remembered where they are.
const MAX_DEPARTED: usize = 4_096;

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

/// What went over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    Attribute,
    Event,
    Link,
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

    /// Forgets what was recorded, and lets go of what is shared.
    pub(crate) fn clear(&mut self) {
        self.scope = OnceLock::new();
        self.trace_state = None;
        self.collector = None;
        self.records.clear();
        self.fields.clear();
        self.text.clear();
        self.extras.clear();
        self.completions.clear();
        self.failed.clear();
        self.departed.clear();
        self.dropped.clear();
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
        let random = if self.random { TraceFlags::RANDOM } else { TraceFlags::default() };
        random.with_sampled(sampling_table::is_otlp(self.sampling))
    }

    /// The id of a span of this arena, or of the span it continues.
    pub(crate) fn span_id(&self, index: u32) -> SpanId {
        match (index, self.parent) {
            (_, Parent::PassedOn(id))
            | (ANCHOR, Parent::Continued { id, .. } | Parent::Local(id) | Parent::Remote(id)) => id,
            _ => current::span_id(self.seed, index),
        }
    }

    /// Opens a span below another; gives its index.
    #[inline]
    pub(crate) fn open(&mut self, callsite: &'static Callsite, parent: u32) -> u32 {
        self.open_at(callsite, parent, stamp())
    }

    /// The same for a span that began then.
    #[inline]
    pub(crate) fn open_at(
        &mut self,
        callsite: &'static Callsite,
        parent: u32,
        start: Stamp,
    ) -> u32 {
        let index = self.base.wrapping_add(self.records.len() as u32);
        self.records.push(Record {
            callsite,
            start,
            end: 0,
            parent,
            attributes: 0,
            outcome: Outcome::Ok,
        });
        index
    }

    /// Opens the span that begins with the arena.
    pub(crate) fn open_root(&mut self, callsite: &'static Callsite) -> u32 {
        let index = self.base;
        self.records.push(Record {
            callsite,
            start: self.opened,
            end: 0,
            parent: ANCHOR,
            attributes: 0,
            outcome: Outcome::Ok,
        });
        index
    }

    /// Ends a span. If the arena has grown or been open for long, hands over what is finished.
    #[inline]
    pub(crate) fn close(&mut self, index: u32, outcome: Outcome) {
        let end = stamp();
        match self.record_mut(index) {
            Some(record) => {
                record.end = end.0;
                if outcome != Outcome::Ok {
                    record.outcome = outcome;
                }
                if outcome == Outcome::Panic {
                    let (callsite, parent) = (record.callsite, record.parent);
                    self.failed_in(callsite, index, parent, None);
                }
            }
            None => {
                self.end_departed(index, outcome);
                self.complete(self.seed, index, end, outcome);
            }
        }
        if self.records.len() >= self.limits.hand_over_spans || end.0 >= self.due {
            self.hand_over_finished();
        }
    }

    /// Ends the span that the arena was made for, if it is recorded.
    pub(crate) fn close_root(&mut self, outcome: Outcome) {
        if self.mode == Mode::Record {
            self.close(0, outcome);
        }
    }

    /// Notes the end of a span whose record is not here.
    #[cold]
    pub(crate) fn complete(&mut self, seed: u64, index: u32, end: Stamp, outcome: Outcome) {
        self.completions.push(Completion { seed, index, end, outcome });
    }

    #[cold]
    pub(crate) fn failed_in(
        &mut self,
        callsite: &'static Callsite,
        index: u32,
        parent: u32,
        error: Option<&ErrorChain>,
    ) {
        let is_deepest = !self.failed.iter().any(|frame| frame.parent == index);
        let error = error.filter(|_| is_deepest || index == ANCHOR && self.failed.is_empty());
        let error = error.cloned().map(Box::new);
        if self.failed.len() == MAX_FAILED_FRAMES {
            self.failed.remove(MAX_FAILED_FRAMES / 2);
        }
        self.failed.push(FailedFrame { callsite, index, parent, error });
    }

    /// The callsite and the parent of an open span whose record is not here any more.
    fn departed(&self, index: u32) -> Option<(&'static Callsite, u32)> {
        let at = self.departed.binary_search_by_key(&index, |it| it.0).ok()?;
        self.departed.get(at).map(|(_, callsite, parent)| (*callsite, *parent))
    }

    #[cold]
    fn end_departed(&mut self, index: u32, outcome: Outcome) {
        let Ok(at) = self.departed.binary_search_by_key(&index, |it| it.0) else { return };
        let (_, callsite, parent) = self.departed.remove(at);
        if outcome == Outcome::Panic {
            self.failed_in(callsite, index, parent, None);
        }
    }

    #[inline]
    fn record_mut(&mut self, index: u32) -> Option<&mut Record> {
        self.records.get_mut(index.wrapping_sub(self.base) as usize)
    }

    /// Room for one more attribute of this span; counts it, or counts what is dropped.
    #[inline]
    fn admit_attribute(&mut self, index: u32) -> bool {
        let limit = self.limits.attributes_per_span;
        match self.record_mut(index) {
            Some(record) if record.attributes >= limit => {
                self.drop_over_limit(index, Dropped::Attribute);
                false
            }
            Some(record) => {
                record.attributes += 1;
                true
            }
            // The span's record is elsewhere: the assembler counts.
            None => true,
        }
    }

    #[cold]
    fn drop_over_limit(&mut self, index: u32, what: Dropped) {
        if self.dropped.len() < 65_536 {
            self.dropped.push((index, what));
        }
    }

    #[inline]
    pub(crate) fn field(
        &mut self,
        span: u32,
        key: &'static str,
        kind: FieldKind,
        bits: u64,
        usage: Usage,
    ) {
        if self.admit_attribute(span) || self.forget_earlier(span, key) {
            self.fields.push(Field { key, bits, span, kind, usage });
        }
    }

    #[inline]
    pub(crate) fn text_field(&mut self, span: u32, key: &'static str, text: &str, usage: Usage) {
        self.text_of_kind(span, key, FieldKind::Text, text, usage);
    }

    /// The same for one of the kinds that are text.
    #[inline]
    pub(crate) fn text_of_kind(
        &mut self,
        span: u32,
        key: &'static str,
        kind: FieldKind,
        text: &str,
        usage: Usage,
    ) {
        let text = truncate(text, self.limits.attribute_value_bytes);
        let offset = self.text.len();
        if offset + text.len() > u32::MAX as usize {
            return self.drop_over_limit(span, Dropped::Attribute);
        }
        self.text.push_str(text);
        let bits = (offset as u64) << 32 | text.len() as u64;
        self.field(span, key, kind, bits, usage);
        self.mind_bytes();
    }

    pub(crate) fn attribute(&mut self, span: u32, mut attribute: Attribute) {
        if let crate::record::Value::Str(text) = &mut attribute.value
            && text.len() > self.limits.attribute_value_bytes
        {
            *text = truncate(text, self.limits.attribute_value_bytes).to_owned().into();
        }
        if self.admit_attribute(span) || self.forget_earlier(span, &attribute.key) {
            self.extras.push((span, Extra::Attribute(attribute)));
        }
    }

    /// At the limit, an attribute that is set again takes the place of its earlier value.
    #[cold]
    fn forget_earlier(&mut self, span: u32, key: &str) -> bool {
        let field = self.fields.iter().rposition(|it| it.span == span && it.key == key);
        if let Some(at) = field {
            self.fields.remove(at);
        } else {
            let extra = self.extras.iter().rposition(|(index, extra)| {
                *index == span && matches!(extra, Extra::Attribute(it) if it.key == key)
            });
            let Some(at) = extra else { return false };
            self.extras.remove(at);
        }
        self.dropped.pop();
        true
    }

    pub(crate) fn event(&mut self, span: u32, name: Key, time: Stamp, attributes: Vec<Attribute>) {
        if self.count(span, |extra| matches!(extra, Extra::Event { .. }))
            < self.limits.events_per_span
        {
            self.extras.push((span, Extra::Event { name, time, attributes }));
        } else {
            self.drop_over_limit(span, Dropped::Event);
        }
    }

    pub(crate) fn link(&mut self, span: u32, link: Link) {
        if self.count(span, |extra| matches!(extra, Extra::Link(_))) < self.limits.links_per_span {
            self.extras.push((span, Extra::Link(link)));
        } else {
            self.drop_over_limit(span, Dropped::Link);
        }
    }

    fn count(&self, span: u32, is_one: impl Fn(&Extra) -> bool) -> u32 {
        let mine = self.extras.iter().filter(|(index, extra)| *index == span && is_one(extra));
        u32::try_from(mine.count()).unwrap_or(u32::MAX)
    }

    /// Records an error on a span and marks the span as failed.
    pub(crate) fn error(&mut self, span: u32, error: ErrorChain) {
        if let Some(record) = self.record_mut(span) {
            record.outcome = if error.is_panic { Outcome::Panic } else { Outcome::Error };
            let (callsite, parent) = (record.callsite, record.parent);
            self.failed_in(callsite, span, parent, Some(&error));
        } else if let Some((callsite, parent)) = self.departed(span) {
            self.failed_in(callsite, span, parent, Some(&error));
        }
        let known = self
            .extras
            .iter()
            .any(|(index, extra)| *index == span && matches!(extra, Extra::Error(_)));
        if !known {
            self.extras.push((span, Extra::Error(Box::new(error))));
        }
    }

    /// The error that was recorded on a span.
    pub(crate) fn error_of_span(&self, span: u32) -> Option<&ErrorChain> {
        self.extras.iter().find_map(|(index, extra)| match extra {
            Extra::Error(error) if *index == span => Some(&**error),
            _ => None,
        })
    }

    /// Names a span by a copy of these parts, one after the other.
    pub(crate) fn name(&mut self, span: u32, parts: &[&str]) {
        let offset = self.text.len();
        for part in parts {
            self.text.push_str(part);
        }
        let bits = (offset as u64) << 32 | (self.text.len() - offset) as u64;
        let usage = Usage::Default;
        self.fields.push(Field { key: "", bits, span, kind: FieldKind::Name, usage });
    }

    pub(crate) fn extra(&mut self, span: u32, extra: Extra) {
        self.extras.push((span, extra));
    }

    fn mind_bytes(&mut self) {
        if self.text.len() > self.limits.hand_over_bytes {
            self.hand_over_finished();
        }
    }

    /// Sends all records off, open ones as well (their ends follow as completions), and goes on
    /// empty. What a failure left on its way out stays: the root asks for it at its end.
    #[cold]
    pub(crate) fn hand_over_finished(&mut self) {
        let mut next = collect::take(self.trace_id);
        next.seed = self.seed;
        next.base = self.base.wrapping_add(self.records.len() as u32);
        next.is_root = self.is_root;
        next.has_own_span = self.has_own_span;
        next.random = self.random;
        next.parent = self.parent;
        next.sampling = self.sampling;
        next.set_scope(self.scope().cloned());
        next.request_of = self.request_of;
        next.collector.clone_from(&self.collector);
        next.outer = self.outer.take();
        next.outer_position = self.outer_position;
        std::mem::swap(&mut next.failed, &mut self.failed);
        std::mem::swap(&mut next.departed, &mut self.departed);
        let records = self.records.iter().enumerate().filter(|(_, record)| record.end == 0);
        next.departed.extend(
            records
                .map(|(offset, it)| (self.base.wrapping_add(offset as u32), it.callsite, it.parent))
                .take(MAX_DEPARTED.saturating_sub(next.departed.len())),
        );
        std::mem::swap(&mut *next, self);
        collect::hand_over(next);
    }
}
