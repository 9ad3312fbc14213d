//! Turns arenas into span records, on the exporter thread.
//!
//! A span may be handed over before it ends, and its end may come with another piece, before or
//! after its record. What waits for the other half is bounded in number and in time.

use std::collections::HashMap;
use std::mem;

use super::arena::{Arena, Completion, Dropped, Extra, Field, FieldKind, Parent, Record};
use super::collect::Piece;
use super::current::{ANCHOR, span_id};
use super::limits::Limits;
use super::sampling_table;
use crate::errors::scrubber;
use crate::record::clock::{Anchor, Stamp};
use crate::record::{
    Attribute, Fragment, Key, Outcome, Sampling, SpanEvent, SpanId, SpanRecord, Status, TraceFlags,
    TraceId, UnixNanos, Value,
};

/// How many spans may wait for their end, and ends for their span.
const MAX_WAITING: usize = 65_536;
/// How long an end waits for its span, in nanoseconds.
const MAX_END_WAIT_NANOS: u64 = 30_000_000_000;
/// How long a span waits for its end, in nanoseconds: 15 minutes.
const MAX_OPEN_NANOS: u64 = 900_000_000_000;

type SpanKey = (u64, u32);

/// Turns pieces into fragments, and keeps open spans until their ends arrive.
#[derive(Debug, Default)]
pub struct Assembler {
    open: HashMap<SpanKey, Open>,
    ends: HashMap<SpanKey, Late>,
}

#[derive(Debug)]
struct Open {
    span: SpanRecord,
    sampling: u16,
    is_root: bool,
    since: UnixNanos,
}

/// What came for a span whose record is not here.
#[derive(Debug, Default)]
struct Late {
    end: Option<(UnixNanos, Outcome)>,
    attributes: Vec<Attribute>,
    events: Vec<SpanEvent>,
    links: Vec<crate::record::Link>,
    error: Option<Box<crate::record::ErrorChain>>,
    status: Option<Status>,
    name: Option<Key>,
    since: UnixNanos,
}

impl Assembler {
    /// The fragment of what has finished with this piece; `None` if nothing has.
    pub fn take(&mut self, mut piece: Piece, now: UnixNanos) -> Option<Fragment> {
        let anchor = Anchor::current();
        let arena = piece.arena();
        let mut building = Building::new(arena, &anchor);
        let mut finished = Vec::with_capacity(arena.records.len());
        let mut has_root = false;
        let mut in_progress = None;

        for (offset, record) in arena.records.iter().enumerate() {
            let index = arena.base.wrapping_add(offset as u32);
            let mut span = building.span(arena, index, record);
            let is_root = arena.is_root && index == 0;
            let key = (arena.seed, index);
            let early = if record.end == 0 || !self.ends.is_empty() {
                self.ends.remove(&key)
            } else {
                None
            };
            let mut ended = record.end != 0;
            if let Some(late) = early {
                ended |= late.end.is_some();
                late.apply(&mut span);
            }
            if ended {
                has_root |= is_root;
                finished.push(span);
            } else if self.open.len() < MAX_WAITING {
                let sampling = arena.sampling;
                if is_root && arena.decision().xray {
                    let mut shown = span.clone();
                    shown.outcome = Outcome::Unfinished;
                    in_progress = Some(Box::new(shown));
                }
                self.open.insert(key, Open { span, sampling, is_root, since: now });
            } else {
                span.end = now;
                span.outcome = Outcome::Unfinished;
                finished.push(span);
            }
        }

        self.take_late(arena, &mut building, now);
        for completion in mem::take(&mut arena.completions) {
            let Completion { seed, index, end, outcome } = completion;
            let key = (seed, index);
            let end = anchor.wall(end);
            if let Some(mut open) = self.open.remove(&key) {
                Late { end: Some((end, outcome)), ..Late::default() }.apply(&mut open.span);
                has_root |= open.is_root;
                finished.push(open.span);
            } else if self.ends.len() < MAX_WAITING {
                let late = self.ends.entry(key).or_default();
                late.end = Some((end, outcome));
                late.since = now;
            }
        }

        if finished.is_empty() {
            return None;
        }
        let mut fragment = Fragment::new(arena.trace_id, finished, arena.decision());
        fragment.has_root = has_root;
        fragment.in_progress = in_progress;
        Some(fragment)
    }

