//! `tracing` spans that mirror observed ones.

use futures::FutureExt as _;
use tracing::{Instrument as _, Span, debug, info, info_span};
use tracing_error::{ErrorLayer, SpanTrace};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use super::{Written, remote};
use crate::bridge::tracing::{SpanExt as _, TracingLayer};
use crate::record::{Callsite, Link, Sampling};
use crate::span::{self, StartKind, StaticCallsite};
use crate::testing::{self, Capture, Captured};

macro_rules! callsite {
    ($type:ident, $name:literal) => {
        #[derive(Clone, Copy)]
        struct $type;

        impl StaticCallsite for $type {
            const CALLSITE: &'static Callsite = {
                static CALLSITE: Callsite =
                    Callsite::new($name, concat!("app::", $name), "app", "src/app.rs", 7)
                        .without_now();
                &CALLSITE
            };
        }
    };
}
callsite!(GetActivities, "get-activities");
callsite!(Query, "query");

fn within<R>(site: impl StaticCallsite, run: impl FnOnce() -> R) -> R {
    let _guard = span::enter(site, StartKind::Child);
    run()
}

fn mirroring() -> TracingLayer {
    testing::tracing_layer().with_mirrored_spans()
}

/// Runs `run` in a captured trace under a registry whose layer mirrors.
fn mirrored(run: impl FnOnce()) -> Captured {
    let subscriber = tracing_subscriber::registry().with(mirroring());
    tracing::subscriber::with_default(subscriber, || testing::capture(run))
}

/// Yields once.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut paused, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

fn names(trace: &SpanTrace) -> Vec<&'static str> {
    let mut names = Vec::new();
    trace.with_spans(|metadata, _| {
        names.push(metadata.name());
        true
    });
    names
}

#[test]
fn span_directives_of_env_filter_see_observed_spans() {
    let written = Written::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(written.clone())
        .with_ansi(false)
        .without_time()
        .with_filter(EnvFilter::new("info,[get-activities]=debug"));
    let subscriber = tracing_subscriber::registry().with(mirroring()).with(lines);
    tracing::subscriber::with_default(subscriber, || {
        testing::capture(|| {
            debug!("outside");
            within(GetActivities, || {
                debug!("inside");
                within(Query, || debug!("further inside"));
            });
            within(Query, || debug!("in another"));
            let future = span::observed(
                GetActivities,
                StartKind::Child,
                async {
                    pause().await;
                    debug!("in a future");
                },
                |(), _| (),
            );
            let mut future = Box::pin(future);
            assert!(future.as_mut().now_or_never().is_none());
            debug!("between its polls");
            assert!(future.as_mut().now_or_never().is_some());
            debug!("after it");
        })
    });
    let text = String::from_utf8(written.0.lock().expect("no panic").clone()).expect("text");
    let shown: Vec<_> = text.lines().filter_map(|it| it.split(": ").last()).collect();
    assert_eq!(shown, ["inside", "further inside", "in a future"], "{text}");
}

#[test]
fn a_span_trace_goes_through_observed_spans() {
    let subscriber = tracing_subscriber::registry().with(mirroring()).with(ErrorLayer::default());
    let mut trace = None;
    tracing::subscriber::with_default(subscriber, || {
        testing::capture(|| {
            within(GetActivities, || {
                info_span!("foreign").in_scope(|| {
                    within(Query, || trace = Some(SpanTrace::capture()));
                });
            });
        })
    });
    let trace = trace.expect("captured");
    assert_eq!(names(&trace), ["query", "foreign", "get-activities"]);
    let shown = trace.to_string();
    assert!(shown.contains("app::query") && shown.contains("src/app.rs:7"), "{shown}");
}

#[test]
fn the_tree_is_the_same_as_without() {
    let run = || {
        within(GetActivities, || {
            info!("a line");
            info_span!("contextual").in_scope(|| within(Query, || ()));
            info_span!(parent: &Span::current(), "explicit").in_scope(|| ());
        });
    };
    let captured = mirrored(run);
    insta::assert_snapshot!(captured.tree(), @"
    get-activities
      contextual
        query
      explicit
    ");
    let activities = captured.span("get-activities").span_id;
    assert_eq!(captured.logs()[0].trace.map(|it| it.span_id), Some(activities));
}

#[test]
fn a_mirror_is_a_handle_of_the_observed_span() {
    let captured = mirrored(|| {
        within(GetActivities, || {
            let span = Span::current();
            assert_eq!(span.context().map(|it| it.span_id), Some(here()));
            span.set_attribute("by", "mirror");
            let span::RemoteParent { trace_id, span_id, flags, .. } = remote();
            span.add_link(Link { trace_id, span_id, trace_flags: flags, attributes: vec![] });
            span.set_parent(remote());
        });
    });
    let span = captured.span("get-activities");
    assert_eq!(span.attribute("by"), Some(&"mirror".into()));
    assert_eq!(span.links.len(), 2, "a second parent is a link");
    assert_eq!(span.trace_id, captured.root().trace_id);
}

fn here() -> crate::record::SpanId {
    span::current_link().expect("in a trace").span_id
}

#[test]
fn a_task_in_the_current_tracing_span_nests_below_the_observed_one() {
    let captured = mirrored(|| {
        let task = within(GetActivities, || async { within(Query, || ()) }.in_current_span());
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    task.now_or_never().expect("ready at once");
                });
            });
        });
    });
    let (activities, query) = (captured.span("get-activities"), captured.span("query"));
    assert_eq!(query.parent_id, Some(activities.span_id), "{}", captured.tree());
    assert_eq!(activities.outcome, crate::record::Outcome::Ok);
}

#[test]
fn destructors_of_a_dropped_future_run_inside() {
    struct Says;
    impl Drop for Says {
        fn drop(&mut self) {
            info!(current = Span::current().metadata().map_or("", |it| it.name()), "dropped");
        }
    }
    let captured = mirrored(|| {
        let says = Says;
        let body = async move {
            pause().await;
            drop(says);
        };
        let future = span::observed(GetActivities, StartKind::Child, body, |(), _| ());
        let mut future = Box::pin(future);
        assert!(future.as_mut().now_or_never().is_none());
        drop(future);
        info!(current = Span::current().metadata().map_or("", |it| it.name()), "after");
    });
    let current: Vec<_> =
        captured.logs().iter().map(|it| it.attributes[0].value.to_string()).collect();
    assert_eq!(current, ["get-activities", ""]);
}

#[test]
fn there_are_none_outside_of_a_trace_or_where_nobody_asked() {
    let current = || Span::current().is_none();
    let subscriber = tracing_subscriber::registry().with(mirroring());
    tracing::subscriber::with_default(subscriber, || {
        Capture::new(Sampling::ALWAYS).without_root().run(|| {
            assert!(within(GetActivities, current), "no trace");
        });
        // Not sampled, but a trace: filters and span traces don't depend on sampling.
        Capture::new(Sampling::DROP).run(|| assert!(!within(GetActivities, current)));
    });
    let subscriber = tracing_subscriber::registry().with(testing::tracing_layer());
    tracing::subscriber::with_default(subscriber, || {
        testing::capture(|| assert!(within(GetActivities, current), "nobody asked"));
    });
}

#[test]
fn a_panic_leaves_nothing_entered() {
    let captured = mirrored(|| {
        let unwound = std::panic::catch_unwind(|| within(GetActivities, || panic!("on purpose")));
        assert!(unwound.is_err() && Span::current().is_none());
    });
    assert_eq!(captured.span("get-activities").outcome, crate::record::Outcome::Panic);
}
