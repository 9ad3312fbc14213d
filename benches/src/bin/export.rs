//! Row 3: all-in CPU a span, on every thread of the process: record, encode, and send over loopback;
//! and how many spans a second one exporter thread carries.
//!
//! Each candidate runs in a process of its own, several times, all in turn. The receiver is another
//! process, which decodes and counts what comes: a run in which a span is missing fails, but for the
//! overload, which is there to be lost from.

use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use benches::calls::{self, Attributes, DEPTH, Shape};
use benches::measure::{process_cpu_nanos, thread_cpu_nanos};
use benches::receiver::{self, Received, Receiver};
use benches::settings::{self, amount, rounds};
use benches::{machine, peers, results};
use cruddur_trace::Telemetry;
use cruddur_trace::record::{Outcome, Sampling};
use cruddur_trace::span::{Root, RootOptions};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Spans of a request.
const SPANS: u64 = DEPTH + 1;
const OURS: &str = "cruddur-trace, OTLP over HTTP";

/// What is run, and what the table calls it.
const VARIANTS: &[(&str, &str)] = &[
    ("ours-http", OURS),
    ("ours-gzip", "cruddur-trace, OTLP over HTTP, gzip"),
    ("ours-grpc", "cruddur-trace, OTLP over gRPC"),
    ("ours-four", "cruddur-trace, OTLP spans and logs, X-Ray's daemon and Rollbar at once"),
    ("lean-http", "tracing-opentelemetry, lean, and opentelemetry-otlp over HTTP"),
    ("default-http", "tracing-opentelemetry, default, and opentelemetry-otlp over HTTP"),
    ("lean-grpc", "tracing-opentelemetry, lean, and opentelemetry-otlp over gRPC"),
    ("sdk-http", "OpenTelemetry SDK and opentelemetry-otlp over HTTP"),
];

/// What a run has used.
struct Used {
    /// Nanoseconds of all threads, a span.
    all: f64,
    /// Nanoseconds of all threads but the one that makes the spans, a span.
    elsewhere: f64,
    /// Spans a second that were sent.
    rate: f64,
    received: Received,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [receiver::ARGUMENT] => receiver::receive(),
        [variant, http, grpc, udp] => produce(variant, http, grpc, udp),
        _ => drive(),
    }
}

fn drive() {
    println!("{}", machine::describe());
    let rounds = rounds(5);
    let mut runs: Vec<Vec<Used>> = VARIANTS.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for ((variant, _), runs) in VARIANTS.iter().zip(&mut runs) {
            runs.push(run(variant, expected()));
        }
    }
    let title = "All-in CPU a span: record, encode, send over loopback";
    println!("\n{title}\n");
    println!(
        "| variant | ns / span | ± | ratio to cruddur-trace over HTTP | of which off the thread that \
         makes spans | bytes / span |\n|---|---:|---:|---:|---:|---:|"
    );
    let mut base = None;
    for ((_, name), runs) in VARIANTS.iter().zip(&runs) {
        let (all, spread) = median(runs.iter().map(|it| it.all));
        let (elsewhere, _) = median(runs.iter().map(|it| it.elsewhere));
        let received = runs[0].received;
        let bytes = received.span_bytes as f64 / received.spans as f64;
        let ratio = all / *base.get_or_insert(all);
        println!("| {name} | {all:.0} | {spread:.0} | {ratio:.2} | {elsewhere:.0} | {bytes:.0} |");
        results::add("export", title, name, "ns / span", all, spread);
        results::add("export", title, name, "ns / span, exporter", elsewhere, 0.0);
        results::add("export", title, name, "bytes / span", bytes, 0.0);
    }
    ceiling(rounds);
}

/// Spans are made as fast as a thread can, far more than anything can carry.
fn ceiling(rounds: usize) {
    let title = "Spans a second that one exporter thread carries";
    println!("\n{title}\n\n| variant | sent / s under overload | ± |\n|---|---:|---:|");
    for (variant, name) in [
        ("overload-http", OURS),
        ("overload-four", "cruddur-trace, OTLP spans and logs, X-Ray's daemon and Rollbar at once"),
    ] {
        let runs: Vec<_> = (0..rounds).map(|_| run(variant, 0)).collect();
        let (rate, spread) = median(runs.iter().map(|it| it.rate));
        println!("| {name} | {rate:.0} | {spread:.0} |");
        results::add("export", title, name, "spans / s", rate, spread);
    }
}

fn expected() -> u64 {
    amount(75, 2) * REQUESTS * SPANS
}

/// Requests of one round.
const REQUESTS: u64 = 200;

/// Runs a variant in a process of its own.
fn run(variant: &str, spans: u64) -> Used {
    let receiver = Receiver::start();
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args([variant, &receiver.http, &receiver.grpc, &receiver.udp])
        .output()
        .expect("the variant runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{variant} failed: {errors}");
    let received = receiver.finish();
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let [all, elsewhere, seconds] = numbers[..] else { panic!("{variant} printed {text}") };
    let counted = if spans == 0 { received.spans } else { spans };
    // The first request is not measured.
    assert_eq!(
        received.spans,
        if spans == 0 { counted } else { counted + SPANS },
        "{variant}: spans received; {errors}"
    );
    let each = |nanos: f64| nanos / counted as f64;
    let rate = counted as f64 / seconds;
    Used { all: each(all), elsewhere: each(elsewhere), rate, received }
}