    /// Attributes and the like that were set on spans whose records are not in this arena.
    fn take_late(&mut self, arena: &mut Arena, building: &mut Building, now: UnixNanos) {
        let own = arena.base..arena.base.wrapping_add(arena.records.len() as u32);
        let origin = match arena.parent {
            Parent::Continued { seed, index, .. } => Some((seed, index)),
            _ => None,
        };
        let key_of = |seed: u64, index: u32| match (index, origin) {
            (ANCHOR, Some(origin)) => Some(origin),
            (ANCHOR, None) => None,
            _ if own.contains(&index) => None,
            _ => Some((seed, index)),
        };
        let mut late: HashMap<SpanKey, Late> = HashMap::new();
        for field in &arena.fields {
            let Some(key) = key_of(arena.seed, field.span) else { continue };
            let late = late.entry(key).or_default();
            if field.kind == FieldKind::Name {
                late.name = Some(text_of(field, &arena.text).to_owned().into());
            } else {
                late.attributes.push(attribute_of(field, &arena.text));
            }
        }
        for (index, extra) in mem::take(&mut building.foreign) {
            if let Some(key) = key_of(arena.seed, index) {
                late.entry(key).or_default().add(extra, &building.anchor);
            }
        }
        for (key, mut late) in late {
            late.since = now;
            if let Some(open) = self.open.get_mut(&key) {
                late.apply(&mut open.span);
            } else if let Some(waiting) = self.ends.get_mut(&key) {
                waiting.merge(late);
            } else if self.ends.len() < MAX_WAITING {
                self.ends.insert(key, late);
            }
        }
    }

    /// Gives up waiting for ends that are overdue: their spans go out as unfinished.
    pub fn expire(&mut self, now: UnixNanos) -> Vec<Fragment> {
        let age = |since: UnixNanos| now.0.saturating_sub(since.0);
        self.ends.retain(|_, late| age(late.since) < MAX_END_WAIT_NANOS);
        let overdue = self.open.extract_if(|_, open| age(open.since) >= MAX_OPEN_NANOS);
        unfinished(overdue.map(|(_, open)| open).collect(), now)
    }

    /// Sends all spans that are still open as unfinished: for shutdown.
    pub fn finish(&mut self, now: UnixNanos) -> Vec<Fragment> {
        unfinished(self.open.drain().map(|(_, open)| open).collect(), now)
    }

    /// Spans that wait for their end.
    #[must_use]
    pub fn open_spans(&self) -> usize {
        self.open.len()
    }
}

fn unfinished(open: Vec<Open>, now: UnixNanos) -> Vec<Fragment> {
    let fragment = |mut open: Open| {
        open.span.end = now.max(open.span.start);
        open.span.outcome = Outcome::Unfinished;
        let sampling = sampling_table::decision(open.sampling);
        let mut fragment = Fragment::new(open.span.trace_id, vec![open.span], sampling);
        fragment.has_root = open.is_root;
        fragment
    };
    open.into_iter().map(fragment).collect()
}

impl Late {
    fn add(&mut self, extra: Extra, anchor: &Anchor) {
        match extra {
            Extra::Attribute(attribute) => self.attributes.push(attribute),
            Extra::Event { name, time, attributes } => {
                self.events.push(SpanEvent { name, time: anchor.wall(time), attributes });
            }
            Extra::Link(link) => self.links.push(link),
            Extra::Error(error) => {
                self.error.get_or_insert(error);
            }
            Extra::Status(status) => self.status = Some(status),
            Extra::Name(name) => self.name = Some(name),
            Extra::Kind(_) => {}
        }
    }

    fn merge(&mut self, later: Self) {
        self.end = self.end.or(later.end);
        self.attributes.extend(later.attributes);
        self.events.extend(later.events);
        self.links.extend(later.links);
        self.error = self.error.take().or(later.error);
        self.status = later.status.or(self.status.take());
        self.name = later.name.or(self.name.take());
    }

    fn apply(self, span: &mut SpanRecord) {
        let limits = Limits::current();
        for attribute in self.attributes {
            set(span, attribute);
        }
        let over = span.attributes.len().saturating_sub(usize::from(limits.attributes_per_span));
        span.attributes.truncate(usize::from(limits.attributes_per_span));
        span.dropped_attributes += over as u32;
        for event in self.events {
            if span.events.len() < limits.events_per_span as usize {
                span.events.push(event);
            } else {
                span.dropped_events += 1;
            }
        }
        for link in self.links {
            if span.links.len() < limits.links_per_span as usize {
                span.links.push(link);
            } else {
                span.dropped_links += 1;
            }
        }
        if let Some(error) = self.error {
            span.outcome = if error.is_panic { Outcome::Panic } else { Outcome::Error };
            span.error.get_or_insert(error);
        }
        if let Some(status) = self.status {
            span.status = status;
        }
        if let Some(name) = self.name {
            span.name = name;
        }
        if let Some((end, outcome)) = self.end {
            span.end = end.max(span.start);
            if outcome != Outcome::Ok {
                span.outcome = outcome;
            }
        }
    }
}

/// Sets an attribute, in place of an earlier value.
fn set(span: &mut SpanRecord, attribute: Attribute) {
    match span.attributes.iter_mut().find(|it| it.key == attribute.key) {
        Some(found) => *found = attribute,
        None => span.attributes.push(attribute),
    }
}

