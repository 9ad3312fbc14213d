//! Row 2, over sockets: requests a second and latency of one serving thread under load, in every
//! candidate's layer.
//!
//! Every candidate has a server on loopback, a thread with a runtime of its own; all take turns, so
//! that other load on the machine hits each of them. Clients keep their connections and send the next
//! request when the answer is there. The serving thread's CPU time a request is what a busy machine
//! changes least.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use benches::measure::thread_cpu_nanos;
use benches::peers::layers::{Layered, candidates, install};
use benches::settings::{LOAD_CONNECTIONS, LOAD_REQUESTS, amount, rounds};
use benches::{machine, results};

const REQUEST: &[u8] = b"GET /api/activities/7?page=2 HTTP/1.1\r\nhost: 127.0.0.1:4567\r\n\
    user-agent: benches/1.0\r\n\
    traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n";
/// Outside of every layer: how much CPU time the serving thread has used.
const CPU: &[u8] = b"GET /cpu HTTP/1.1\r\nhost: 127.0.0.1:4567\r\n\r\n";

/// What is known of one candidate.
struct Measured {
    name: &'static str,
    address: SocketAddr,
    /// Requests a second, by round.
    rates: Vec<f64>,
    /// Nanoseconds of the serving thread a request, by round.
    cpu: Vec<f64>,
    /// Nanoseconds, of all requests.
    latencies: Vec<u32>,
    settle: Box<dyn Fn() + Send>,
    spans: Option<Box<dyn Fn() -> u64 + Send>>,
}

fn main() {
    println!("{}", machine::describe());
    let (rounds, requests) = (rounds(11), amount(LOAD_REQUESTS, 10));
    let installed = install();
    let mut all: Vec<Measured> = candidates(&installed, false).into_iter().map(serve).collect();
    for round in 0..=rounds {
        for measured in &mut all {
            load(measured, requests, round > 0);
            (measured.settle)();
        }
    }
    for measured in &all {
        (measured.settle)();
        let spans = measured.spans.as_ref().map(|spans| spans());
        let sent = measured.latencies.len() as u64;
        assert!(
            spans.is_none_or(|spans| spans >= sent),
            "{}: {sent} requests, spans: {spans:?}",
            measured.name
        );
    }
    print(&mut all);
}

/// Starts the candidate's server.
fn serve(layered: Layered) -> Measured {
    let Layered { name, router, dispatch, settle, spans } = layered;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let _subscriber = dispatch.as_ref().map(tracing::dispatcher::set_default);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
            sender.send(listener.local_addr().expect("an address")).expect("somebody waits");
            let cpu = get(async || thread_cpu_nanos().to_string());
            let app: Router = router.route("/cpu", cpu);
            axum::serve(listener, app).await.expect("a server");
        });
    });
    let address = receiver.recv().expect("the server starts");
    let (rates, cpu, latencies) = (Vec::new(), Vec::new(), Vec::new());
    Measured { name, address, rates, cpu, latencies, settle, spans }
}

/// One round.
fn load(measured: &mut Measured, requests: usize, counts: bool) {
    let mut probe = Client::connect(measured.address);
    let cpu_before = probe.number(CPU);
    let began = Instant::now();
    let clients: Vec<_> = (0..LOAD_CONNECTIONS)
        .map(|_| {
            let address = measured.address;
            std::thread::spawn(move || {
                let mut client = Client::connect(address);
                let mut latencies = Vec::with_capacity(requests);
                for _ in 0..requests {
                    let sent = Instant::now();
                    client.send(REQUEST);
                    assert_eq!(client.body, b"activity 7");
                    latencies.push(u32::try_from(sent.elapsed().as_nanos()).unwrap_or(u32::MAX));
                }
                latencies
            })
        })
        .collect();
    let latencies: Vec<u32> =
        clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect();
    let took = began.elapsed();
    let cpu = probe.number(CPU) - cpu_before;
    if counts {
        measured.rates.push(latencies.len() as f64 / took.as_secs_f64());
        measured.cpu.push(cpu as f64 / latencies.len() as f64);
        measured.latencies.extend(latencies);
    }
}

/// A connection that is kept.
struct Client {
    reader: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("an option");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("an option");
        Self { reader: BufReader::new(stream), line: String::new(), body: Vec::new() }
    }

    /// Sends a request and reads the answer's body.
    fn send(&mut self, request: &[u8]) {
        self.reader.get_mut().write_all(request).expect("the server reads");
        let mut length = 0;
        loop {
            self.line.clear();
            self.reader.read_line(&mut self.line).expect("the server answers");
            if let Some(value) = self.line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a number");
            }
            if self.line.trim().is_empty() {
                break;
            }
        }
        self.body.resize(length, 0);
        self.reader.read_exact(&mut self.body).expect("a body");
    }

    fn number(&mut self, request: &[u8]) -> u64 {
        self.send(request);
        String::from_utf8_lossy(&self.body).parse().expect("a number")
    }
}

fn print(all: &mut [Measured]) {
    let title = "A serving thread under load, over sockets";
    println!("\n{title}: {LOAD_CONNECTIONS} connections\n");
    println!(
        "| variant | requests / s | ± | p50, µs | p99, µs | p99.9, µs | CPU, ns / request | \
         added to the bare router |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    );
    let mut bare = None;
    for measured in all {
        let (rate, spread) = median(&mut measured.rates);
        let (cpu, cpu_spread) = median(&mut measured.cpu);
        measured.latencies.sort_unstable();
        let last = measured.latencies.len() - 1;
        let at = |share: f64| f64::from(measured.latencies[(last as f64 * share) as usize]) / 1e3;
        let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
        let added = cpu - *bare.get_or_insert(cpu);
        println!(
            "| {} | {rate:.0} | {spread:.0} | {p50:.0} | {p99:.0} | {p999:.0} | {cpu:.0} | {added:.0} |",
            measured.name
        );
        let keep = |unit: &str, value: f64, spread: f64| {
            results::add("load", title, measured.name, unit, value, spread);
        };
        keep("requests / s", rate, spread);
        keep("p50, µs", p50, 0.0);
        keep("p99, µs", p99, 0.0);
        keep("p99.9, µs", p999, 0.0);
        keep("CPU, ns / request", cpu, cpu_spread);
    }
}

/// The median, and half the distance between the quartiles.
fn median(samples: &mut [f64]) -> (f64, f64) {
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
    (at(0.5), (at(0.75) - at(0.25)) / 2.0)
}
