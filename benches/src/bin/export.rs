//! Row 3: all-in CPU a span, on every thread of the process: record, encode, and OTLP over HTTP to a
//! receiver on loopback, which is a process of its own and counts what it decodes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use benches::machine;
use benches::measure::process_cpu_nanos;
use benches::peers::tracing as peer;
use cruddur_trace::Telemetry;
use cruddur_trace::record::{Callsite, Outcome, Sampling, Usage};
use cruddur_trace::span::{Root, RootOptions, StartKind, StaticCallsite, enter, set_field};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::trace::Sampler;
use prost::Message as _;

/// Spans below the root of a request.
const DEPTH: u64 = 10;
/// Requests of one round.
const REQUESTS: u64 = 200;
const ROUNDS: u64 = 150;

static ROOT: Callsite = Callsite::new("root", "export::root", "export", file!(), line!());

#[derive(Clone, Copy)]
struct Observed;

impl StaticCallsite for Observed {
    const CALLSITE: &'static Callsite = {
        static CALLSITE: Callsite =
            Callsite::new("observed", "export::observed", "export", file!(), line!());
        &CALLSITE
    };
}

fn ours(depth: u64, name: &str) -> u64 {
    if depth == 0 {
        return name.len() as u64;
    }
    let _guard = enter(Observed, StartKind::Child);
    set_field("depth", &depth, Usage::Default);
    set_field("app.userId", name, Usage::Default);
    ours(depth - 1, name) + 1
}

fn theirs(depth: u64, name: &str) -> u64 {
    if depth == 0 { name.len() as u64 } else { their_span(depth, name) }
}

#[tracing::instrument(skip_all, fields(depth = depth, app.userId = name))]
fn their_span(depth: u64, name: &str) -> u64 {
    theirs(depth - 1, name) + 1
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("receiver") {
        return receive();
    }
    println!("{}", machine::describe());
    let spans = ROUNDS * REQUESTS * (DEPTH + 1);

    let receiver = Receiver::start();
    let endpoint = format!("http://{}", receiver.address);
    let telemetry = Telemetry::without_env()
        .default_service("export")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("OTEL_LOGS_EXPORTER", "none")
        .start()
        .expect("valid settings");
    let before = process_cpu_nanos();
    for _ in 0..ROUNDS {
        for _ in 0..REQUESTS {
            let mut options = RootOptions::new(&ROOT);
            options.sampling = Some(Sampling::ALWAYS);
            let mut root = Root::start(options);
            root.enter(|| ours(DEPTH, "andrewbrown"));
            root.end(Outcome::Ok);
        }
        // As fast as the exporter follows, in a service that is busy but not overrun.
        std::thread::sleep(Duration::from_millis(20));
    }
    let delivery = telemetry.shutdown_blocking(Duration::from_secs(30));
    let our_nanos = process_cpu_nanos() - before;
    assert!(delivery.complete, "{delivery}");
    assert_eq!(receiver.finish(), spans, "ours: spans received");

    let receiver = Receiver::start();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("http://{}/v1/traces", receiver.address))
        .build()
        .expect("an exporter");
    let provider = benches::peers::opentelemetry::provider(exporter, Sampler::AlwaysOn);
    let dispatch = peer::lean(&provider);
    let before = process_cpu_nanos();
    for _ in 0..ROUNDS {
        tracing::dispatcher::with_default(&dispatch, || {
            for _ in 0..REQUESTS {
                let root = tracing::info_span!(parent: None, "root");
                let _guard = root.enter();
                theirs(DEPTH, "andrewbrown");
            }
        });
        std::thread::sleep(Duration::from_millis(20));
    }
    provider.force_flush().expect("the flush");
    provider.shutdown().expect("the shutdown");
    let their_nanos = process_cpu_nanos() - before;
    assert_eq!(receiver.finish(), spans, "theirs: spans received");

    let a_span = |nanos: u64| nanos as f64 / spans as f64;
    println!("\nAll-in CPU a span: record, encode, OTLP over HTTP on loopback");
    println!("| variant | ns / span | ratio to cruddur-trace |\n|---|---:|---:|");
    println!("| cruddur-trace | {:.0} | 1.00 |", a_span(our_nanos));
    let ratio = their_nanos as f64 / our_nanos as f64;
    println!(
        "| tracing-opentelemetry, lean, and opentelemetry-otlp | {:.0} | {ratio:.2} |",
        a_span(their_nanos)
    );
}

/// A receiver in a process of its own, so that its work is not counted as ours.
struct Receiver {
    child: Child,
    address: String,
}

impl Receiver {
    fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg("receiver")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the receiver starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut address = String::new();
        output.read_line(&mut address).expect("its address");
        child.stdout = Some(output.into_inner());
        Self { child, address: address.trim().to_owned() }
    }

    /// How many spans it has decoded; it ends.
    fn finish(mut self) -> u64 {
        drop(self.child.stdin.take());
        let mut text = String::new();
        let mut output = self.child.stdout.take().expect("its output");
        output.read_to_string(&mut text).expect("its count");
        let _ = self.child.wait();
        text.trim().parse().expect("a number")
    }
}

/// Takes OTLP over HTTP/1.1 until its input ends, then prints how many spans came.
fn receive() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static SPANS: AtomicU64 = AtomicU64::new(0);

    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("the output");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = serve(stream, &|spans| {
                    SPANS.fetch_add(spans, Ordering::Relaxed);
                });
            });
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    println!("{}", SPANS.load(Ordering::Relaxed));
}

fn serve(stream: TcpStream, count: &dyn Fn(u64)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let (mut length, mut is_gzip) = (0, false);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        while line.trim() != "" {
            line.clear();
            reader.read_line(&mut line)?;
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            is_gzip |= header.starts_with("content-encoding: gzip");
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        assert!(!is_gzip, "neither compresses by default");
        let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("valid OTLP");
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        count(scopes.map(|scope| scope.spans.len() as u64).sum());
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n\
                      content-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes())?;
    }
}
