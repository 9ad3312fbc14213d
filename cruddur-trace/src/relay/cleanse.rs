//! Turns what a browser claims into records that can be trusted as far as the session can be.
//!
//! Checks 6 to 12 of the relay, in order: what a span consists of, what may be named, whose
//! resource it is, who the user is, when it was, which trace it belongs to, what must not leave.
//! Pure but for the claim of new traces.

mod attributes;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::policy::RelayPolicy;
use super::redact;
use super::traces::TraceOwners;
use super::visitor::Visitor;
use super::wire::{WireEvent, WireLink, WireLog, WireSpan, WireValue};
use crate::record::{
    Callsite, Fragment, Key, Link, LogRecord, Outcome, Resource, Sampling, Severity, SpanEvent,
    SpanId, SpanKind, SpanRecord, Status, TraceFlags, TraceId, TraceLink, UnixNanos,
};
use attributes::value;

/// How old a span may be. A page that was asleep for longer loses it.
const MAX_AGE_NANOS: u64 = 10 * 60 * 1_000_000_000;
/// How far a browser's clock may be ahead.
const MAX_AHEAD_NANOS: u64 = 60 * 1_000_000_000;
const MAX_VALUE_BYTES: usize = 2_048;
const MAX_BODY_BYTES: usize = 8_192;
const MAX_NAME_BYTES: usize = 128;

static RELAYED: Callsite =
    Callsite::new("relayed", "cruddur_trace::relay", "cruddur_trace::relay", file!(), line!())
        .without_now();

/// What came through, and what did not.
#[derive(Debug)]
pub(crate) struct Cleansed<T> {
    pub(crate) records: Vec<T>,
    /// Records that were refused, by reason.
    pub(crate) refused: Vec<Refusal>,
    pub(crate) dropped_attributes: u64,
    /// Records whose claim of a user was not the session's.
    pub(crate) forged_users: u64,
}

impl<T> Default for Cleansed<T> {
    fn default() -> Self {
        Self { records: Vec::new(), refused: Vec::new(), dropped_attributes: 0, forged_users: 0 }
    }
}

/// Why one record was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Refusal {
    Name,
    Time,
    Id,
    ForeignTrace,
}

impl Refusal {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "a name that is not on the list",
            Self::Time => "a time that is too old, ahead, or an end before its start",
            Self::Id => "an id that is missing, zero or of the wrong length",
            Self::ForeignTrace => "a trace that is not this session's",
        }
    }
}

/// What every record of a request is judged by.
pub(crate) struct Judge<'a> {
    pub(crate) policy: &'a RelayPolicy,
    pub(crate) owners: &'a TraceOwners,
    pub(crate) visitor: &'a Visitor,
    pub(crate) resource: &'a Arc<Resource>,
    pub(crate) now: UnixNanos,
}

