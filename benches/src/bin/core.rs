//! Row 1: a span on the handler's thread, with two attributes.
//!
//! One unit of work is a span; ten are nested in each request, whose root is counted as one more.

#![allow(missing_docs, reason = "the functions are what is measured")]

use std::hint::black_box;
use std::sync::Arc;

use benches::count::Count;
use benches::measure::{BATCHES, Figure, Variant, measure, print_table};
use benches::peers::{self, observe};
use benches::{block_on, machine};
use cruddur_trace::record::{Callsite, Sampling, Usage};
use cruddur_trace::span::{self, StartKind, StaticCallsite, enter, observed, set_field};
use fastrace::prelude::{LocalSpan, SpanContext};
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

/// Spans below the root of a request.
const DEPTH: u64 = 10;
/// Spans of a request, with its root.
const SPANS: u64 = DEPTH + 1;

/// How a function that is measured does its work.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Sync,
    Ready,
    Yield,
}

fn main() {
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let (rounds, requests) = (rounds.unwrap_or(25), 200);
    println!("{}", machine::describe());
    let ours = observe::Counting::start();
    span::install_collector(ours.clone());
    let fastrace = peers::fastrace::install();

    for (shape, title) in [
        (Shape::Sync, "Sampled span, two attributes, synchronous"),
        (Shape::Ready, "Sampled span, two attributes, asynchronous, ready at once"),
        (Shape::Yield, "Sampled span, two attributes, asynchronous, with a yield"),
    ] {
        let figures = sampled(shape, &ours, &fastrace, rounds, requests);
        print_table(title, "span", "cruddur-trace", &figures);
    }
    for (shape, title) in [
        (Shape::Sync, "Span that is not sampled, synchronous"),
        (Shape::Ready, "Span that is not sampled, asynchronous, ready at once"),
    ] {
        let figures = dropped(shape, &ours, rounds, requests);
        print_table(title, "span", "cruddur-trace", &figures);
    }
}

/// Per unit of work, of a request's time.
fn per_span(mut figures: Vec<Figure>) -> Vec<Figure> {
    for figure in &mut figures {
        figure.nanos /= SPANS as f64;
        figure.spread /= SPANS as f64;
    }
    figures
}

fn sampled(
    shape: Shape,
    ours: &Arc<observe::Counting>,
    fastrace: &Arc<Count>,
    rounds: usize,
    requests: u64,
) -> Vec<Figure> {
    let counting = [(); 3].map(|()| peers::opentelemetry::Counting::default());
    let providers = counting
        .clone()
        .map(|exporter| peers::opentelemetry::provider(exporter, Sampler::AlwaysOn));
    let by_default = peers::tracing::by_default(&providers[0]);
    let lean = peers::tracing::lean(&providers[1]);
    let tracer = providers[2].tracer("benches");
    let flush = |provider: &SdkTracerProvider| provider.force_flush().expect("the flush");
    let before =
        (ours.count.spans(), ours.count.attributes(), fastrace.spans(), fastrace.attributes());

    let mut variants = [
        Variant::new("no telemetry", |requests| {
            for _ in 0..requests {
                run(shape, plain_sync, plain_ready::level_10, plain_yield::level_10);
            }
        }),
        Variant::new("cruddur-trace", |requests| {
            for _ in 0..requests {
                ours.request(Sampling::ALWAYS, || {
                    run(shape, ours_sync, ours_ready::level_10, ours_yield::level_10);
                });
            }
        })
        .settle(|| ours.settle()),
        Variant::new("tracing-opentelemetry, default", |requests| {
            tracing::dispatcher::with_default(&by_default, || tracing_requests(shape, requests));
        })
        .settle(|| flush(&providers[0])),
        Variant::new("tracing-opentelemetry, lean", |requests| {
            tracing::dispatcher::with_default(&lean, || tracing_requests(shape, requests));
        })
        .settle(|| flush(&providers[1])),
        Variant::new("OpenTelemetry SDK", |requests| {
            for _ in 0..requests {
                let span = tracer.build_with_context(builder("root"), &Context::new());
                let _guard = Context::new().with_span(span).attach();
                run(
                    shape,
                    |depth, name| otel_sync(&tracer, depth, name),
                    |name| otel_ready::level_10(&tracer, name),
                    |name| otel_yield::level_10(&tracer, name),
                );
            }
        })
        .settle(|| flush(&providers[2])),
        Variant::new("fastrace", |requests| {
            for _ in 0..requests {
                let root = fastrace::Span::root("root", SpanContext::random());
                if shape == Shape::Sync {
                    let _guard = root.set_local_parent();
                    run(shape, fastrace_sync, fastrace_ready::level_10, fastrace_yield::level_10);
                } else {
                    use fastrace::future::FutureExt as _;
                    let work = async {
                        match shape {
                            Shape::Ready => fastrace_ready::level_10("andrewbrown").await,
                            _ => fastrace_yield::level_10("andrewbrown").await,
                        }
                    };
                    black_box(block_on(work.in_span(root)));
                }
            }
        })
        .settle(fastrace::flush),
    ];
    let figures = measure(&mut variants, rounds, requests);
    drop(variants);

    let spans = (rounds as u64 + 1) * BATCHES * requests * SPANS;
    let attributes = spans / SPANS * DEPTH * 2;
    // Ours carry `app.now` as well.
    assert_eq!(ours.count.spans() - before.0, spans, "ours: spans");
    assert_eq!(ours.count.attributes() - before.1, attributes + spans, "ours: attributes");
    assert_eq!(fastrace.spans() - before.2, spans, "fastrace: spans");
    assert_eq!(fastrace.attributes() - before.3, attributes, "fastrace: attributes");
    for (counting, name) in counting.iter().zip(["default", "lean", "SDK"]) {
        assert_eq!(counting.0.spans(), spans, "{name}: spans");
        assert!(counting.0.attributes() >= attributes, "{name}: attributes");
    }
    per_span(figures)
}

