//! The cost of an event on the thread that emits it, at 100,000 events a second from eight threads:
//! ours, on its way to a logs exporter, beside `tracing_subscriber::fmt` with a null writer and
//! tracing-cloudwatch. A receiver on loopback takes what the exporters send, and counts the events in
//! it: a figure is worth nothing where they were thrown away.
//!
//! Usage: `logs`. A subscriber is global, so each variant runs in a process of its own, in turn.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_cloudwatchlogs::config::{BehaviorVersion, Credentials, Region};
use benches::machine;
use benches::measure::{Figure, print_table, thread_cpu_nanos};
use cruddur_trace::record::{Callsite, Outcome};
use cruddur_trace::span::{Root, RootOptions};
use cruddur_trace::{Loss, SinkStats, Telemetry};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message as _;
use tracing_subscriber::prelude::*;

const THREADS: u32 = 8;
const EVENTS_PER_SECOND: u32 = 100_000;
/// Events that a thread emits before it rests: a millisecond's worth of all threads.
const BURST: u32 = 100;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

const NO_SUBSCRIBER: &str = "no subscriber";
const FMT: &str = "tracing_subscriber::fmt, null writer";
const FMT_JSON: &str = "the same, JSON";
const PEER: &str = "tracing-cloudwatch";
const OURS: &str = "cruddur-trace";
const OURS_IN_A_TRACE: &str = "cruddur-trace, in a trace";
const VARIANTS: [&str; 6] = [NO_SUBSCRIBER, FMT, FMT_JSON, PEER, OURS, OURS_IN_A_TRACE];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &*arguments {
        [] => table(),
        [variant, receiver] => run(variant, receiver.parse().expect("an address")),
        _ => panic!("logs, or logs <variant> <receiver>"),
    }
}

/// Events that came to the receiver, and requests that it could not read.
static RECEIVED: AtomicU64 = AtomicU64::new(0);
static UNREADABLE: AtomicU64 = AtomicU64::new(0);

/// What a variant's process prints.
struct Told {
    nanos: f64,
    events: u64,
    /// As its own books have it.
    lost: u64,
}

impl Told {
    fn parse(said: &str) -> Option<Self> {
        let mut words = said.split_whitespace();
        let nanos = words.next()?.parse().ok()?;
        let mut number = || words.next()?.parse().ok();
        Some(Self { nanos, events: number()?, lost: number()? })
    }
}

/// All variants in turn, in processes of their own.
fn table() {
    println!("{}", machine::describe());
    let receiver = receive();
    let mut samples = vec![Vec::with_capacity(ROUNDS); VARIANTS.len()];
    let mut outputs = Vec::new();
    for _ in 0..ROUNDS {
        for (variant, samples) in VARIANTS.iter().zip(&mut samples) {
            let this = std::env::current_exe().expect("it has a path");
            let ran = Command::new(this)
                .args([variant, &*receiver.to_string()])
                .stderr(Stdio::null())
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&ran.stdout);
            let Some(told) = Told::parse(&said) else { panic!("{variant}: {said}") };
            samples.push(told.nanos);
            let received = RECEIVED.swap(0, Ordering::SeqCst);
            assert_eq!(UNREADABLE.load(Ordering::SeqCst), 0, "{variant}");
            if variant.starts_with(OURS) {
                assert_eq!(received + told.lost, told.events, "{variant}: each came or is counted");
            }
            if [OURS, OURS_IN_A_TRACE, PEER].contains(variant) && received != told.events {
                let (of, counted) = (told.events, told.lost);
                outputs.push(format!("{variant}: {received} of {of} arrived, {counted} counted"));
            }
        }
    }
    let figures: Vec<_> = VARIANTS
        .into_iter()
        .zip(&mut samples)
        .map(|(name, samples)| {
            samples.sort_by(f64::total_cmp);
            let spread = (samples[ROUNDS - 2] - samples[1]) / 2.0;
            Figure { name, nanos: samples[ROUNDS / 2], spread }
        })
        .collect();
    print_table(
        "logs",
        "Events: CPU time of the emitting threads, 100,000 a second from 8",
        "event",
        OURS,
        &figures,
    );
    outputs.sort();
    println!("\n{}", if outputs.is_empty() { "all arrived".into() } else { outputs.join("\n") });
}

