//! Logs lines with telemetry from the environment, then says on standard error how long that took and
//! what became of them: for harnesses that check from outside what arrives.
//!
//! `logs_emit <count> [<size> [<minutes>]]`: lines `line 0` …, the last one padded to `size` bytes.
//! With `minutes` each line is dated so much before the next one, by a hook: as lines of a job that
//! gives them the time of what they tell, or of a machine that was cut off.

use std::time::{Duration, Instant};

use cruddur_trace::{Exported, Telemetry, Verdict};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|it| it.parse::<usize>().ok());
    let count = arguments.next().unwrap_or(1);
    let size = arguments.next().unwrap_or(0);
    let minutes = arguments.next().unwrap_or(0);
    let mut builder = Telemetry::from_env()?.default_service("logs-emit");
    if minutes > 0 {
        builder = builder.on_export(move |exported| {
            if let Exported::Log(line) = exported {
                let number = line.attributes.iter().find(|it| it.key == "n");
                let number = number.and_then(|it| it.value.to_string().parse().ok());
                let before = (count - number.unwrap_or(0)) * minutes * 60;
                line.time.0 -= before as u64 * 1_000_000_000;
            }
            Verdict::Keep
        });
    }
    let telemetry = builder.init()?;
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
