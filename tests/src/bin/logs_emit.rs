//! Logs lines with telemetry from the environment, then says on standard error how long that took and
//! what became of them: for harnesses that check from outside what arrives.
//!
//! `logs_emit <count> [<size>]`: lines `line 0` …, the last one padded to `size` bytes.

use std::time::{Duration, Instant};

use cruddur_trace::Telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|it| it.parse::<usize>().ok());
    let count = arguments.next().unwrap_or(1);
    let size = arguments.next().unwrap_or(0);
    let telemetry = Telemetry::from_env()?.default_service("logs-emit").init()?;
    let began = Instant::now();
    for n in 0..count {
        tracing::info!(n, "line {n}");
    }
    if size > 0 {
        tracing::info!(n = count, "line {count} {}", "é".repeat(size / 2));
    }
    eprintln!("logged in {} ms", began.elapsed().as_millis());
    let delivery = telemetry.shutdown(Duration::from_secs(30)).await;
    eprintln!("{delivery}");
    Ok(())
}
