//! `tracing` spans of other crates as spans of the tree.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tracing_core::callsite::Identifier;
use tracing_core::field::Visit;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Field, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::Fields;
use crate::record::{Attribute, Callsite, Level, Link, Outcome, SpanKind, Status};
use crate::span::foreign::{ForeignSpan, Frame};
use crate::span::{RemoteParent, RootOptions};

/// What a `tracing` span's extensions hold.
#[derive(Debug)]
pub(super) struct Slot {
    callsite: &'static Callsite,
    /// `None` outside of any trace, until a parent is set.
    pub(super) span: Option<ForeignSpan>,
    /// What was set before there was a span to set it on.
    waiting: Vec<Setting>,
    status_description: String,
    is_error: bool,
    /// It mirrors an observed span, which opens and closes by itself.
    #[cfg(feature = "mirror")]
    is_mirror: bool,
}

/// Something that is said of a span.
#[derive(Debug)]
pub(super) enum Setting {
    Attribute(Attribute),
    Name(String),
    Kind(SpanKind),
    Status(Status),
    Link(Link),
}

/// Most settings that wait for a parent.
const MAX_WAITING: usize = 128;

impl Slot {
    fn new(callsite: &'static Callsite, span: Option<ForeignSpan>) -> Self {
        Self {
            callsite,
            span,
            waiting: Vec::new(),
            status_description: String::new(),
            is_error: false,
            #[cfg(feature = "mirror")]
            is_mirror: false,
        }
    }

    /// What is to be entered: not a mirror of the span that is current anyway.
    fn enterable(&mut self) -> Option<&mut ForeignSpan> {
        let span = self.span.as_mut()?;
        #[cfg(feature = "mirror")]
        if self.is_mirror && span.is_current() {
            return None;
        }
        Some(span)
    }

    pub(super) fn set(&mut self, setting: Setting) {
        let Some(span) = &mut self.span else {
            if self.waiting.len() < MAX_WAITING {
                self.waiting.push(setting);
            }
            return;
        };
        match setting {
            Setting::Attribute(attribute) => span.set_attribute(attribute),
            Setting::Name(name) => span.set_name(name.into()),
            Setting::Kind(kind) => span.set_kind(kind),
            Setting::Status(status) => span.set_status(status),
            Setting::Link(link) => span.add_link(link),
        }
    }

    /// Gives a span outside of any trace a parent elsewhere; another one is linked to it.
    pub(super) fn set_parent(&mut self, parent: RemoteParent) {
        if self.span.is_some() {
            let RemoteParent { trace_id, span_id, flags: trace_flags } = parent;
            self.set(Setting::Link(Link { trace_id, span_id, trace_flags, attributes: vec![] }));
            return;
        }
        self.start(Some(parent));
    }

    fn start(&mut self, parent: Option<RemoteParent>) {
        let mut options = RootOptions::new(self.callsite);
        options.parent = parent;
        self.span = ForeignSpan::open_root(options);
        for setting in std::mem::take(&mut self.waiting) {
            self.set(setting);
        }
    }

    fn apply(&mut self, visited: SpanFields) {
        let SpanFields { fields, name, kind, status, description } = visited;
        for attribute in fields.attributes {
            self.set(Setting::Attribute(attribute));
        }
        if let (Some(error), Some(span)) = (fields.error, &mut self.span) {
            span.record_error(error);
        }
        if let Some(name) = name {
            self.set(Setting::Name(name));
        }
        if let Some(kind) = kind {
            self.set(Setting::Kind(kind));
        }
        if let Some(description) = description {
            self.status_description = description;
            self.is_error |= status.is_none() && !self.status_description.is_empty();
        }
        match status.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("ok") => {
                self.is_error = false;
                self.set(Setting::Status(Status::Ok));
            }
            Some("error") => self.is_error = true,
            _ => {}
        }
        if self.is_error {
            let message = self.status_description.clone().into();
            self.set(Setting::Status(Status::Error { message }));
        }
    }
}

/// The fields of a span; those with a meaning of their own apart.
#[derive(Default)]
struct SpanFields {
    fields: Fields,
    name: Option<String>,
    kind: Option<SpanKind>,
    status: Option<String>,
    description: Option<String>,
}

