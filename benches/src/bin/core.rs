//! Row 1: a span on the handler's thread: with no, two and eight attributes; sampled, not sampled,
//! and without any telemetry around it.
//!
//! One unit of work is a span; ten are nested in each request, whose root is counted as one more.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use benches::calls::{self, Attributes, DEPTH, Run, Shape};
use benches::count::Count;
use benches::machine;
use benches::measure::{BATCHES, Figure, Variant, measure, print_columns, print_table};
use benches::peers::{self, observe};
use benches::settings::{self, amount, rounds};
use cruddur_trace::record::Sampling;
use cruddur_trace::span;
use fastrace::prelude::SpanContext;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Dispatch;

/// Spans of a request, with its root.
const SPANS: u64 = DEPTH + 1;
const OURS: &str = "cruddur-trace";
const NAME: &str = "andrewbrown";

/// What is decided at the root.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Sampled,
    NotSampled,
    /// No root, no subscriber, no collector: what an annotated function costs by itself.
    NoTelemetry,
}

struct Bench {
    ours: Arc<observe::Counting>,
    fastrace: Arc<Count>,
    logfire: peers::logfire::Installed,
    rounds: usize,
    requests: u64,
}

fn main() {
    println!("{}", machine::describe());
    let ours = observe::Counting::start();
    span::install_collector(ours.clone());
    let bench = Bench {
        ours,
        fastrace: peers::fastrace::install(),
        logfire: peers::logfire::install(),
        rounds: rounds(15),
        requests: amount(100, 3),
    };
    clock_readings(bench.rounds);
    for (shape, how) in [
        (Shape::Sync, "synchronous"),
        (Shape::Ready, "asynchronous, ready at once"),
        (Shape::Yield, "asynchronous, with a yield"),
    ] {
        for (state, what) in [
            (State::Sampled, "Sampled span"),
            (State::NotSampled, "Span that is not sampled"),
            (State::NoTelemetry, "Annotated function without telemetry"),
        ] {
            let columns = Attributes::ALL.map(|attributes| {
                let title = format!("{} attributes", attributes.count());
                (title, bench.run(shape, state, attributes))
            });
            print_columns("core", &format!("{what}, {how}"), "span", OURS, &columns);
        }
    }
}

/// What no span can be cheaper than that knows its beginning and its end.
fn clock_readings(rounds: usize) {
    let clock = quanta::Clock::new();
    let mut variants = [
        Variant::new("two readings of the processor's counter (quanta)", |count| {
            (0..count).for_each(|_| {
                black_box((clock.raw(), clock.raw()));
            });
        }),
        Variant::new("two readings of std::time::Instant", |count| {
            (0..count).for_each(|_| {
                black_box((std::time::Instant::now(), std::time::Instant::now()));
            });
        }),
    ];
    let figures = measure(&mut variants, rounds, amount(10_000, 10));
    let first = figures[0].name;
    print_table("core", "The clock", "two readings", first, &figures);
}

impl Bench {
    fn run(&self, shape: Shape, state: State, attributes: Attributes) -> Vec<Figure> {
        let requests_of = |run: Run, requests: u64| {
            for _ in 0..requests {
                black_box(run(shape, attributes, black_box(NAME)));
            }
        };
        let sampler = match state {
            State::Sampled => settings::sampled(),
            _ => settings::not_sampled(),
        };
        let theirs = Theirs::new(&sampler);
        let before = (self.ours.count.spans(), self.ours.count.attributes());
        let fastrace_before = (self.fastrace.spans(), self.fastrace.attributes());
        let logfire_before = self.logfire.count.spans();

        let mut variants = vec![
            Variant::new("no annotation", |requests| requests_of(calls::plain::run, requests)),
            self.ours(state, &requests_of),
            self.fastrace(state, &requests_of),
            on_tracing(
                match state {
                    State::NoTelemetry => "tracing, no subscriber",
                    _ => "tracing, the registry alone",
                },
                state,
                peers::tracing::registry(),
                &requests_of,
            ),
        ];
        if state != State::NoTelemetry {
            variants.push(sdk(&theirs.sdk.1, &requests_of));
            for (name, dispatch, provider) in [
                ("tracing-opentelemetry, lean", &theirs.lean, &theirs.lean_provider.1),
                ("tracing-opentelemetry, default", &theirs.default, &theirs.default_provider.1),
            ] {
                let variant = on_tracing(name, state, dispatch.clone(), &requests_of);
                variants.push(variant.settle(|| provider.force_flush().expect("the flush")));
            }
        }
        if state == State::Sampled {
            let logfire = &self.logfire;
            let run = |requests: u64| {
                logfire.run(|| {
                    for _ in 0..requests {
                        let root = logfire::span!(parent: tracing::Span::none(), "root");
                        let _guard = root.enter();
                        requests_of(calls::logfire::run, 1);
                    }
                });
            };
            variants.push(Variant::new("logfire", run).settle(|| logfire.settle()));
        }
        let figures = measure(&mut variants, self.rounds, self.requests);
        drop(variants);

        // Nobody has skipped any duty.
        let requests = (self.rounds as u64 + 1) * BATCHES * self.requests;
        let spans = if state == State::Sampled { requests * SPANS } else { 0 };
        let given = spans / SPANS * DEPTH * attributes.count();
        assert_eq!(self.ours.count.spans() - before.0, spans, "ours: spans");
        // Ours carry `app.now` as well, which is made when they are encoded.
        let ours = self.ours.count.attributes() - before.1;
        assert!(ours >= given, "ours: {ours} attributes, not {given}");
        assert_eq!(self.fastrace.spans() - fastrace_before.0, spans, "fastrace: spans");
        assert_eq!(self.fastrace.attributes() - fastrace_before.1, given, "fastrace: attributes");
        if state == State::Sampled {
            assert_eq!(self.logfire.count.spans() - logfire_before, spans, "logfire: spans");
        }
        if state != State::NoTelemetry {
            for (counting, name) in theirs.counted() {
                assert_eq!(counting.0.spans(), spans, "{name}: spans");
                assert!(counting.0.attributes() >= given, "{name}: attributes");
            }
        }
        per_span(figures)
    }

