use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind as OtelKind, Status as OtelStatus};

use super::*;
use crate::record::{Outcome, SpanId, SpanKind, TraceFlags, TraceId, TraceLink};
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
            let mut called = std::pin::pin!(spans::observed(
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
        assert_eq!((span.trace_id, span.parent_id), (api.trace_id, Some(api.span_id)), "{name}");
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
        let mut span = tracer().span_builder("send").with_kind(OtelKind::Producer).start(&tracer());
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
