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
//! Times that are given by hand are not used: a span begins when
//! it is made and ends when it is ended.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind as OtelKind, Status as OtelStatus,
    TraceContextExt as _, TraceState, Tracer, TracerProvider as OtelProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value as OtelValue};

use crate::record::{
    Attribute, Callsite, Link, Outcome, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceLink,
    Value,
};
use crate::span::active::Active;
use crate::span::foreign::ForeignSpan;
use crate::span::{self, Position, RemoteParent, RootOptions};

static OTEL_SPAN: Callsite =
    Callsite::new("span", "opentelemetry", "opentelemetry", file!(), line!());

/// API spans that have not ended, with the observed span that was current when they were made.
static LIVE: LazyLock<Mutex<HashMap<SpanId, Live>>> = LazyLock::new(Mutex::default);

/// API spans that are remembered at most; parents beyond that are taken for remote ones.
const MAX_LIVE: usize = 65_536;

struct Live {
    span: ForeignSpan,
    made_at: Position,
}

/// The current span as an OpenTelemetry `Context`: for libraries that take one, and for the API's
/// propagators. Outside of a trace it is the API's current one.
#[must_use]
pub fn context() -> Context {
    let around = Context::current();
    match span::current() {
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
        span::active::install(active);
        Self(())
    }
}

/// The active span of the API, if it is one of ours.
fn active() -> Option<Active> {
    let id = Context::map_current(|context| {
        let id = context.has_active_span().then(|| context.span().span_context().span_id());
        id.and_then(|id| SpanId::from_bytes(id.to_bytes()))
    })?;
    let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    let known = live.get(&id)?;
    known.span.active(known.made_at)
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
        let current = span::current();
        let made_at = span::position();
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
        if let (Some(span), Some(link)) = (&inner, &link) {
            let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
            let known = Live { span: span.shadow(), made_at };
            if live.len() < MAX_LIVE && live.insert(link.span_id, known).is_none() {
                span::active::count(true);
            }
        }
        ObservedSpan { inner, context, is_failed: false }
    }
}

