//! Row 8: memory of a process: before telemetry, idle with it, at load, and with every backend down
//! while more comes than can ever be sent. Resident bytes, in a process of its own each.

use std::net::UdpSocket;
use std::process::Command;
use std::time::{Duration, Instant};

use benches::calls::{self, Attributes, Shape};
use benches::peers::observe::ROOT;
use benches::receiver::{self, Receiver};
use benches::settings::amount;
use benches::{machine, results};
use cruddur_trace::Telemetry;
use cruddur_trace::record::{Outcome, Sampling};
use cruddur_trace::span::{Root, RootOptions};

const TITLE: &str = "Resident memory, MiB";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [receiver::ARGUMENT] => receiver::receive(),
        ["load", http, udp] => with_backends(http, udp, Load::Steady),
        ["flood", http, udp] => with_backends(http, udp, Load::Flood),
        _ => drive(),
    }
}

fn drive() {
    println!("{}", machine::describe());
    println!("\n{TITLE}\n\n| state | MiB | more than before telemetry |\n|---|---:|---:|");
    let receiver = Receiver::start();
    let mut notes = child("load", &receiver.http, &receiver.udp);
    let _ = receiver.finish();
    // A port that nobody listens on, and one that swallows.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let udp = silent.local_addr().expect("an address").to_string();
    drop(silent);
    notes.extend(child("flood", "127.0.0.1:9", &udp));
    println!();
    notes.iter().for_each(|note| println!("- {note}"));
}

/// Prints its figures, and gives what else it says.
fn child(what: &str, http: &str, udp: &str) -> Vec<String> {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).args([what, http, udp]).output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed: {errors}");
    let (mut before, mut notes) = (None, Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((bytes, state)) = line.split_once(' ') else { continue };
        let Ok(mib) = bytes.parse::<f64>().map(|bytes| bytes / f64::from(1 << 20)) else {
            notes.push(format!("{what}: {line}"));
            continue;
        };
        let more = mib - *before.get_or_insert(mib);
        println!("| {state} | {mib:.1} | {more:.1} |");
        results::add("memory", TITLE, state, "MiB", mib, 0.0);
    }
    notes
}

#[derive(Clone, Copy, PartialEq)]
enum Load {
    Steady,
    Flood,
}

fn with_backends(http: &str, udp: &str, load: Load) {
    say("before telemetry");
    let telemetry = Telemetry::without_env()
        .default_service("memory")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{http}"))
        .force_setting("AWS_XRAY_DAEMON_ADDRESS", udp)
        .force_setting("CRUDDUR_XRAY_SAMPLER", "always")
        .force_setting("ROLLBAR_ACCESS_TOKEN", "0123456789abcdef0123456789abcdef")
        .force_setting("ROLLBAR_ENDPOINT", format!("http://{http}/api/1/"))
        .force_setting("RUST_LOG", "off")
        .force_setting("OTEL_LOG_LEVEL", "none")
        .init()
        .expect("valid settings");
    match load {
        Load::Steady => {
            std::thread::sleep(Duration::from_millis(200));
            say("idle: OTLP, X-Ray's daemon and Rollbar on");
            for _ in 0..amount(3, 1) {
                requests(amount(Duration::from_secs(1), Duration::from_millis(50)), 20);
            }
            say("at load: 10,000 requests a second of 11 spans and a log line");
        }
        Load::Flood => {
            for second in 1..=amount(15, 1) {
                requests(amount(Duration::from_secs(1), Duration::from_millis(50)), u32::MAX);
                if [1, 3, 7, 15].contains(&second) {
                    say(&format!("every backend down, as fast as a thread can, after {second} s"));
                }
            }
        }
    }
    let delivery = telemetry.shutdown_blocking(Duration::from_secs(1));
    let stats = delivery.stats;
    println!("hand-over queue {:?}", stats.hand_over);
    for sink in &stats.sinks {
        println!("sink {sink:?}");
    }
}

/// Requests for so long, so many every two milliseconds.
fn requests(length: Duration, burst: u32) {
    let began = Instant::now();
    let mut next = began;
    while began.elapsed() < length {
        for _ in 0..burst.min(1_000) {
            let mut options = RootOptions::new(&ROOT);
            options.sampling = Some(Sampling::ALWAYS);
            let mut root = Root::start(options);
            root.enter(|| {
                tracing::info!(user = "andrewbrown", "get home activities");
                calls::observe::run(Shape::Sync, Attributes::Two, "andrewbrown")
            });
            root.end(Outcome::Ok);
        }
        if burst < 1_000 {
            next += Duration::from_millis(2);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
}

/// Prints the resident bytes now.
fn say(state: &str) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    println!("{} {state}", pages * rustix::param::page_size() as u64);
}
