//! The root of a trace, in the hands of code that runs the rest of the trace inside of it.

use std::sync::Arc;

use super::arena::{Arena, Extra, FieldKind};
use super::collect;
use super::context::TraceContext;
use super::entered::Visit;
use super::failure::Failure;
use super::position::Mode;
use super::scope::Scope;
use super::start::{self, RootOptions};
use crate::record::clock::{self, stamp};
use crate::record::{
    Attribute, Callsite, ErrorChain, Key, Link, Outcome, Sampling, Status, TraceLink, Usage, Value,
};

/// A root that is not recorded and fails has nothing to say of its place.
static FAILED: Callsite =
    Callsite::new("root", "cruddur_trace::span", "cruddur_trace::span", file!(), line!());

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
    #[inline]
    pub fn start(options: RootOptions) -> Self {
        Self { arena: Some(start::start(options)) }
    }

    /// The same, linked to the span that is current, if any.
    #[cfg(feature = "_pipeline")]
    pub(super) fn start_linked(options: RootOptions) -> Self {
        Self { arena: Some(start::start_linked(options)) }
    }

    /// Runs `run` inside of the trace: spans that it makes become children of the root.
    pub fn enter<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let _visit = Visit::begin(&mut self.arena);
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
        self.arena.as_ref().map(|arena| arena.trace_link(0))
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

    /// Sets an attribute to a text that outlives the program, without copying it.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) fn set_word(&mut self, key: &'static str, word: &'static str) {
        if let Some(arena) = self.recording() {
            arena.word_field(0, key, word);
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
        arena.close_own(Outcome::Error);
        collect::report_failed_root(&arena, callsite, Outcome::Error);
        collect::hand_over(arena);
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Some(mut arena) = self.arena.take() {
            arena.close_own(outcome);
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
