//! Turns arenas into span records, on the exporter thread.
//!
//! A span may be handed over before it ends, and its end may come with another piece, before or
//! after its record. What waits for the other half is bounded in number and in time.

mod building;
mod late;

use std::collections::HashMap;
use std::mem;

use super::arena::{Arena, Completion, FieldKind, Parent};
use super::collect::Piece;
use super::position::ANCHOR;
use super::sampling_table;
use crate::record::clock::Anchor;
use crate::record::{Fragment, Outcome, SpanRecord, UnixNanos};
use building::{Building, attribute_of, text_of};
use late::Late;

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
        for completion in &arena.completions {
            let Completion { seed, index, end, outcome } = *completion;
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
                late.attributes.push(attribute_of(field, arena));
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
