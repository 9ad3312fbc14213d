//! Spans of `tracing` in a trace of ours.

use futures::FutureExt as _;
use tracing::{Instrument as _, info, info_span};
use tracing_subscriber::prelude::*;

use super::{remote, with_logs};
use crate::bridge::tracing::{SpanExt as _, TracingLayer};
use crate::record::{Link, Outcome, SpanKind, Status};
use crate::span::RemoteParent;
use crate::testing::Capture;

#[test]
fn foreign_spans_nest_with_observed_ones() {
    let (captured, lines) = with_logs(|| {
        let outer = info_span!("outer", id = 7, late = tracing::field::Empty);
        let _entered = outer.enter();
        outer.record("late", "set later");
        info_span!("inner").in_scope(|| info!("deep"));
    });
    let (outer, inner) = (captured.span("outer"), captured.span("inner"));
    assert_eq!(outer.parent_id, Some(captured.root().span_id));
    assert_eq!(inner.parent_id, Some(outer.span_id));
    assert_eq!(outer.attribute("id"), Some(&7.into()));
    assert_eq!(outer.attribute("late"), Some(&"set later".into()));
    assert_eq!(lines[0].trace.expect("in a trace").span_id, inner.span_id);
}

#[test]
fn an_instrumented_future_keeps_its_span_over_polls_and_threads() {
    let (captured, lines) = with_logs(|| {
        let future = async {
            info!("first");
            let mut polled = false;
            std::future::poll_fn(move |_| {
                if std::mem::replace(&mut polled, true) {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
            info!("second");
        };
        let mut future = Box::pin(future.instrument(info_span!("work")));
        assert!(future.as_mut().now_or_never().is_none());
        info!("between");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    assert!(future.as_mut().now_or_never().is_some());
                    drop(future);
                });
            });
        });
    });
    let work = captured.span("work");
    assert_eq!(work.outcome, Outcome::Ok);
    let ids: Vec<_> = lines.iter().map(|it| it.trace.map(|it| it.span_id)).collect();
    assert_eq!(ids, [work.span_id, captured.root().span_id, work.span_id].map(Some));
}

#[test]
fn spans_left_out_of_order_do_not_mix_up_the_tree() {
    let (captured, lines) = with_logs(|| {
        let (a, b) = (info_span!("a"), info_span!("b"));
        let entered_a = a.enter();
        let entered_b = b.enter();
        drop(entered_a);
        info!("still in b");
        drop(entered_b);
        info!("outside");
    });
    let ids: Vec<_> = lines.iter().map(|it| it.trace.expect("in a trace").span_id).collect();
    assert_eq!(ids, [captured.span("b").span_id, captured.root().span_id]);
}

#[test]
fn fields_of_opentelemetry_mean_what_they_mean_elsewhere() {
    let (captured, _) = with_logs(|| {
        let first = info_span!(
            "x",
            otel.name = "GET /users",
            otel.kind = "client",
            otel.status_code = "ERROR",
            otel.status_description = "teapot",
        );
        let second = info_span!("second", otel.status_code = tracing::field::Empty);
        second.follows_from(&first);
        second.record("otel.status_code", "OK");
    });
    let first = captured.span("GET /users");
    assert_eq!(first.kind, SpanKind::Client);
    assert_eq!(first.status, Status::Error { message: "teapot".into() });
    let second = captured.span("second");
    assert_eq!(second.status, Status::Ok);
    assert_eq!(second.links[0].span_id, first.span_id);
    assert!(first.attributes.iter().all(|it| !it.key.starts_with("otel.")));
}

#[test]
fn the_extension_trait_reaches_the_span() {
    let (captured, _) = with_logs(|| {
        let span = info_span!("x");
        span.set_attribute("undeclared", 1);
        span.set_status(Status::Ok);
        let RemoteParent { trace_id, span_id, flags: trace_flags, .. } = remote();
        span.add_link(Link { trace_id, span_id, trace_flags, attributes: vec![] });
        span.set_parent(remote());
        assert!(span.context().is_some_and(|it| it.trace_flags.is_sampled()));
    });
    let span = captured.span("x");
    assert_eq!(span.attribute("undeclared"), Some(&1.into()));
    assert_eq!((&span.status, span.links.len()), (&Status::Ok, 2), "a second parent is a link");
    assert_eq!(span.trace_id, captured.root().trace_id);
}

#[test]
fn a_parent_elsewhere_starts_the_trace_outside_of_any() {
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new());
    let capture = Capture::new(crate::record::Sampling::ALWAYS).without_root();
    let (captured, ()) = tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            info_span!("noise").in_scope(|| ());
            let span = info_span!("consume", topic = "t");
            assert!(span.context().is_none());
            span.set_parent(remote());
            span.in_scope(|| info_span!("child").in_scope(|| ()));
        })
    });
    let span = captured.span("consume");
    assert_eq!((span.trace_id, span.parent_id), (remote().trace_id, Some(remote().span_id)));
    assert_eq!(span.attribute("topic"), Some(&"t".into()), "what was set before is kept");
    assert_eq!(captured.span("child").parent_id, Some(span.span_id));
    assert_eq!(
        captured.spans().len(),
        2,
        "without a parent there is no trace:\n{}",
        captured.tree()
    );
}
