//! `tracing` spans of other crates as spans of the tree.
//!
//! What of a span's life is answered here; `slot` is what is kept of it meanwhile, `fields` reads
//! what is said of it, `entered` knows which spans a thread is in.

mod callsite;
mod entered;
mod fields;
mod slot;

use tracing_core::Subscriber;
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::record::{Link, Outcome, SpanKind};
use crate::span::foreign::ForeignSpan;
use callsite::callsite;
pub(super) use entered::{enter, exit};
use fields::SpanFields;
pub(super) use slot::{Setting, Slot};

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