fn dropped(
    shape: Shape,
    ours: &Arc<observe::Counting>,
    rounds: usize,
    requests: u64,
) -> Vec<Figure> {
    let counting = peers::opentelemetry::Counting::default();
    let provider = peers::opentelemetry::provider(counting.clone(), Sampler::AlwaysOff);
    let lean = peers::tracing::lean(&provider);
    let before = ours.count.spans();
    let mut variants = [
        Variant::new("no telemetry", |requests| {
            for _ in 0..requests {
                run(shape, plain_sync, plain_ready::level_10, plain_yield::level_10);
            }
        }),
        Variant::new("cruddur-trace", |requests| {
            for _ in 0..requests {
                ours.request(Sampling::DROP, || {
                    run(shape, ours_sync, ours_ready::level_10, ours_yield::level_10);
                });
            }
        }),
        Variant::new("cruddur-trace, no root", |requests| {
            for _ in 0..requests {
                run(shape, ours_sync, ours_ready::level_10, ours_yield::level_10);
            }
        }),
        Variant::new("tracing-opentelemetry, lean", |requests| {
            tracing::dispatcher::with_default(&lean, || tracing_requests(shape, requests));
        }),
    ];
    let figures = measure(&mut variants, rounds, requests);
    drop(variants);
    assert_eq!((ours.count.spans(), counting.0.spans()), (before, 0), "something came out");
    per_span(figures)
}

fn tracing_requests(shape: Shape, requests: u64) {
    for _ in 0..requests {
        let root = tracing::info_span!(parent: None, "root");
        let _guard = root.enter();
        run(shape, tracing_sync, tracing_ready::level_10, tracing_yield::level_10);
    }
}

/// Runs the shape's function on one request's worth of nesting.
fn run<R, Y>(
    shape: Shape,
    sync: impl Fn(u64, &str) -> u64,
    ready: impl Fn(&'static str) -> R,
    yielding: impl Fn(&'static str) -> Y,
) where
    R: Future<Output = u64>,
    Y: Future<Output = u64>,
{
    let name = black_box("andrewbrown");
    black_box(match shape {
        Shape::Sync => sync(DEPTH, name),
        Shape::Ready => block_on(ready(name)),
        Shape::Yield => block_on(yielding(name)),
    });
}

#[inline(never)]
fn plain_sync(depth: u64, name: &str) -> u64 {
    if depth == 0 { name.len() as u64 } else { plain_sync(black_box(depth - 1), name) + 1 }
}

#[derive(Clone, Copy)]
struct Observed;

impl StaticCallsite for Observed {
    const CALLSITE: &'static Callsite = {
        static CALLSITE: Callsite =
            Callsite::new("observed", "core::observed", "core", file!(), line!());
        &CALLSITE
    };
}

#[inline(never)]
fn ours_sync(depth: u64, name: &str) -> u64 {
    if depth == 0 {
        return name.len() as u64;
    }
    let guard = enter(Observed, StartKind::Child);
    if guard.is_recording() {
        set_field("depth", &depth, Usage::Default);
        set_field("app.userId", name, Usage::Default);
    }
    ours_sync(black_box(depth - 1), name) + 1
}

#[inline]
fn fields(depth: u64, name: &str) {
    set_field("depth", &depth, Usage::Default);
    set_field("app.userId", name, Usage::Default);
}

#[inline(never)]
#[tracing::instrument(skip_all, fields(depth = depth, app.userId = name))]
fn tracing_sync_span(depth: u64, name: &str) -> u64 {
    tracing_sync(black_box(depth - 1), name) + 1
}

fn tracing_sync(depth: u64, name: &str) -> u64 {
    if depth == 0 { name.len() as u64 } else { tracing_sync_span(depth, name) }
}

fn builder(name: &'static str) -> SpanBuilder {
    SpanBuilder::from_name(name)
}

fn otel_span(tracer: &SdkTracer, depth: u64, name: &str) -> Context {
    let attributes =
        [KeyValue::new("depth", depth as i64), KeyValue::new("app.userId", name.to_owned())];
    let parent = Context::current();
    let span = tracer.build_with_context(builder("observed").with_attributes(attributes), &parent);
    parent.with_span(span)
}

#[inline(never)]
fn otel_sync(tracer: &SdkTracer, depth: u64, name: &str) -> u64 {
    if depth == 0 {
        return name.len() as u64;
    }
    let _guard = otel_span(tracer, depth, name).attach();
    otel_sync(tracer, black_box(depth - 1), name) + 1
}

#[inline(never)]
fn fastrace_sync(depth: u64, name: &str) -> u64 {
    if depth == 0 {
        return name.len() as u64;
    }
    let _guard = LocalSpan::enter_with_local_parent("observed")
        .with_properties(|| [("depth", depth.to_string()), ("app.userId", name.to_owned())]);
    fastrace_sync(black_box(depth - 1), name) + 1
}

/// Ten functions, each of which awaits the next: futures nest without a box, as handlers do.
macro_rules! chain {
    ($module:ident, $function:ident) => {
        chain!($module, $function, leaf);
    };
    ($module:ident, $function:ident, $leaf:ident) => {
        mod $module {
            use super::*;
            $function!(level_10, 10, level_9);
            $function!(level_9, 9, level_8);
            $function!(level_8, 8, level_7);
            $function!(level_7, 7, level_6);
            $function!(level_6, 6, level_5);
            $function!(level_5, 5, level_4);
            $function!(level_4, 4, level_3);
            $function!(level_3, 3, level_2);
            $function!(level_2, 2, level_1);
            $function!(level_1, 1, $leaf);
        }
    };
}

async fn leaf(name: &'static str) -> u64 {
    name.len() as u64
}

async fn otel_leaf(_: &SdkTracer, name: &'static str) -> u64 {
    name.len() as u64
}

macro_rules! plain_ready {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) async fn $name(name: &'static str) -> u64 {
            black_box($depth);
            $next(name).await + 1
        }
    };
}
chain!(plain_ready, plain_ready);

