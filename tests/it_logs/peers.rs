//! Our lines in moto, and watchtower's beside ours in one run on the same stand-in.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use tests::tools;

use super::services::Services;

const EMIT: &str = env!("CARGO_BIN_EXE_logs_emit");

fn script(name: &str) -> std::path::PathBuf {
    tools::workspace().join("tests/interop").join(name)
}

fn text(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(error))
}

#[test]
fn moto_gives_back_what_was_sent_in_order() {
    let Some(python) = tools::python() else {
        return tools::skip("moto_gives_back_what_was_sent_in_order", "Python");
    };
    let ran = Command::new(python).arg(script("moto_logs.py")).arg(EMIT).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success() && text(&ran).contains("ok 12001"), "{}", text(&ran));
}

#[test]
fn otlp_to_cloudwatch_is_signed_as_aws_s_own_code_signs() {
    let Some(python) = tools::python() else {
        return tools::skip("otlp_to_cloudwatch_is_signed_as_aws_s_own_code_signs", "Python");
    };
    let ran = Command::new(python).arg(script("logs_otlp_sigv4.py")).arg(EMIT).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success() && text(&ran).contains("ok 12000"), "{}", text(&ran));
}

fn ours(endpoint: &str, group: &str, count: usize, size: usize) {
    let ran = Command::new(EMIT)
        .args([count.to_string(), size.to_string()])
        .env_clear()
        .env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CLOUDWATCH_LOG_GROUP", group)
        .env("AWS_CLOUDWATCH_LOG_STREAM", "ours")
        .env("RUST_LOG", "off")
        .output()
        .expect("it runs");
    assert!(ran.status.success(), "{}", text(&ran));
}

fn watchtower(python: &Path, endpoint: &str, group: &str, count: usize, size: usize) {
    let ran = Command::new(python)
        .arg(script("watchtower_lines.py"))
        .args([endpoint, group, &count.to_string(), &size.to_string()])
        .output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success(), "{}", text(&ran));
}

/// Lines of a stream that are whole JSON with a number, and all lines.
fn arrived(services: &Services, group: &str, stream: &str) -> (usize, usize) {
    let mut events = Vec::new();
    let mut input = serde_json::json!({
        "logGroupName": group, "logStreamName": stream, "startFromHead": true
    });
    loop {
        let page = services.call("GetLogEvents", &input);
        match page["events"].as_array() {
            Some(found) if !found.is_empty() => events.extend(found.iter().cloned()),
            _ => break,
        }
        input["nextToken"] = page["nextForwardToken"].clone();
    }
    let whole = events.iter().filter(|it| {
        let message = it["message"].as_str().unwrap_or("");
        serde_json::from_str::<serde_json::Value>(message).is_ok_and(|it| it["n"].is_u64())
    });
    (whole.count(), events.len())
}

#[test]
fn where_watchtower_loses_lines_ours_arrive() {
    let Some(python) = tools::python() else {
        return tools::skip("where_watchtower_loses_lines_ours_arrive", "Python");
    };
    let services = Services::start();
    let endpoint = format!("http://{}", services.proxy);
    // Quiet weather: both bring everything.
    ours(&endpoint, "calm", 50, 0);
    watchtower(&python, &endpoint, "calm", 50, 0);
    assert_eq!(arrived(&services, "calm", "ours"), (50, 50));
    assert_eq!(arrived(&services, "calm", "watchtower"), (50, 50));

    // One line over the limit: watchtower cuts its bytes, which breaks the JSON.
    ours(&endpoint, "large", 2, 1_200_000);
    watchtower(&python, &endpoint, "large", 2, 1_200_000);
    assert_eq!(arrived(&services, "large", "ours"), (3, 3));
    let (whole, _) = arrived(&services, "large", "watchtower");
    assert!(whole < 3, "watchtower has learned to cut inside of fields: {whole}");

    // Throttling: both try again; ours waits in between, and never gives a batch up for it.
    for sender in ["ours", "watchtower"] {
        services.faults.throttle.store(4, Ordering::SeqCst);
        if sender == "ours" {
            ours(&endpoint, "throttled", 20, 0);
        } else {
            watchtower(&python, &endpoint, "throttled", 20, 0);
        }
    }
    assert_eq!(arrived(&services, "throttled", "ours"), (20, 20));
}
