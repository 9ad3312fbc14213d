//! What can be said of a `tracing` span beyond its fields.

use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;

use super::spans::{Setting, Slot};
use crate::record::{Attribute, Key, Link, Status, TraceLink, Value};
use crate::span::RemoteParent;

/// What can be said of a [`tracing::Span`] beyond its fields, as tracing-opentelemetry's extension
/// trait has it, in types of our own.
///
/// All of it does nothing where the span is disabled, or where the subscriber is not built on
/// [`Registry`] with a [`TracingLayer`](super::TracingLayer).
pub trait SpanExt {
    /// Makes the span go on from a span of another process. One that has a parent here already, or
    /// is in a trace, keeps it and is linked to the other.
    fn set_parent(&self, parent: RemoteParent);

    /// The span's ids and flags, to be sent on; `None` where it is not recorded.
    fn context(&self) -> Option<TraceLink>;

    /// Links the span to another.
    fn add_link(&self, link: Link);

    /// Sets an attribute whose name need not be declared.
    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>);

    /// Sets the status.
    fn set_status(&self, status: Status);
}

impl SpanExt for tracing::Span {
    fn set_parent(&self, parent: RemoteParent) {
        with_slot(self, |slot| slot.set_parent(parent));
    }

    fn context(&self) -> Option<TraceLink> {
        with_slot(self, |slot| slot.span.as_ref()?.link()).flatten()
    }

    fn add_link(&self, link: Link) {
        with_slot(self, |slot| slot.set(Setting::Link(link)));
    }

    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) {
        let attribute = Attribute::new(key, value);
        with_slot(self, |slot| slot.set(Setting::Attribute(attribute)));
    }

    fn set_status(&self, status: Status) {
        with_slot(self, |slot| slot.set(Setting::Status(status)));
    }
}

fn with_slot<R>(span: &tracing::Span, operation: impl FnOnce(&mut Slot) -> R) -> Option<R> {
    span.with_subscriber(|(id, dispatch)| {
        let registered = dispatch.downcast_ref::<Registry>()?.span(id)?;
        let mut extensions = registered.extensions_mut();
        Some(operation(extensions.get_mut::<Slot>()?))
    })
    .flatten()
}