macro_rules! plain_yield {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) async fn $name(name: &'static str) -> u64 {
            benches::yield_once().await;
            $next(name).await + 1
        }
    };
}
chain!(plain_yield, plain_yield);

macro_rules! ours_ready {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) fn $name(name: &'static str) -> impl Future<Output = u64> {
            let body = async move {
                fields($depth, name);
                $next(name).await + 1
            };
            observed(Observed, StartKind::Child, body, |_: &u64, _| {})
        }
    };
}
chain!(ours_ready, ours_ready);

macro_rules! ours_yield {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) fn $name(name: &'static str) -> impl Future<Output = u64> {
            let body = async move {
                fields($depth, name);
                benches::yield_once().await;
                $next(name).await + 1
            };
            observed(Observed, StartKind::Child, body, |_: &u64, _| {})
        }
    };
}
chain!(ours_yield, ours_yield);

macro_rules! tracing_ready {
    ($name:ident, $depth:literal, $next:ident) => {
        #[tracing::instrument(skip_all, fields(depth = $depth, app.userId = name))]
        pub(super) async fn $name(name: &'static str) -> u64 {
            $next(name).await + 1
        }
    };
}
chain!(tracing_ready, tracing_ready);

macro_rules! tracing_yield {
    ($name:ident, $depth:literal, $next:ident) => {
        #[tracing::instrument(skip_all, fields(depth = $depth, app.userId = name))]
        pub(super) async fn $name(name: &'static str) -> u64 {
            benches::yield_once().await;
            $next(name).await + 1
        }
    };
}
chain!(tracing_yield, tracing_yield);

macro_rules! otel_ready {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) async fn $name(tracer: &SdkTracer, name: &'static str) -> u64 {
            use opentelemetry::trace::FutureExt as _;
            let context = otel_span(tracer, $depth, name);
            async { $next(tracer, name).await + 1 }.with_context(context).await
        }
    };
}
chain!(otel_ready, otel_ready, otel_leaf);

macro_rules! otel_yield {
    ($name:ident, $depth:literal, $next:ident) => {
        pub(super) async fn $name(tracer: &SdkTracer, name: &'static str) -> u64 {
            use opentelemetry::trace::FutureExt as _;
            let context = otel_span(tracer, $depth, name);
            async {
                benches::yield_once().await;
                $next(tracer, name).await + 1
            }
            .with_context(context)
            .await
        }
    };
}

chain!(otel_yield, otel_yield, otel_leaf);

macro_rules! fastrace_ready {
    ($name:ident, $depth:literal, $next:ident) => {
        #[fastrace::trace(properties = { "depth": "10", "app.userId": "{name}" })]
        pub(super) async fn $name(name: &'static str) -> u64 {
            $next(name).await + 1
        }
    };
}
chain!(fastrace_ready, fastrace_ready);

macro_rules! fastrace_yield {
    ($name:ident, $depth:literal, $next:ident) => {
        #[fastrace::trace(properties = { "depth": "10", "app.userId": "{name}" })]
        pub(super) async fn $name(name: &'static str) -> u64 {
            benches::yield_once().await;
            $next(name).await + 1
        }
    };
}
chain!(fastrace_yield, fastrace_yield);