impl SpanFields {
    fn special(&mut self, field: &Field, text: &str) -> bool {
        match field.name() {
            "otel.name" => self.name = Some(text.to_owned()),
            "otel.kind" => self.kind = kind(text),
            "otel.status_code" => self.status = Some(text.to_owned()),
            "otel.status_description" | "otel.status_message" => {
                self.description = Some(text.to_owned());
            }
            _ => return false,
        }
        true
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    Some(match text.to_ascii_lowercase().as_str() {
        "internal" => SpanKind::Internal,
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => return None,
    })
}

impl Visit for SpanFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.record_f64(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.record_i64(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.record_u64(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.fields.record_i128(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.fields.record_u128(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.record_bool(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !self.special(field, value) {
            self.fields.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.fields.record_error(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !field.name().starts_with("otel.") {
            return self.fields.record_debug(field, value);
        }
        let text = crate::span::format_safely(format_args!("{value:?}"));
        if !self.special(field, &text) {
            self.fields.record_str(field, &text);
        }
    }
}

/// The callsite of a `tracing` callsite; there are only so many in a program, so they are kept.
pub(super) fn callsite(metadata: &'static Metadata<'static>) -> &'static Callsite {
    static KNOWN: RwLock<Option<HashMap<Identifier, &'static Callsite>>> = RwLock::new(None);
    let id = metadata.callsite();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.as_ref().and_then(|known| known.get(&id)) {
        return found;
    }
    drop(known);
    let made = || {
        let function = metadata.module_path().unwrap_or(metadata.target());
        let (file, line) = (metadata.file().unwrap_or(""), metadata.line().unwrap_or(0));
        let made = Callsite::new(metadata.name(), function, metadata.target(), file, line);
        let level = match *metadata.level() {
            tracing_core::Level::ERROR => Level::Error,
            tracing_core::Level::WARN => Level::Warn,
            tracing_core::Level::INFO => Level::Info,
            tracing_core::Level::DEBUG => Level::Debug,
            tracing_core::Level::TRACE => Level::Trace,
        };
        &*Box::leak(Box::new(made.with_level(level).without_now()))
    };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().entry(id).or_insert_with(made)
}

pub(super) fn open<S>(attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(registered) = context.span(id) else { return };
    let callsite = callsite(attributes.metadata());
    #[cfg(feature = "mirror")]
    if crate::span::mirror::is_opening() {
        if let Some(span) = ForeignSpan::of_current() {
            let mut slot = Slot::new(callsite, Some(span));
            slot.is_mirror = true;
            registered.extensions_mut().insert(slot);
        }
        return;
    }
    let span = match attributes.parent() {
        Some(parent) => context.span(parent).and_then(|parent| {
            parent.extensions().get::<Slot>()?.span.as_ref()?.open_below(callsite)
        }),
        None if attributes.is_root() => None,
        None => ForeignSpan::open(callsite),
    };
    if span.is_none() && crate::span::is_in_trace() && !attributes.is_root() {
        return;
    }
    let mut slot = Slot::new(callsite, span);
    let mut visited = SpanFields::default();
    attributes.record(&mut visited);
    let starts = matches!(visited.kind, Some(SpanKind::Server | SpanKind::Consumer));
    slot.apply(visited);
    if slot.span.is_none() && starts {
        slot.start(None);
    }
    registered.extensions_mut().insert(slot);
}

pub(super) fn record<S>(id: &Id, values: &Record<'_>, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // User code runs in the visitor: not while the extensions are locked.
    let mut visited = SpanFields::default();
    values.record(&mut visited);
    if let Some(span) = context.span(id)
        && let Some(slot) = span.extensions_mut().get_mut::<Slot>()
    {
        slot.apply(visited);
    }
}

pub(super) fn follows_from<S>(id: &Id, follows: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let link = context.span(follows).and_then(|followed| {
        followed.extensions().get::<Slot>().and_then(|slot| slot.span.as_ref()?.link())
    });
    let (Some(link), Some(span)) = (link, context.span(id)) else { return };
    if let Some(slot) = span.extensions_mut().get_mut::<Slot>() {
        let (trace_id, span_id, trace_flags) = (link.trace_id, link.span_id, link.trace_flags);
        slot.set(Setting::Link(Link { trace_id, span_id, trace_flags, attributes: vec![] }));
    }
}

thread_local! {
    /// Spans that were entered on this thread, the innermost last.
    static ENTERED: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
}

struct EnteredSpan {
    id: Id,
    frame: Frame,
    /// It was left while another that was entered later is still there.
    is_left: bool,
}

pub(super) fn enter<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(registered) = context.span(id) else { return };
    let mut extensions = registered.extensions_mut();
    let span = extensions.get_mut::<Slot>().and_then(Slot::enterable);
    if let Some(frame) = span.and_then(ForeignSpan::enter) {
        let entered = EnteredSpan { id: id.clone(), frame, is_left: false };
        let _ = ENTERED.try_with(|stack| stack.borrow_mut().push(entered));
    }
}

pub(super) fn exit<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let _ = ENTERED.try_with(|stack| {
        let mut stack = stack.borrow_mut();
        if let Some(left) = stack.iter_mut().rfind(|it| it.id == *id && !it.is_left) {
            left.is_left = true;
        }
        // Out of order, a frame waits for those above it.
        while stack.last().is_some_and(|top| top.is_left)
            && let Some(EnteredSpan { id, frame, .. }) = stack.pop()
        {
            let registered = context.span(&id);
            let mut extensions = registered.as_ref().map(|span| span.extensions_mut());
            let slot = extensions.as_mut().and_then(|it| it.get_mut::<Slot>());
            match slot.and_then(|slot| slot.span.as_mut()) {
                Some(span) => span.leave(frame),
                None => frame.leave(),
            }
        }
    });
}

pub(super) fn close<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(registered) = context.span(id) else { return };
    let slot = registered.extensions_mut().remove::<Slot>();
    #[cfg(feature = "mirror")]
    if let Some(Slot { is_mirror: true, span, .. }) = slot {
        if let Some(span) = span {
            span.put_down();
        }
        return;
    }
    let Some(Slot { span: Some(span), is_error, .. }) = slot else { return };
    let outcome = match (std::thread::panicking(), is_error) {
        (true, _) => Outcome::Panic,
        (false, true) => Outcome::Error,
        (false, false) => Outcome::Ok,
    };
    span.close(outcome);
}
