//! Log lines from `tracing` to CloudWatch Logs, and what befalls them on the way.
//!
//! One telemetry a process, so one test that goes through all of it, in a binary of its own.

mod peers;
mod services;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cruddur_trace::{Loss, Telemetry, observe};
use serde_json::json;

use services::{Services, wait_until};

const FLUSH: Duration = Duration::from_secs(20);

#[observe(root, name = "request")]
fn request(count: u32) {
    for n in 0..count {
        tracing::info!(n, "get home activities");
    }
}

#[test]
fn lines_reach_cloudwatch_and_every_lost_one_is_counted() {
    let services = Services::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("one");
    let telemetry = start(&services);
    let flush = || runtime.block_on(telemetry.flush(FLUSH));
    let stats = || {
        let stats = telemetry.stats();
        stats.sink("cloudwatch_logs").expect("it is on").clone()
    };

    // Each line arrives with its trace, by both ways, and is shown once.
    request(40);
    assert!(flush().complete);
    let lines = services.api("/api/logs?search=get+home+activities&limit=1000");
    let lines = lines.as_array().expect("a list");
    assert_eq!(lines.len(), 40, "each line once");
    assert!(
        lines.iter().all(|it| it["via"].as_array().is_some_and(|it| it.len() == 2)),
        "{}",
        lines[0]
    );
    let trace_id = lines[0]["trace_id"].as_str().expect("a trace").to_owned();
    let stored = services.found("get home activities");
    assert_eq!(stored.len(), 40);
    let order: Vec<_> = stored.iter().map(|it| it["n"].as_u64()).collect();
    assert_eq!(order, (0..40).map(Some).collect::<Vec<_>>(), "in order");
    assert!(stored.iter().all(|it| it["trace_id"] == trace_id.as_str()));
    let (epoch, rest) = trace_id.split_at(8);
    assert_eq!(stored[0]["xray_trace_id"], format!("1-{epoch}-{rest}"));
    assert_eq!(stored[0]["service"], "it-logs");

    // The exporters' own clients emit events at every level that passes the filter here: none of
    // them comes back as a line, so sending does not make more to send.
    for _ in 0..5 {
        request(1);
        assert!(flush().complete);
    }
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(stats().accepted, 45, "only what the test logged");

    // Throttling: tried again until it is taken.
    services.faults.throttle.store(2, Ordering::SeqCst);
    tracing::info!("throttled line");
    wait_until("the throttled line arrives", || services.found("throttled line").len() == 1);
    assert!(stats().retries >= 2);

    // One event that the service does not take is taken out by halving; the others arrive.
    services.faults.poison.store(true, Ordering::SeqCst);
    for n in 0..50 {
        tracing::info!(n, "{}", if n == 23 { "poison" } else { "wholesome" });
    }
    assert!(flush().complete);
    services.faults.poison.store(false, Ordering::SeqCst);
    assert_eq!(services.found("wholesome").len(), 49);
    assert_eq!(stats().lost_to(Loss::Rejected), 1);

    // Somebody deletes the group: it is made again.
    services.call("DeleteLogGroup", &json!({ "logGroupName": "cruddur" }));
    tracing::info!("after the deletion");
    assert!(flush().complete);
    assert_eq!(services.found("after the deletion").len(), 1);
    let groups = services.call("DescribeLogGroups", &json!({}));
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 7);

    // Slow answers hold up nobody.
    services.faults.slow_millis.store(700, Ordering::SeqCst);
    let began = Instant::now();
    for n in 0..500 {
        tracing::info!(n, "slow line");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(flush().complete);
    services.faults.slow_millis.store(0, Ordering::SeqCst);
    assert_eq!(services.found("slow line").len(), 500);

    outage(&services, &stats);
    shutdown_in_an_outage(&services, &telemetry, &runtime);
}

fn start(services: &Services) -> Telemetry {
    let proxy = format!("http://{}", services.proxy);
    let console = format!("http://{}", services.console);
    Telemetry::without_env()
        .default_service("it-logs")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", console)
        .force_setting("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .force_setting("OTEL_LOGS_EXPORTER", "otlp,cloudwatch")
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("OTEL_BLRP_SCHEDULE_DELAY", "100")
        .force_setting("OTEL_BLRP_MAX_QUEUE_SIZE", "2048")
        .force_setting("OTEL_LOG_LEVEL", "none")
        .force_setting("AWS_CLOUDWATCH_LOG_GROUP", "cruddur")
        .force_setting("AWS_CLOUDWATCH_LOG_STREAM", "{service_name}")
        .force_setting("AWS_CLOUDWATCH_LOG_RETENTION_DAYS", "7")
        .force_setting("AWS_REGION", "us-east-1")
        .force_setting("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", proxy)
        .force_setting("RUST_LOG", "off")
        .force_setting("CRUDDUR_EXPORT_FILTER", "trace")
        .init()
        .expect("telemetry starts")
}

/// An outage under load: memory is bounded, what matters is kept, and the account is exact.
fn outage(services: &Services, stats: &dyn Fn() -> cruddur_trace::SinkStats) {
    services.faults.down.store(true, Ordering::SeqCst);
    let before = stats();
    let began = Instant::now();
    for n in 0..20_000 {
        tracing::info!(n, "in the outage");
        if n % 1_000 == 0 {
            tracing::error!(n, "grave in the outage");
            std::thread::sleep(Duration::from_millis(25));
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "nobody waits: {:?}", began.elapsed());
    wait_until("the exporter has dealt out all", || stats().lost_to(Loss::QueueFull) > 0);
    std::thread::sleep(Duration::from_millis(200));
    let during = stats();
    assert_eq!(during.sent, before.sent);
    assert!(during.pending() <= 4_096, "bounded: {}", during.pending());

    services.faults.down.store(false, Ordering::SeqCst);
    wait_until("what was kept arrives", || stats().pending() == 0);
    assert_eq!(services.found("grave in the outage").len(), 20, "errors outlive the rest");
    let after = stats();
    assert_eq!(after.accepted, after.sent + after.lost_total());
    let arrived = services.found("in the outage").len() as u64;
    assert!((20..20_020).contains(&arrived), "{arrived}");
    wait_until("the loss is told", || !services.found("log records were lost").is_empty());
}

/// A shutdown while the service is down keeps its deadline, and says what was lost.
fn shutdown_in_an_outage(
    services: &Services,
    telemetry: &Telemetry,
    runtime: &tokio::runtime::Runtime,
) {
    services.faults.down.store(true, Ordering::SeqCst);
    for n in 0..100 {
        tracing::info!(n, "too late");
    }
    let began = Instant::now();
    let delivery = runtime.block_on(telemetry.shutdown(Duration::from_secs(2)));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(!delivery.complete);
    let stats = delivery.stats.sink("cloudwatch_logs").expect("it is on").clone();
    assert_eq!(stats.lost_to(Loss::Shutdown), 100);
    assert_eq!(stats.accepted, stats.sent + stats.lost_total(), "exact: {stats}");
    tracing::info!("after the shutdown");
    let hand_over = telemetry.stats().hand_over;
    assert_eq!(hand_over.lost_to(Loss::Shutdown), 1, "and even that is counted: {hand_over}");
}