fn produce(variant: &str, http: &str, grpc: &str, udp: &str) {
    let (kind, way) = variant.split_once('-').expect("who and how");
    match kind {
        "ours" => by_ours(way, http, grpc, udp, false),
        "overload" => by_ours(way, http, grpc, udp, true),
        _ => by_theirs(kind, way, http, grpc),
    }
    let Begun { all, own, at } = BEGUN.get().expect("something was measured");
    let (all, own) = (process_cpu_nanos() - all, thread_cpu_nanos() - own);
    println!("{all} {} {}", all - own, at.elapsed().as_secs_f64());
}

/// Where measuring began: making TLS and HTTP clients is a process's start, not a span's price.
static BEGUN: OnceLock<Begun> = OnceLock::new();

struct Begun {
    all: u64,
    own: u64,
    at: Instant,
}

/// A first request, and time for what it starts.
fn begin(mut request: impl FnMut()) {
    request();
    std::thread::sleep(Duration::from_millis(300));
    let (all, own, at) = (process_cpu_nanos(), thread_cpu_nanos(), Instant::now());
    BEGUN.get_or_init(|| Begun { all, own, at });
}

/// As fast as the exporter follows, in a service that is busy but not overrun. On a machine that has
/// much else to do the exporter may not follow; so it is waited for at times.
fn in_rounds(mut request: impl FnMut(), flush: impl Fn()) {
    begin(&mut request);
    for round in 1..=expected() / REQUESTS / SPANS {
        (0..REQUESTS).for_each(|_| request());
        std::thread::sleep(Duration::from_millis(20));
        if round % 5 == 0 {
            flush();
        }
    }
}

static ROOT: cruddur_trace::record::Callsite =
    cruddur_trace::record::Callsite::new("root", "export::root", "export", file!(), line!());

fn by_ours(way: &str, http: &str, grpc: &str, udp: &str, is_overload: bool) {
    let mut builder = Telemetry::without_env()
        .default_service("export")
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{http}"))
        .force_setting("RUST_LOG", "off")
        .force_setting("OTEL_LOG_LEVEL", "none");
    if way != "four" {
        builder = builder.force_setting("OTEL_LOGS_EXPORTER", "none");
    }
    builder = match way {
        "gzip" => builder.force_setting("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        "grpc" => builder
            .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{grpc}"))
            .force_setting("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        "four" => builder
            .force_setting("AWS_XRAY_DAEMON_ADDRESS", udp)
            .force_setting("CRUDDUR_XRAY_SAMPLER", "always")
            .force_setting("ROLLBAR_ACCESS_TOKEN", "0123456789abcdef0123456789abcdef")
            .force_setting("ROLLBAR_ENDPOINT", format!("http://{http}/api/1/")),
        _ => builder,
    };
    let telemetry = builder.init().expect("valid settings");
    let request = || {
        let mut options = RootOptions::new(&ROOT);
        options.sampling = Some(Sampling::ALWAYS);
        let mut root = Root::start(options);
        root.enter(|| {
            let _ = calls::observe::run(Shape::Sync, Attributes::Two, "andrewbrown");
            if way == "four" {
                tracing::info!(user = "andrewbrown", "get home activities");
            }
        });
        root.end(Outcome::Ok);
    };
    if is_overload {
        begin(&request);
        let began = Instant::now();
        while began.elapsed() < amount(Duration::from_secs(2), Duration::from_millis(50)) {
            (0..100).for_each(|_| request());
        }
        drop(telemetry.shutdown_blocking(Duration::from_millis(500)));
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    in_rounds(request, || {
        let delivery = runtime.block_on(telemetry.flush(Duration::from_secs(30)));
        assert!(delivery.complete, "{delivery}");
    });
    let delivery = telemetry.shutdown_blocking(Duration::from_secs(30));
    assert!(delivery.complete, "{delivery}");
}

fn by_theirs(kind: &str, way: &str, http: &str, grpc: &str) {
    // Only tonic's client needs it.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let exporter = if way == "grpc" {
        let _inside = runtime.enter();
        SpanExporter::builder().with_tonic().with_endpoint(format!("http://{grpc}")).build()
    } else {
        SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("http://{http}/v1/traces"))
            .build()
    };
    let provider =
        peers::opentelemetry::provider(exporter.expect("an exporter"), settings::sampled());
    let on_tracing = |provider: &SdkTracerProvider, dispatch| {
        tracing::dispatcher::with_default(&dispatch, || {
            let request = || {
                let root = tracing::info_span!(parent: None, "root");
                let _guard = root.enter();
                let _ = calls::tracing::run(Shape::Sync, Attributes::Two, "andrewbrown");
            };
            in_rounds(request, || provider.force_flush().expect("the flush"));
        });
        provider.force_flush().expect("the flush");
    };
    match kind {
        "lean" => on_tracing(&provider, peers::tracing::lean(&provider)),
        "default" => on_tracing(&provider, peers::tracing::by_default(&provider)),
        _ => {
            calls::sdk::use_tracer(&provider.tracer("benches"));
            let request = || {
                let _root = calls::sdk::root();
                let _ = calls::sdk::run(Shape::Sync, Attributes::Two, "andrewbrown");
            };
            in_rounds(request, || provider.force_flush().expect("the flush"));
            provider.force_flush().expect("the flush");
        }
    }
    provider.shutdown().expect("the shutdown");
}

/// The median, and half the distance between the quartiles.
fn median(samples: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut samples: Vec<f64> = samples.collect();
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
    (at(0.5), (at(0.75) - at(0.25)) / 2.0)
}