/// One variant; prints nanoseconds an event, how many there were, and how many it counts as lost.
fn run(variant: &str, receiver: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let (mut telemetry, mut guard) = (None, None);
    match variant {
        NO_SUBSCRIBER => {}
        FMT => tracing_subscriber::fmt().with_writer(std::io::sink).init(),
        FMT_JSON => tracing_subscriber::fmt().json().with_writer(std::io::sink).init(),
        PEER => {
            let (layer, stop) = tracing_cloudwatch::layer().with_client(
                cloudwatch(receiver),
                tracing_cloudwatch::ExportConfig::default()
                    .with_batch_size(5_000)
                    .with_interval(Duration::from_secs(1))
                    .with_log_group_name("bench")
                    .with_log_stream_name("bench"),
            );
            let info = tracing_subscriber::filter::LevelFilter::INFO;
            tracing_subscriber::registry().with(layer.with_filter(info)).init();
            guard = Some(stop);
        }
        OURS | OURS_IN_A_TRACE => telemetry = Some(ours(receiver)),
        other => panic!("no variant {other}"),
    }
    let in_a_trace = variant == OURS_IN_A_TRACE;
    let threads: Vec<_> =
        (0..THREADS).map(|_| std::thread::spawn(move || emit(in_a_trace))).collect();
    let (mut events, mut nanos) = (0, 0);
    for thread in threads {
        let (count, spent) = thread.join().expect("no panic");
        events += count;
        nanos += spent;
    }
    let mut lost = 0;
    if let Some(telemetry) = telemetry {
        let delivery = telemetry.shutdown_blocking(Duration::from_secs(30));
        let (hand_over, sinks) = (&delivery.stats.hand_over, &delivery.stats.sinks);
        let spans = if in_a_trace { u64::from(THREADS) } else { 0 };
        assert_eq!(hand_over.accepted, events + spans, "each event is sent or counted as lost");
        assert_eq!(hand_over.lost_to(Loss::Shutdown), 0);
        lost = hand_over.lost_total() + sinks.iter().map(SinkStats::lost_total).sum::<u64>();
        eprintln!("{delivery}");
    }
    if let Some(guard) = guard {
        runtime.block_on(guard.shutdown());
    }
    println!("{} {events} {lost}", nanos as f64 / events as f64);
}

fn ours(receiver: SocketAddr) -> Telemetry {
    Telemetry::without_env()
        .default_service("bench")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{receiver}"))
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("RUST_LOG", "off")
        .force_setting("OTEL_LOG_LEVEL", "none")
        .init()
        .expect("telemetry starts")
}

/// tracing-cloudwatch's client: the AWS SDK's own.
fn cloudwatch(receiver: SocketAddr) -> aws_sdk_cloudwatchlogs::Client {
    let config = aws_sdk_cloudwatchlogs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .endpoint_url(format!("http://{receiver}"))
        .build();
    aws_sdk_cloudwatchlogs::Client::from_conf(config)
}

/// Emits bursts at the wanted rate; gives the number of events and the CPU time spent on them.
fn emit(in_a_trace: bool) -> (u64, u64) {
    static ROOT: Callsite = Callsite::new("root", "logs::root", "logs", file!(), line!());
    let mut root = in_a_trace.then(|| Root::start(RootOptions::new(&ROOT)));
    let pause = Duration::from_secs(1) * THREADS * BURST / EVENTS_PER_SECOND;
    let (began, mut events, mut busy) = (Instant::now(), 0, 0);
    let mut next = began;
    while began.elapsed() < ROUND {
        let before = thread_cpu_nanos();
        match &mut root {
            Some(root) => root.enter(burst),
            None => burst(),
        }
        busy += thread_cpu_nanos() - before;
        events += u64::from(BURST);
        next += pause;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    if let Some(root) = root {
        root.end(Outcome::Ok);
    }
    (events, busy)
}

fn burst() {
    for n in 0..BURST {
        tracing::info!(n, user = "andrewbrown", "get home activities");
    }
}

/// Answers every request with 200, on threads of its own, and counts what is in it.
fn receive() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut line, mut length, mut kind) = (String::new(), 0, String::new());
        let mut has_spans = false;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let text = line.trim_end().to_ascii_lowercase();
            if text.is_empty() {
                break;
            }
            has_spans |= text.starts_with("post /v1/traces ");
            if let Some(value) = text.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if let Some(value) = text.strip_prefix("content-type:") {
                value.trim().clone_into(&mut kind);
            }
        }
        let mut request = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut request)?;
        match if has_spans { Some(0) } else { events_in(&request, &kind) } {
            Some(events) => RECEIVED.fetch_add(events, Ordering::SeqCst),
            None => UNREADABLE.fetch_add(1, Ordering::SeqCst),
        };
        // An empty protobuf message, or an empty answer of CloudWatch Logs.
        let body = if kind.contains("json") { "{}" } else { "" };
        let length = body.len();
        // In one write: parts would wait for each other's acknowledgement.
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes())?;
    }
}

/// Log records of an OTLP request, or events of a put; none of other calls.
fn events_in(request: &[u8], kind: &str) -> Option<u64> {
    if kind.contains("json") {
        let call: serde_json::Value = serde_json::from_slice(request).ok()?;
        return Some(call["logEvents"].as_array().map_or(0, |events| events.len() as u64));
    }
    let logs = ExportLogsServiceRequest::decode(request).ok()?;
    let scopes = logs.resource_logs.iter().flat_map(|it| &it.scope_logs);
    Some(scopes.map(|it| it.log_records.len() as u64).sum())
}
