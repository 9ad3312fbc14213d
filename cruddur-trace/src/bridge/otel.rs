//! OpenTelemetry API spans join the tree, and the current span goes out as an OpenTelemetry `Context`.
//!
//! Libraries that make spans by the OpenTelemetry API get them from a [`TracerProvider`] of ours: they
//! are recorded where all other spans are, so every backend sees them. The API's `Context` and our
//! thread-local know nothing of each other (`Context` has no hook for being attached), so each API
//! span is stamped with the observed span that was current when it was made. What begins while an API
//! span is active, another API span or an observed function, hangs from it if nothing observed was
//! entered since, that is if the stamp is the thread's current span or descends from it; else from the
//! current observed span. Where the thread is in no trace, the active API span is the parent.
//!
//! Times that are given by hand are not used: a span begins when it is made and ends when it is
//! ended.

mod convert;
mod live;
mod span;

use opentelemetry::trace::{
    SpanBuilder, SpanContext, TraceContextExt as _, Tracer, TracerProvider as OtelProvider,
};
use opentelemetry::{Context, InstrumentationScope};

use crate::record::{Attribute, Callsite, SpanId};
use crate::span::foreign::ForeignSpan;
use crate::span::{self as spans, RootOptions};
use convert::{attribute_of, kind_of, link_of, remote_of, to_otel};

pub use span::ObservedSpan;

static OTEL_SPAN: Callsite =
    Callsite::new("span", "opentelemetry", "opentelemetry", file!(), line!());

/// The current span as an OpenTelemetry `Context`: for libraries that take one, and for the API's
/// propagators. Outside of a trace it is the API's current one.
#[must_use]
pub fn context() -> Context {
    let around = Context::current();
    match spans::current() {
        Some(current) => {
            let state = current.trace_state().map(|state| &**state);
            around.with_remote_span_context(to_otel(&current.link(), state, false))
        }
        None => around,
    }
}

/// Makes spans of the OpenTelemetry API that are recorded as observed ones are.
///
/// ```
/// opentelemetry::global::set_tracer_provider(cruddur_trace::bridge::otel::TracerProvider::new());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TracerProvider(());

impl Default for TracerProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl TracerProvider {
    /// One for the whole process will do.
    #[must_use]
    pub fn new() -> Self {
        spans::active::install(live::active);
        Self(())
    }
}

impl OtelProvider for TracerProvider {
    type Tracer = ObservedTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> ObservedTracer {
        ObservedTracer { scope }
    }
}

/// Makes API spans for one library.
#[derive(Clone, Debug)]
pub struct ObservedTracer {
    scope: InstrumentationScope,
}

impl Tracer for ObservedTracer {
    type Span = ObservedSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> ObservedSpan {
        let current = spans::current();
        let made_at = spans::position();
        let active = parent.has_active_span().then(|| parent.span().span_context().clone());
        let active = active.filter(SpanContext::is_valid);
        let mut inner = open(active.as_ref(), current.is_some());
        let link = inner.as_ref().and_then(ForeignSpan::link);
        if let Some(span) = &mut inner {
            let SpanBuilder { span_kind, name, attributes, events, links, .. } = builder;
            span.set_name(name);
            span.set_attribute(Attribute::new("otel.scope.name", self.scope.name().to_owned()));
            if let Some(kind) = span_kind {
                span.set_kind(kind_of(&kind));
            }
            for attribute in attributes.into_iter().flatten() {
                span.set_attribute(attribute_of(attribute));
            }
            for event in events.into_iter().flatten() {
                let attributes = event.attributes.into_iter().map(attribute_of).collect();
                span.add_event(event.name, attributes);
            }
            for link in links.into_iter().flatten() {
                if let Some(link) = link_of(&link.span_context, link.attributes) {
                    span.add_link(link);
                }
            }
        }
        let context = match (&link, active, current) {
            (Some(link), ..) => to_otel(link, None, false),
            // Nothing is recorded, and the context still goes out.
            (None, Some(active), _) => active,
            (None, None, Some(current)) => to_otel(&current.link(), None, false),
            (None, None, None) => SpanContext::empty_context(),
        };
        if let Some(span) = &inner {
            live::remember(span, made_at);
        }
        ObservedSpan { inner, context, is_failed: false }
    }
}

/// A span below the active API span or the current observed one, or of a trace of its own.
fn open(active: Option<&SpanContext>, is_in_trace: bool) -> Option<ForeignSpan> {
    if let Some(active) = active {
        let id = SpanId::from_bytes(active.span_id().to_bytes());
        let child = id.and_then(|id| {
            live::find(id, |known| {
                let is_nearest = spans::active::is_inside(&known.made_at);
                is_nearest.then(|| known.span.open_below(&OTEL_SPAN))
            })
        });
        match child {
            Some(Some(child)) => return child,
            None if !is_in_trace => {
                let mut options = RootOptions::new(&OTEL_SPAN);
                options.parent = remote_of(active);
                return ForeignSpan::open_root(options);
            }
            // Something observed was entered since, or around a span that is not ours.
            _ => {}
        }
    }
    if is_in_trace {
        ForeignSpan::open(&OTEL_SPAN)
    } else {
        ForeignSpan::open_root(RootOptions::new(&OTEL_SPAN))
    }
}

#[cfg(test)]
mod tests;