impl Judge<'_> {
    /// Spans, by trace.
    pub(crate) fn spans(&self, spans: Vec<WireSpan>) -> Cleansed<Fragment> {
        let mut out = Cleansed::default();
        // A trace that nobody knows is taken only with its root: it is new.
        let new_roots: HashSet<Vec<u8>> = spans
            .iter()
            .filter(|it| it.parent_id.is_empty())
            .map(|it| it.trace_id.clone())
            .collect();
        let mut fragments: Vec<(TraceId, Vec<SpanRecord>)> = Vec::new();
        for span in spans {
            let is_new = new_roots.contains(&span.trace_id);
            match self.span(span, is_new, &mut out) {
                Ok(span) => match fragments.iter_mut().find(|(id, _)| *id == span.trace_id) {
                    Some((_, spans)) => spans.push(span),
                    None => fragments.push((span.trace_id, vec![span])),
                },
                Err(refusal) => out.refused.push(refusal),
            }
        }
        // X-Ray's rules had no say in what a browser records; what it sent counts once.
        let sampling =
            Sampling { otlp: true, xray: false, record: true, rate: 1.0, xray_rule: None };
        for (trace_id, mut spans) in fragments {
            spans.sort_by_key(|span| span.start);
            let mut fragment = Fragment::new(trace_id, spans, sampling.clone());
            fragment.resource = Some(Arc::clone(self.resource));
            out.records.push(fragment);
        }
        out
    }

    fn span(
        &self,
        span: WireSpan,
        is_new: bool,
        out: &mut Cleansed<Fragment>,
    ) -> Result<SpanRecord, Refusal> {
        let name = redact::text(&span.name, false, MAX_NAME_BYTES);
        if !self.policy.span_names.matches(&name) {
            return Err(Refusal::Name);
        }
        if !self.is_timely(span.start) || !self.is_timely(span.end) || span.end < span.start {
            return Err(Refusal::Time);
        }
        let trace_id = trace_id(&span.trace_id)?;
        let span_id = span_id(&span.span_id)?;
        let parent_id = match span.parent_id.as_slice() {
            [] => None,
            bytes => Some(self::span_id(bytes)?),
        };
        self.own(trace_id, is_new)?;

        let attributes = self.attributes(span.attributes, out);
        let events = span.events.into_iter().filter(|it| self.is_timely(it.time));
        let events = events.map(|event| self.event(event, out)).collect();
        let is_error = span.status_code == 2;
        let message = redact::text(&span.status_message, false, MAX_VALUE_BYTES);
        Ok(SpanRecord {
            trace_id,
            span_id,
            parent_id,
            parent_is_remote: false,
            trace_flags: TraceFlags::SAMPLED,
            // Sampling thresholds of a browser would change what its spans count for.
            trace_state: None,
            name: Key::Owned(name),
            kind: if span.kind == 3 { SpanKind::Client } else { SpanKind::Internal },
            start: UnixNanos(span.start),
            end: UnixNanos(span.end),
            callsite: &RELAYED,
            attributes,
            dropped_attributes: 0,
            events,
            dropped_events: 0,
            links: span.links.iter().filter_map(|link| self.link(link)).collect(),
            dropped_links: 0,
            outcome: if is_error { Outcome::Error } else { Outcome::Ok },
            status: match span.status_code {
                1 => Status::Ok,
                2 => Status::Error { message: Cow::Owned(message) },
                _ => Status::Unset,
            },
            error: None,
        })
    }

    /// Log records.
    pub(crate) fn logs(
        &self,
        logs: Vec<WireLog>,
        mut log_id: impl FnMut() -> u64,
    ) -> Cleansed<LogRecord> {
        let mut out = Cleansed::default();
        for log in logs {
            match self.log(log, log_id(), &mut out) {
                Ok(log) => out.records.push(log),
                Err(refusal) => out.refused.push(refusal),
            }
        }
        out
    }

    fn log(
        &self,
        log: WireLog,
        log_id: u64,
        out: &mut Cleansed<LogRecord>,
    ) -> Result<LogRecord, Refusal> {
        let time = if log.time == 0 { log.observed } else { log.time };
        if !self.is_timely(time) {
            return Err(Refusal::Time);
        }
        let severity = match log.severity {
            ..=0 | 9..=12 => Severity::Info,
            1..=4 => Severity::Trace,
            5..=8 => Severity::Debug,
            13..=16 => Severity::Warn,
            17.. => Severity::Error,
        };
        let body = match log.body {
            Some(WireValue::Text(body)) => redact::text(&body, false, MAX_BODY_BYTES),
            Some(body) => value(body, false).map(|it| it.to_string()).unwrap_or_default(),
            None => String::new(),
        };
        let mut record = LogRecord::new(log_id, UnixNanos(time), severity, body);
        record.target = Key::Borrowed("browser");
        if !log.trace_id.is_empty() {
            let trace_id = trace_id(&log.trace_id)?;
            self.own(trace_id, true)?;
            record.trace = Some(TraceLink {
                trace_id,
                span_id: span_id(&log.span_id)?,
                trace_flags: TraceFlags::SAMPLED,
            });
        }
        record.attributes = self.attributes(log.attributes, out);
        record.user_id = self.visitor.user_id.clone();
        record.resource = Some(Arc::clone(self.resource));
        Ok(record)
    }

    fn is_timely(&self, time: u64) -> bool {
        let now = self.now.0;
        (now.saturating_sub(MAX_AGE_NANOS)..=now.saturating_add(MAX_AHEAD_NANOS)).contains(&time)
    }

    /// Whether the session may add to a trace; claims the trace if it is a new one.
    fn own(&self, trace_id: TraceId, is_new: bool) -> Result<(), Refusal> {
        let session = self.visitor.session.as_ref();
        let is_own = match self.owners.belongs_to(trace_id, session) {
            Some(is_own) => is_own,
            None => is_new && self.owners.claim(trace_id, session),
        };
        if is_own { Ok(()) } else { Err(Refusal::ForeignTrace) }
    }

    fn link(&self, link: &WireLink) -> Option<Link> {
        let (trace_id, span_id) = (trace_id(&link.trace_id).ok()?, span_id(&link.span_id).ok()?);
        self.own(trace_id, false).ok()?;
        Some(Link { trace_id, span_id, trace_flags: TraceFlags::SAMPLED, attributes: Vec::new() })
    }

    fn event<T>(&self, event: WireEvent, out: &mut Cleansed<T>) -> SpanEvent {
        SpanEvent {
            name: Key::Owned(redact::text(&event.name, false, MAX_NAME_BYTES)),
            time: UnixNanos(event.time),
            attributes: self.attributes(event.attributes, out),
        }
    }
}

fn trace_id(bytes: &[u8]) -> Result<TraceId, Refusal> {
    let bytes = bytes.try_into().map_err(|_| Refusal::Id)?;
    TraceId::from_bytes(bytes).ok_or(Refusal::Id)
}

fn span_id(bytes: &[u8]) -> Result<SpanId, Refusal> {
    let bytes = bytes.try_into().map_err(|_| Refusal::Id)?;
    SpanId::from_bytes(bytes).ok_or(Refusal::Id)
}
