//! One arena's records as span records.

use std::mem;
use std::sync::Arc;

use crate::errors::scrubber;
use crate::record::clock::{Anchor, Stamp};
use crate::record::{
    Attribute, Sampling, SpanEvent, SpanId, SpanRecord, Status, TraceFlags, TraceId, Usage, Value,
};
use crate::span::arena::{Arena, Dropped, Extra, Field, FieldKind, Parent, Record};
use crate::span::position::{ANCHOR, span_id};

/// What all spans of an arena share, and its side vectors sorted by span.
pub(super) struct Building {
    pub(super) anchor: Anchor,
    trace_id: TraceId,
    flags: TraceFlags,
    trace_state: Option<Arc<str>>,
    /// Extras of spans whose records are here; the first span's come last.
    extras: Vec<(u32, Extra)>,
    /// Extras of spans whose records are elsewhere.
    pub(super) foreign: Vec<(u32, Extra)>,
}

impl Building {
    pub(super) fn new(arena: &mut Arena, anchor: &Anchor) -> Self {
        let Sampling { otlp, .. } = arena.decision();
        let flags = TraceFlags::from_byte(u8::from(arena.random) << 1).with_sampled(otlp);
        let end = arena.base.wrapping_add(arena.records.len() as u32);
        let is_own = |index: u32| (arena.base..end).contains(&index);
        let (mut extras, foreign): (Vec<_>, Vec<_>) =
            taken(&mut arena.extras).into_iter().partition(|(index, _)| is_own(*index));
        // Stable, so that a later value of a key stays behind an earlier one; then the last in the
        // list is the first to be taken.
        if !arena.fields.is_sorted_by_key(|field| field.span) {
            arena.fields.sort_by_key(|field| field.span);
        }
        extras.reverse();
        extras.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
        Self {
            anchor: *anchor,
            trace_id: arena.trace_id,
            flags,
            trace_state: arena.trace_state.clone(),
            extras,
            foreign,
        }
    }

    pub(super) fn span(&mut self, arena: &Arena, index: u32, record: &Record) -> SpanRecord {
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
                usage: Usage::Detail,
                ..Attribute::new("app.now", start.to_string())
            });
        }
        for field in fields {
            if field.kind == FieldKind::Name {
                span.name = text_of(field, &arena.text).to_owned().into();
            } else {
                set(&mut span, attribute_of(field, arena));
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

/// What the list holds; an empty one is not even written to (see [`Arena::release`]).
fn taken<T>(list: &mut Vec<T>) -> Vec<T> {
    if list.is_empty() { Vec::new() } else { mem::take(list) }
}

/// Sets an attribute, in place of an earlier value.
pub(super) fn set(span: &mut SpanRecord, attribute: Attribute) {
    match span.attributes.iter_mut().find(|it| it.key == attribute.key) {
        Some(found) => *found = attribute,
        None => span.attributes.push(attribute),
    }
}

pub(super) fn attribute_of(field: &Field, arena: &Arena) -> Attribute {
    let text = &arena.text;
    let value = match field.kind {
        FieldKind::Bool => Value::Bool(field.bits != 0),
        FieldKind::I64 => Value::I64(field.bits.cast_signed()),
        FieldKind::F64 => Value::F64(f64::from_bits(field.bits)),
        FieldKind::Word => Value::Str(arena.words[field.bits as usize].into()),
        FieldKind::Query => Value::Str(scrubber().query(text_of(field, text)).into_owned().into()),
        FieldKind::Text | FieldKind::Name => Value::Str(text_of(field, text).to_owned().into()),
    };
    Attribute { key: field.key.into(), value, usage: field.usage }
}

pub(super) fn text_of<'a>(field: &Field, text: &'a str) -> &'a str {
    let from = (field.bits >> 32) as usize;
    &text[from..from + (field.bits as u32) as usize]
}
