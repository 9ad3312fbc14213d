//! Row 5: allocations on the handler's thread, in number and bytes, in the steady state: for a span,
//! for a request through the layer, for an event.
//!
//! Counted by an allocator that counts this thread alone: exporters of peers work elsewhere.

use std::hint::black_box;

use axum::body::Body;
use axum::http::Request;
use benches::calls::{self, Attributes, DEPTH, Shape};
use benches::peers::layers::{candidates, install, request};
use benches::peers::{self};
use benches::settings::{self, amount};
use benches::{block_on, machine, results};
use cruddur_trace::Telemetry;
use cruddur_trace::record::Sampling;
use fastrace::prelude::SpanContext;
use opentelemetry::trace::TracerProvider as _;
use tower::Service as _;
use tower::util::BoxCloneSyncService;
use tracing::Dispatch;

type App = BoxCloneSyncService<Request<Body>, axum::response::Response, std::convert::Infallible>;

const NAME: &str = "andrewbrown";

fn main() {
    println!("{}", machine::describe());
    let installed = install();
    for shape in [Shape::Sync, Shape::Ready, Shape::Yield] {
        spans(&installed, shape);
    }
    requests(&installed);
    events();
}

/// Allocations of one of `units` in what `work` does, once everything is warm.
fn count(
    title: &str,
    name: &str,
    unit: &str,
    units: u64,
    mut work: impl FnMut(),
    settle: &dyn Fn(),
) {
    let times = amount(200, 2);
    for _ in 0..times {
        work();
        settle();
    }
    let (mut number, mut bytes) = (0, 0);
    for _ in 0..times {
        let counted = allocation_counter::measure(&mut work);
        number += counted.count_total;
        bytes += counted.bytes_total;
        settle();
    }
    let each = |total: u64| total as f64 / (times as u64 * units) as f64;
    println!("| {name} | {:.2} | {:.0} |", each(number), each(bytes));
    results::add("allocations", title, name, &format!("allocations / {unit}"), each(number), 0.0);
    results::add("allocations", title, name, &format!("bytes / {unit}"), each(bytes), 0.0);
}

fn head(title: &str, unit: &str) {
    println!("\n{title}\n\n| variant | allocations / {unit} | bytes / {unit} |\n|---|---:|---:|");
}

fn spans(installed: &peers::layers::Installed, shape: Shape) {
    let title = format!("Allocations of a sampled span with two attributes, {shape:?}");
    head(&title, "span");
    let spans = DEPTH + 1;
    let run = |run: calls::Run| {
        black_box(run(shape, Attributes::Two, black_box(NAME)));
    };
    let ours = installed.ours();
    count(
        &title,
        "cruddur-trace",
        "span",
        spans,
        || ours.request(Sampling::ALWAYS, || run(calls::observe::run)),
        &|| ours.settle(),
    );
    let on_fastrace = || {
        let root = fastrace::Span::root("root", SpanContext::random());
        let _guard = root.set_local_parent();
        run(calls::fastrace::run);
    };
    count(&title, "fastrace", "span", spans, on_fastrace, &fastrace::flush);
    let counting = peers::opentelemetry::Counting::default();
    let provider = peers::opentelemetry::provider(counting, settings::sampled());
    let flush = || provider.force_flush().expect("the flush");
    calls::sdk::use_tracer(&provider.tracer("benches"));
    let on_sdk = || {
        let _root = calls::sdk::root();
        run(calls::sdk::run);
    };
    count(&title, "OpenTelemetry SDK", "span", spans, on_sdk, &flush);
    for (name, dispatch) in [
        ("tracing, the registry alone", peers::tracing::registry()),
        ("tracing-opentelemetry, lean", peers::tracing::lean(&provider)),
        ("tracing-opentelemetry, default", peers::tracing::by_default(&provider)),
    ] {
        let work = || on_tracing(&dispatch, || run(calls::tracing::run));
        count(&title, name, "span", spans, work, &flush);
    }
}

fn on_tracing(dispatch: &Dispatch, work: impl FnOnce()) {
    tracing::dispatcher::with_default(dispatch, || {
        let root = tracing::info_span!(parent: None, "root");
        let _guard = root.enter();
        work();
    });
}

fn requests(installed: &peers::layers::Installed) {
    let title = "Allocations of a request through the layer, the bare router's and the request's \
                 own among them";
    head(title, "request");
    for layered in candidates(installed, false) {
        let mut app: App = BoxCloneSyncService::new(layered.router.into_service());
        let serve = || {
            let answer = block_on(app.call(request())).expect("no service here fails");
            let body = block_on(axum::body::to_bytes(answer.into_body(), 1_024)).expect("a body");
            assert_eq!(black_box(body).as_ref(), b"activity 7");
        };
        let settle = layered.settle;
        match layered.dispatch {
            Some(dispatch) => tracing::dispatcher::with_default(&dispatch, || {
                count(title, layered.name, "request", 1, serve, &settle);
            }),
            None => count(title, layered.name, "request", 1, serve, &settle),
        }
    }
}

/// An event on its way to a logs exporter, beside a formatter that writes nowhere.
fn events() {
    let title = "Allocations of an event with two fields, inside of a span";
    head(title, "event");
    let emit = || {
        for n in 0..100_u64 {
            tracing::info!(n, user = NAME, "get home activities");
        }
    };
    let nothing = || ();
    count(title, "no subscriber", "event", 100, emit, &nothing);
    let plain = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
    tracing::subscriber::with_default(plain, || {
        count(title, "tracing_subscriber::fmt, no writer", "event", 100, emit, &nothing);
    });
    let json = tracing_subscriber::fmt().json().with_writer(std::io::sink).finish();
    tracing::subscriber::with_default(json, || {
        count(title, "tracing_subscriber::fmt, JSON, no writer", "event", 100, emit, &nothing);
    });
    // Last, since its subscriber is the process's own. Nobody listens: the exporter counts as lost
    // what it can't send.
    let telemetry = Telemetry::without_env()
        .default_service("bench")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("RUST_LOG", "off")
        .force_setting("OTEL_LOG_LEVEL", "none")
        .init()
        .expect("telemetry starts");
    let pause = || std::thread::sleep(std::time::Duration::from_millis(2));
    count(title, "cruddur-trace", "event", 100, emit, &pause);
    drop(telemetry.shutdown_blocking(std::time::Duration::from_millis(100)));
}