    fn ours<'a>(&'a self, state: State, work: &'a dyn Fn(Run, u64)) -> Variant<'a> {
        let sampling = match state {
            State::Sampled => Sampling::ALWAYS,
            _ => Sampling::DROP,
        };
        Variant::new(OURS, move |requests| match state {
            State::NoTelemetry => work(calls::observe::run, requests),
            _ => (0..requests).for_each(|_| {
                self.ours.request(sampling.clone(), || work(calls::observe::run, 1));
            }),
        })
        .settle(|| self.ours.settle())
    }

    fn fastrace<'a>(&'a self, state: State, work: &'a dyn Fn(Run, u64)) -> Variant<'a> {
        Variant::new("fastrace", move |requests| match state {
            State::NoTelemetry => work(calls::fastrace::run, requests),
            _ => (0..requests).for_each(|_| {
                let parent = SpanContext::random().sampled(state == State::Sampled);
                let root = fastrace::Span::root("root", parent);
                let _guard = root.set_local_parent();
                work(calls::fastrace::run, 1);
            }),
        })
        .settle(fastrace::flush)
    }
}

type Counted = (peers::opentelemetry::Counting, SdkTracerProvider);

/// The peers' providers, each with an exporter of its own.
struct Theirs {
    sdk: Counted,
    lean_provider: Counted,
    default_provider: Counted,
    lean: Dispatch,
    default: Dispatch,
}

impl Theirs {
    fn new(sampler: &Sampler) -> Self {
        let make = || {
            let counting = peers::opentelemetry::Counting::default();
            (counting.clone(), peers::opentelemetry::provider(counting, sampler.clone()))
        };
        let (sdk, lean_provider, default_provider) = (make(), make(), make());
        let lean = peers::tracing::lean(&lean_provider.1);
        let default = peers::tracing::by_default(&default_provider.1);
        Self { sdk, lean_provider, default_provider, lean, default }
    }

    fn counted(&self) -> [(&peers::opentelemetry::Counting, &'static str); 3] {
        [
            (&self.sdk.0, "OpenTelemetry SDK"),
            (&self.lean_provider.0, "tracing-opentelemetry, lean"),
            (&self.default_provider.0, "tracing-opentelemetry, default"),
        ]
    }
}

fn on_tracing<'a>(
    name: &'static str,
    state: State,
    dispatch: Dispatch,
    work: &'a dyn Fn(Run, u64),
) -> Variant<'a> {
    // Without telemetry there is no subscriber: the macro's own check is what is left.
    Variant::new(name, move |requests| match state {
        State::NoTelemetry => work(calls::tracing::run, requests),
        _ => tracing::dispatcher::with_default(&dispatch, || {
            for _ in 0..requests {
                let root = tracing::info_span!(parent: None, "root");
                let _guard = root.enter();
                work(calls::tracing::run, 1);
            }
        }),
    })
}

fn sdk<'a>(provider: &'a SdkTracerProvider, work: &'a dyn Fn(Run, u64)) -> Variant<'a> {
    let (tracer, is_set) = (provider.tracer("benches"), Cell::new(false));
    Variant::new("OpenTelemetry SDK", move |requests| {
        if !is_set.replace(true) {
            calls::sdk::use_tracer(&tracer);
        }
        for _ in 0..requests {
            let _root = calls::sdk::root();
            work(calls::sdk::run, 1);
        }
    })
    .settle(|| provider.force_flush().expect("the flush"))
}

/// Per unit of work, of a request's time.
fn per_span(mut figures: Vec<Figure>) -> Vec<Figure> {
    for figure in &mut figures {
        figure.nanos /= SPANS as f64;
        figure.spread /= SPANS as f64;
    }
    figures
}
