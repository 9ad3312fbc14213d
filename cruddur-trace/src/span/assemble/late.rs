//! What came for a span whose record is not there.

use super::building::set;
use crate::record::clock::Anchor;
use crate::record::{
    Attribute, ErrorChain, Key, Link, Outcome, SpanEvent, SpanRecord, Status, UnixNanos,
};
use crate::span::arena::Extra;
use crate::span::limits::Limits;

/// What came for a span whose record is not here.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) end: Option<(UnixNanos, Outcome)>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) events: Vec<SpanEvent>,
    pub(super) links: Vec<Link>,
    pub(super) error: Option<Box<ErrorChain>>,
    pub(super) status: Option<Status>,
    pub(super) name: Option<Key>,
    pub(super) since: UnixNanos,
}

impl Late {
    pub(super) fn add(&mut self, extra: Extra, anchor: &Anchor) {
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

    pub(super) fn merge(&mut self, later: Self) {
        self.end = self.end.or(later.end);
        self.attributes.extend(later.attributes);
        self.events.extend(later.events);
        self.links.extend(later.links);
        self.error = self.error.take().or(later.error);
        self.status = later.status.or(self.status.take());
        self.name = later.name.or(self.name.take());
    }

    pub(super) fn apply(self, span: &mut SpanRecord) {
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
