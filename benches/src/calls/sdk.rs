//! The OpenTelemetry SDK used directly.

use std::cell::RefCell;

use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::by_hand;

thread_local! {
    static HERE: RefCell<Option<SdkTracer>> = const { RefCell::new(None) };
}

/// The tracer of this thread from now on.
pub fn use_tracer(tracer: &SdkTracer) {
    HERE.set(Some(tracer.clone()));
}

/// Starts a request's root, which is current as long as the guard lives.
#[must_use]
pub fn root() -> opentelemetry::ContextGuard {
    let builder = SpanBuilder::from_name("root");
    let span = HERE.with_borrow(|tracer| {
        tracer.as_ref().expect("a tracer").build_with_context(builder, &Context::new())
    });
    Context::new().with_span(span).attach()
}

fn none(_: u64, _: &'static str) -> Vec<KeyValue> {
    Vec::new()
}

fn two(depth: u64, name: &'static str) -> Vec<KeyValue> {
    vec![KeyValue::new("depth", depth as i64), KeyValue::new("app.userId", name)]
}

fn eight(depth: u64, name: &'static str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("depth", depth as i64),
        KeyValue::new("app.userId", name),
        KeyValue::new("page", 2),
        KeyValue::new("limit", 20),
        KeyValue::new("cached", false),
        KeyValue::new("route", "/api/activities/home"),
        KeyValue::new("handle", name),
        KeyValue::new("region", "eu-central-1"),
    ]
}

fn span(attributes: Vec<KeyValue>) -> Context {
    let parent = Context::current();
    let builder = SpanBuilder::from_name("observed").with_attributes(attributes);
    let span = HERE.with_borrow(|tracer| {
        tracer.as_ref().expect("a tracer").build_with_context(builder, &parent)
    });
    parent.with_span(span)
}

macro_rules! with_sdk {
    ($level:ident $next:ident @sync $make:ident) => {
        #[inline(never)]
        pub(in super::super) fn $level(depth: u64, name: &'static str) -> u64 {
            let _guard = super::super::span(super::super::$make(depth, name)).attach();
            $next(std::hint::black_box(depth - 1), name) + 1
        }
    };
    ($level:ident $next:ident @ready $make:ident) => {
        pub(in super::super) async fn $level(depth: u64, name: &'static str) -> u64 {
            use opentelemetry::trace::FutureExt as _;
            let context = super::super::span(super::super::$make(depth, name));
            async { $next(std::hint::black_box(depth - 1), name).await + 1 }
                .with_context(context)
                .await
        }
    };
    ($level:ident $next:ident @yielding $make:ident) => {
        pub(in super::super) async fn $level(depth: u64, name: &'static str) -> u64 {
            use opentelemetry::trace::FutureExt as _;
            let context = super::super::span(super::super::$make(depth, name));
            async {
                crate::yield_once().await;
                $next(std::hint::black_box(depth - 1), name).await + 1
            }
            .with_context(context)
            .await
        }
    };
}

by_hand!(with_sdk none none two two eight eight);
