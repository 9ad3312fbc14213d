//! The cost of an event on the thread that emits it: ours, on its way to a logs exporter, beside
//! `tracing_subscriber::fmt` with a null writer. Eight threads, 100,000 events a second in all.
//!
//! Usage: `logs ours|fmt|none [seconds]`, one variant a process, since a subscriber is global.
//! tracing-cloudwatch is not among the peers yet.

use std::time::{Duration, Instant};

use cruddur_trace::Telemetry;

const THREADS: u32 = 8;
const EVENTS_PER_SECOND: u32 = 100_000;
const BURST: u32 = 100;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let variant = arguments.next().unwrap_or_default();
    let seconds = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(2_u64);
    let telemetry = match variant.as_str() {
        "ours" => Some(ours()),
        "fmt" => {
            tracing_subscriber::fmt().with_writer(std::io::sink).init();
            None
        }
        _ => None,
    };
    let threads: Vec<_> = (0..THREADS)
        .map(|_| std::thread::spawn(move || emit(Duration::from_secs(seconds))))
        .collect();
    let (mut events, mut busy) = (0_u64, Duration::ZERO);
    for thread in threads {
        let (count, spent) = thread.join().expect("no panic");
        events += count;
        busy += spent;
    }
    let nanos = busy.as_nanos() / u128::from(events.max(1));
    println!("{variant}: {events} events, {nanos} ns an event on the caller's thread (wall time)");
    if let Some(telemetry) = telemetry {
        let delivery = telemetry.shutdown_blocking(Duration::from_secs(5));
        println!("{delivery}");
        let accepted = delivery.stats.hand_over.accepted;
        assert_eq!(accepted, events, "each event is a record, sent or counted as lost");
    }
}

/// With an endpoint where nobody listens: what is measured is the emitting thread, and the exporter
/// beside it counts what it must drop.
fn ours() -> Telemetry {
    Telemetry::without_env()
        .default_service("bench")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .force_setting("RUST_LOG", "off")
        .force_setting("OTEL_LOG_LEVEL", "none")
        .init()
        .expect("telemetry starts")
}

/// Emits bursts at the wanted rate; gives the number of events and the time spent on them.
fn emit(length: Duration) -> (u64, Duration) {
    let pause = Duration::from_secs(1) * THREADS * BURST / EVENTS_PER_SECOND;
    let (began, mut events, mut busy) = (Instant::now(), 0, Duration::ZERO);
    let mut next = began;
    while began.elapsed() < length {
        let burst = Instant::now();
        for n in 0..BURST {
            tracing::info!(n, user = "andrewbrown", "get home activities");
        }
        busy += burst.elapsed();
        events += u64::from(BURST);
        next += pause;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    (events, busy)
}