/// A span below the active API span or the current observed one, or of a trace of its own.
fn open(active: Option<&SpanContext>, is_in_trace: bool) -> Option<ForeignSpan> {
    if let Some(active) = active {
        let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
        let known = SpanId::from_bytes(active.span_id().to_bytes()).and_then(|id| live.get(&id));
        match known {
            Some(known) if span::active::is_inside(&known.made_at) => {
                return known.span.open_below(&OTEL_SPAN);
            }
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

/// A span of the OpenTelemetry API.
#[derive(Debug)]
pub struct ObservedSpan {
    /// `None` once it has ended, and where nothing is recorded.
    inner: Option<ForeignSpan>,
    context: SpanContext,
    is_failed: bool,
}

impl Span for ObservedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, _: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.inner {
            span.add_event(name.into(), attributes.into_iter().map(attribute_of).collect());
        }
    }

    fn record_error(&mut self, error: &dyn std::error::Error) {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let causes = causes.take(32).map(ToString::to_string).collect();
        let chain = crate::record::ErrorChain {
            message: error.to_string(),
            causes,
            ..crate::record::ErrorChain::default()
        };
        if let Some(span) = &mut self.inner {
            span.record_error(chain);
            self.is_failed = true;
        }
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.inner.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some(span) = &mut self.inner {
            span.set_attribute(attribute_of(attribute));
        }
    }

    fn set_status(&mut self, status: OtelStatus) {
        let Some(span) = &mut self.inner else { return };
        match status {
            OtelStatus::Unset => {}
            OtelStatus::Ok => {
                self.is_failed = false;
                span.set_status(Status::Ok);
            }
            OtelStatus::Error { description } => {
                self.is_failed = true;
                span.set_status(Status::Error { message: description });
            }
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.inner {
            span.set_name(name.into());
        }
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        if let (Some(span), Some(link)) = (&mut self.inner, link_of(&context, attributes)) {
            span.add_link(link);
        }
    }

    fn end_with_timestamp(&mut self, _: SystemTime) {
        let Some(span) = self.inner.take() else { return };
        if let Some(link) = span.link() {
            let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
            if live.remove(&link.span_id).is_some() {
                span::active::count(false);
            }
        }
        span.close(if self.is_failed { Outcome::Error } else { Outcome::Ok });
    }
}

/// A span that is dropped has ended, as with the SDK.
impl Drop for ObservedSpan {
    fn drop(&mut self) {
        self.end();
    }
}

fn to_otel(link: &TraceLink, state: Option<&str>, is_remote: bool) -> SpanContext {
    let state = state.and_then(|state| state.parse::<TraceState>().ok()).unwrap_or_default();
    SpanContext::new(
        opentelemetry::TraceId::from_bytes(link.trace_id.to_bytes()),
        opentelemetry::SpanId::from_bytes(link.span_id.to_bytes()),
        opentelemetry::TraceFlags::new(link.trace_flags.to_byte()),
        is_remote,
        state,
    )
}

fn remote_of(context: &SpanContext) -> Option<RemoteParent> {
    let trace_id = TraceId::from_bytes(context.trace_id().to_bytes())?;
    let span_id = SpanId::from_bytes(context.span_id().to_bytes())?;
    let flags = TraceFlags::from_byte(context.trace_flags().to_u8());
    Some(RemoteParent::new(trace_id, span_id, flags))
}

fn link_of(context: &SpanContext, attributes: Vec<KeyValue>) -> Option<Link> {
    let RemoteParent { trace_id, span_id, flags: trace_flags } = remote_of(context)?;
    let attributes = attributes.into_iter().map(attribute_of).collect();
    Some(Link { trace_id, span_id, trace_flags, attributes })
}

const fn kind_of(kind: &OtelKind) -> SpanKind {
    match kind {
        OtelKind::Client => SpanKind::Client,
        OtelKind::Server => SpanKind::Server,
        OtelKind::Producer => SpanKind::Producer,
        OtelKind::Consumer => SpanKind::Consumer,
        OtelKind::Internal => SpanKind::Internal,
    }
}

fn attribute_of(attribute: KeyValue) -> Attribute {
    Attribute::new(attribute.key.to_string(), value_of(attribute.value))
}

fn value_of(value: OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => value.into(),
        OtelValue::I64(value) => value.into(),
        OtelValue::F64(value) => value.into(),
        OtelValue::String(value) => value.as_str().to_owned().into(),
        OtelValue::Array(Array::Bool(values)) => values.into(),
        OtelValue::Array(Array::I64(values)) => values.into(),
        OtelValue::Array(Array::F64(values)) => values.into(),
        OtelValue::Array(Array::String(values)) => {
            values.iter().map(|value| value.as_str().to_owned()).collect::<Vec<_>>().into()
        }
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{StartKind, StaticCallsite, enter};
    use crate::testing;

    macro_rules! callsite {
        ($type:ident, $name:literal) => {
            struct $type;

            impl StaticCallsite for $type {
                const CALLSITE: &'static Callsite = {
                    static CALLSITE: Callsite =
                        Callsite::new($name, $name, "t", "t.rs", 1).without_now();
                    &CALLSITE
                };
            }
        };
    }

    callsite!(Observed, "observed");
    callsite!(Inner, "inner");
    callsite!(Later, "later");
    callsite!(Last, "last");

    fn tracer() -> ObservedTracer {
        TracerProvider::new().tracer("redis")
    }

    #[test]
    fn api_spans_hang_from_the_observed_span_around_them() {
        let captured = testing::capture(|| {
            let _observed = enter(Observed, StartKind::Child);
            tracer().in_span("GET key", |context| {
                context.span().set_attribute(KeyValue::new("db.system.name", "redis"));
                tracer().in_span("connect", |_| ());
            });
        });
        let (observed, outer) = (captured.span("observed"), captured.span("GET key"));
        assert_eq!(outer.parent_id, Some(observed.span_id));
        assert_eq!(captured.span("connect").parent_id, Some(outer.span_id));
        assert_eq!(outer.attribute("db.system.name"), Some(&"redis".into()));
    }

    #[test]
    fn an_observed_span_entered_since_wins() {
        let captured = testing::capture(|| {
            tracer().in_span("outer", |_| {
                let _observed = enter(Observed, StartKind::Child);
                tracer().in_span("inner", |_| ());
            });
        });
        assert_eq!(captured.span("inner").parent_id, Some(captured.span("observed").span_id));
    }

    #[test]
    fn an_observed_function_hangs_from_the_active_api_span() {
        let captured = testing::capture(|| {
            let _outer = enter(Observed, StartKind::Child);
            tracer().in_span("api", |_| {
                drop(enter(Inner, StartKind::Child));
            });
            // The API span has ended, and is not active any more.
            drop(enter(Later, StartKind::Child));
        });
        let parent = |name: &str| captured.span(name).parent_id;
        assert_eq!(parent("inner"), Some(captured.span("api").span_id));
        assert_eq!(parent("later"), Some(captured.span("observed").span_id));
    }

    #[test]
    fn an_api_span_made_further_in_wins_and_one_made_further_out_does_not() {
        let captured = testing::capture(|| {
            let _outer = enter(Observed, StartKind::Child);
            let context = {
                let _inner = enter(Inner, StartKind::Child);
                Context::current_with_span(tracer().start("api"))
            };
            let _attached = context.attach();
            // Its stamp, `inner`, descends from the current span, `observed`.
            let _later = enter(Later, StartKind::Child);
            // And now its stamp is no descendant of `later`, which began since.
            drop(enter(Last, StartKind::Child));
        });
        let parent = |name: &str| captured.span(name).parent_id;
        assert_eq!(parent("later"), Some(captured.span("api").span_id));
        assert_eq!(parent("last"), Some(captured.span("later").span_id));
    }

    #[test]
    fn outside_of_a_trace_the_active_api_span_is_the_parent() {
        let capture = testing::Capture::new(crate::record::Sampling::ALWAYS).without_root();
        let (captured, ()) = capture.run(|| {
            tracer().in_span("api", |_| {
                drop(enter(Inner, StartKind::Child));
                let mut called = std::pin::pin!(span::observed(
                    Later,
                    StartKind::Child,
                    std::future::ready(()),
                    |(), _| (),
                ));
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(called.as_mut().poll(&mut context).is_ready());
            });
        });
        let api = captured.span("api");
        for name in ["inner", "later"] {
            let span = captured.span(name);
            assert_eq!(
                (span.trace_id, span.parent_id),
                (api.trace_id, Some(api.span_id)),
                "{name}"
            );
        }
    }

    #[test]
    fn the_current_span_is_had_as_a_context() {
        let captured = testing::capture(|| {
            let _observed = enter(Observed, StartKind::Child);
            let context = context();
            let trace_id = context.span().span_context().trace_id().to_string();
            crate::set_attribute("seen", trace_id);
        });
        let span = captured.span("observed");
        assert_eq!(span.attribute("seen"), Some(&span.trace_id.to_string().into()));
        assert!(!Context::current().has_active_span());
    }

    #[test]
    fn errors_kinds_and_links_are_kept() {
        let captured = testing::capture(|| {
            let mut span =
                tracer().span_builder("send").with_kind(OtelKind::Producer).start(&tracer());
            span.record_error(&std::io::Error::other("broker is gone"));
            span.set_status(OtelStatus::error("no broker"));
            let link = TraceLink {
                trace_id: TraceId::new(1).expect("not zero"),
                span_id: SpanId::new(2).expect("not zero"),
                trace_flags: TraceFlags::SAMPLED,
            };
            span.add_link(to_otel(&link, None, true), Vec::new());
        });
        let span = captured.span("send");
        assert_eq!((span.kind, span.outcome), (SpanKind::Producer, Outcome::Error));
        assert_eq!(span.error.as_ref().map(|it| it.message.as_str()), Some("broker is gone"));
        assert_eq!(span.links.len(), 1);
    }
}