/// What all spans of an arena share, and its side vectors sorted by span.
struct Building {
    anchor: Anchor,
    trace_id: TraceId,
    flags: TraceFlags,
    trace_state: Option<std::sync::Arc<str>>,
    /// Extras of spans whose records are here; the first span's come last.
    extras: Vec<(u32, Extra)>,
    /// Extras of spans whose records are elsewhere.
    foreign: Vec<(u32, Extra)>,
}

impl Building {
    fn new(arena: &mut Arena, anchor: &Anchor) -> Self {
        let Sampling { otlp, .. } = arena.decision();
        let flags = TraceFlags::from_byte(u8::from(arena.random) << 1).with_sampled(otlp);
        let end = arena.base.wrapping_add(arena.records.len() as u32);
        let is_own = |index: u32| (arena.base..end).contains(&index);
        let (mut extras, foreign): (Vec<_>, Vec<_>) =
            mem::take(&mut arena.extras).into_iter().partition(|(index, _)| is_own(*index));
        // Stable, so that a later value of a key stays behind an earlier one; then the last in the
        // list is the first to be taken.
        arena.fields.sort_by_key(|field| field.span);
        extras.reverse();
        extras.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
        Self {
            anchor: *anchor,
            trace_id: arena.trace_id,
            flags,
            trace_state: arena.trace_state.take(),
            extras,
            foreign,
        }
    }

    fn span(&mut self, arena: &Arena, index: u32, record: &Record) -> SpanRecord {
        let start = self.anchor.wall(record.start);
        let from = arena.fields.partition_point(|field| field.span < index);
        let fields = arena.fields[from..].iter().take_while(|field| field.span == index);
        let (parent_id, parent_is_remote) = parent_of(arena, record);
        let mut span = SpanRecord {
            trace_id: self.trace_id,
            span_id: span_id(arena.seed, index),
            parent_id,
            parent_is_remote,
            trace_flags: self.flags,
            trace_state: self.trace_state.clone(),
            name: record.callsite.name.into(),
            kind: record.callsite.kind,
            start,
            end: if record.end == 0 {
                start
            } else {
                self.anchor.wall(Stamp(record.end)).max(start)
            },
            callsite: record.callsite,
            attributes: Vec::with_capacity(usize::from(record.attributes) + 1),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            outcome: record.outcome,
            status: Status::Unset,
            error: None,
        };
        if record.callsite.now {
            span.attributes.push(Attribute {
                usage: crate::record::Usage::Detail,
                ..Attribute::new("app.now", start.to_string())
            });
        }
        for field in fields {
            if field.kind == FieldKind::Name {
                span.name = text_of(field, &arena.text).to_owned().into();
            } else {
                set(&mut span, attribute_of(field, &arena.text));
            }
        }
        while self.extras.last().is_some_and(|(owner, _)| *owner == index) {
            let Some((_, extra)) = self.extras.pop() else { break };
            self.add_extra(&mut span, extra);
        }
        for (_, dropped) in arena.dropped.iter().filter(|(owner, _)| *owner == index) {
            match dropped {
                Dropped::Attribute => span.dropped_attributes += 1,
                Dropped::Event => span.dropped_events += 1,
                Dropped::Link => span.dropped_links += 1,
            }
        }
        span
    }

    fn add_extra(&self, span: &mut SpanRecord, extra: Extra) {
        match extra {
            Extra::Attribute(attribute) => set(span, attribute),
            Extra::Event { name, time, attributes } => {
                span.events.push(SpanEvent { name, time: self.anchor.wall(time), attributes });
            }
            Extra::Link(link) => span.links.push(link),
            Extra::Error(error) => span.error = Some(error),
            Extra::Status(status) => span.status = status,
            Extra::Name(name) => span.name = name,
            Extra::Kind(kind) => span.kind = kind,
        }
    }
}

fn parent_of(arena: &Arena, record: &Record) -> (Option<SpanId>, bool) {
    if record.parent != ANCHOR {
        return (Some(span_id(arena.seed, record.parent)), false);
    }
    match arena.parent {
        Parent::None => (None, false),
        Parent::Remote(id) | Parent::PassedOn(id) => (Some(id), true),
        Parent::Local(id) | Parent::Continued { id, .. } => (Some(id), false),
    }
}

fn attribute_of(field: &Field, text: &str) -> Attribute {
    let value = match field.kind {
        FieldKind::Bool => Value::Bool(field.bits != 0),
        FieldKind::I64 => Value::I64(field.bits.cast_signed()),
        FieldKind::F64 => Value::F64(f64::from_bits(field.bits)),
        FieldKind::Query => Value::Str(scrubber().query(text_of(field, text)).into_owned().into()),
        FieldKind::Text | FieldKind::Name => Value::Str(text_of(field, text).to_owned().into()),
    };
    Attribute { key: field.key.into(), value, usage: field.usage }
}

fn text_of<'a>(field: &Field, text: &'a str) -> &'a str {
    let from = (field.bits >> 32) as usize;
    &text[from..from + (field.bits as u32) as usize]
}
