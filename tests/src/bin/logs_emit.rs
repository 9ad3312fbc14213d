//! Logs lines with telemetry from the environment, then prints the account: for harnesses that check
//! from outside what arrives.
//!
//! `logs_emit <count> [<size>]`: lines `line 0` …, the last one padded to `size` bytes.

use std::time::Duration;

use cruddur_trace::Telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|it| it.parse::<usize>().ok());
    let count = arguments.next().unwrap_or(1);
    let size = arguments.next().unwrap_or(0);
    let telemetry = Telemetry::from_env()?.default_service("logs-emit").init()?;
    for n in 0..count {
        tracing::info!(n, "line {n}");
    }
    if size > 0 {
        tracing::info!(n = count, "line {count} {}", "é".repeat(size / 2));
    }
    let delivery = telemetry.shutdown(Duration::from_secs(30)).await;
    println!("{delivery}");
    Ok(())
}
