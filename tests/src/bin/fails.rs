//! Fails in ways that a test can't survive: `fails <way> <Rollbar endpoint, or sentry:DSN>`.

use std::time::Duration;

use cruddur_trace::{Telemetry, errors, observe};

#[observe(root)]
fn in_a_trace(message: String) {
    panic!("{message}");
}

#[observe(root)]
fn in_a_trace_with_drop(message: String) {
    let _careless = PanicsInDrop;
    panic!("{message}");
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let way = arguments.next().expect("a way to fail");
    let endpoint = arguments.next().expect("Rollbar's endpoint");
    // The hook that was there before ours, as many programs have one.
    let ends = way.clone();
    std::panic::set_hook(Box::new(move |info| {
        eprintln!("{info}");
        match ends.as_str() {
            "abort" => std::process::abort(),
            "hook" => panic!("a panic inside of a panic hook"),
            _ => {}
        }
    }));
    let telemetry = Telemetry::without_env()
        .force_setting("OTEL_SERVICE_NAME", "fails")
        .force_setting("OTEL_TRACES_EXPORTER", "none")
        .force_setting("OTEL_METRICS_EXPORTER", "none")
        .force_setting("OTEL_LOGS_EXPORTER", "none")
        .force_setting("OTEL_SDK_DISABLED", "false");
    let telemetry = match endpoint.strip_prefix("sentry:") {
        Some(dsn) => telemetry.force_setting("SENTRY_DSN", dsn),
        None if endpoint == "none" => telemetry,
        None => telemetry
            .force_setting("ROLLBAR_ACCESS_TOKEN", "token")
            .force_setting("ROLLBAR_ENDPOINT", endpoint),
    };
    let telemetry = telemetry.start().expect("telemetry");
    let message = format!("fails: {way}");
    match way.as_str() {
        "abort" | "hook" => {
            errors::flush_in_panic_hook(true);
            in_a_trace(message);
        }
        "drop" => in_a_trace_with_drop(message),
        "thread" => {
            let failed = std::thread::spawn(move || panic!("{message}")).join();
            assert!(failed.is_err());
        }
        "main" => {
            let caught = std::panic::catch_unwind(|| in_a_trace(message));
            assert!(caught.is_err());
        }
        // A program that ends without a shutdown: what is dropped sends what is left.
        "dropped" => {
            errors::report_message(errors::ReportLevel::Error, message);
            return drop(telemetry);
        }
        "twice" => {
            errors::report_message(errors::ReportLevel::Error, message.clone());
            let again = errors::Report::message(errors::ReportLevel::Error, message + " again");
            again.field("password", "hunter2").send();
        }
        // Once, and how it went: what Rollbar's own faults do to an item.
        "once" => {
            errors::report_message(errors::ReportLevel::Error, message);
            telemetry.shutdown_blocking(Duration::from_secs(8));
            let stats = telemetry.stats();
            let rollbar = stats.sinks.iter().find(|it| it.name == "rollbar").expect("the sink");
            let (accepted, sent) = (rollbar.accepted, rollbar.sent);
            println!(
                "accepted {accepted} sent {sent} retries {} lost {:?}",
                rollbar.retries, rollbar.lost
            );
            return;
        }
        other => panic!("no such way: {other}"),
    }
    telemetry.shutdown_blocking(Duration::from_secs(5));
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("in a destructor, while unwinding");
    }
}
