//! One failure, one item: every way of failing, through the real pipeline, to the console's Rollbar.
//!
//! A process of its own: the panic hook and the telemetry are the process's.

mod abort;
mod app;
mod children;
mod deploys;
mod faults;
mod leaks;
mod profiles;
mod pyrollbar;
mod sentry;
mod size;
mod speed;
mod stderr;
mod ways;

use std::sync::OnceLock;
use std::time::Duration;

use cruddur_console::{Console, Options};
use cruddur_trace::Telemetry;
use cruddur_trace::errors::ReportOptions;
use serde_json::Value;
use tokio::sync::RwLock;
use tracing_subscriber::prelude::*;

/// The console and the telemetry of this process.
struct Stage {
    console: Console,
    telemetry: Telemetry,
}

/// Requests that are under way hold it, and a flush has it for itself: a flush tells of the events of
/// a request that has not failed yet, which would have been told of with its failure.
static REQUESTS: RwLock<()> = RwLock::const_new(());

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let console = console();
        let telemetry = Telemetry::without_env()
            .force_setting("OTEL_SERVICE_NAME", "cruddur-backend")
            .force_setting("OTEL_TRACES_EXPORTER", "none")
            .force_setting("OTEL_METRICS_EXPORTER", "none")
            .force_setting("OTEL_LOGS_EXPORTER", "none")
            .force_setting("ROLLBAR_ACCESS_TOKEN", "token")
            .force_setting("ROLLBAR_ENVIRONMENT", "test")
            .force_setting("ROLLBAR_CODE_VERSION", "abc123")
            .force_setting("ROLLBAR_ENDPOINT", format!("{}/api/1/", console.url()))
            .reports(
                ReportOptions::new()
                    .per_minute(100_000)
                    .per_failure_per_minute(50)
                    .error_events(true),
            )
            .start()
            .expect("telemetry");
        let layer = telemetry.tracing_layer().expect("a filter");
        tracing_subscriber::registry().with(layer).init();
        Stage { console, telemetry }
    })
}

fn console() -> Console {
    let mut options = Options::default();
    options.port = 0;
    Console::start(options).expect("a console")
}

impl Stage {
    /// All occurrences whose payload contains `needle`, after everything was sent.
    async fn items(&self, needle: &str) -> Vec<Value> {
        let _alone = REQUESTS.write().await;
        let delivery = self.telemetry.flush(Duration::from_secs(20)).await;
        assert!(delivery.complete, "{delivery:?}");
        occurrences(&self.console, needle).await
    }

    async fn one(&self, needle: &str) -> Value {
        let mut found = self.items(needle).await;
        assert_eq!(found.len(), 1, "{needle}: {found:#?}");
        found.remove(0)
    }
}

/// The item of a panic at `route`, with native frames: what panics while symbols are loaded for
/// somebody else, as for the tests beside this one, goes without them and says so.
async fn with_native_frames(route: &str, status: u16) -> Value {
    let stage = stage();
    for turn in 10..50 {
        let text = format!("native{}-{turn}", route.replace('/', "-"));
        let response = app::send(&format!("{route}/{text}")).await;
        assert_eq!(response.status(), status);
        let item = stage.one(&text).await;
        let custom = &item["data"]["custom"];
        if custom["native_backtrace"].is_array() {
            return item;
        }
        assert!(custom["native_backtrace_skipped"].is_string(), "{custom:#}");
    }
    panic!("{route}: always while symbols were loaded");
}

async fn occurrences(console: &Console, needle: &str) -> Vec<Value> {
    let url = format!("{}/api/errors/occurrences?text={needle}", console.url());
    let answer: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
    answer["occurrences"].as_array().expect("a list").clone()
}

/// Function names of the outermost exception, the most recent call last.
fn methods(item: &Value) -> Vec<&str> {
    let body = &item["data"]["body"];
    let trace = if body["trace"].is_object() { &body["trace"] } else { &body["trace_chain"][0] };
    let frames = trace["frames"].as_array().expect("frames");
    frames.iter().filter_map(|frame| frame["method"].as_str()).collect()
}
