//! What the peers are set to, and how much is measured: change it here, and run again.
//!
//! Every variant of a row does the same duties by its own means. "Default" is a library as it comes;
//! "lean" is the same with whatever can be switched off, off.

use opentelemetry_sdk::trace::Sampler;

/// Queue of the OpenTelemetry SDK's batch processor: holds a whole batch of a benchmark, so that
/// nothing is dropped (its default, 2,048, would drop most).
pub const OTEL_QUEUE: usize = 1 << 20;
/// Spans in one export of the OpenTelemetry SDK. Its default.
pub const OTEL_EXPORT_BATCH: usize = 512;

/// What tracing-opentelemetry adds in its lean setting; by default all three are on.
pub const LEAN_LOCATION: bool = false;
/// The thread's name and id.
pub const LEAN_THREADS: bool = false;
/// Busy and idle time.
pub const LEAN_INACTIVITY: bool = false;

/// Share of the requests that Sentry's client makes transactions of.
pub const SENTRY_TRACES_SAMPLE_RATE: f32 = 1.0;

/// Connections of the load over sockets, each of which waits for an answer before it asks again.
pub const LOAD_CONNECTIONS: usize = 16;
/// Requests on each connection in a candidate's turn: all together less than the collectors' queues
/// hold, since on a busy machine nobody may empty them meanwhile.
pub const LOAD_REQUESTS: usize = 200;

/// How the peers sample where spans are wanted.
#[must_use]
pub fn sampled() -> Sampler {
    Sampler::AlwaysOn
}

/// How they sample where spans are not wanted.
#[must_use]
pub fn not_sampled() -> Sampler {
    Sampler::AlwaysOff
}

/// fastrace's collector: its defaults.
pub fn fastrace() -> fastrace::collector::Config {
    fastrace::collector::Config::default()
}

/// How often all variants take turns.
///
/// `BENCH_ROUNDS` says otherwise; `BENCH_QUICK=1` asks for a run that shows no more than that all
/// of it works.
#[must_use]
pub fn rounds(usual: usize) -> usize {
    let asked = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if quick() { 1 } else { usual })
}

/// Whether this run is for show: tiny counts, figures that mean nothing.
#[must_use]
pub fn quick() -> bool {
    std::env::var_os("BENCH_QUICK").is_some_and(|text| text == "1")
}

/// `usual`, or `tiny` in a quick run.
#[must_use]
pub fn amount<T>(usual: T, tiny: T) -> T {
    if quick() { tiny } else { usual }
}
