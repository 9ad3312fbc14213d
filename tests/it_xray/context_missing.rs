//! `AWS_XRAY_CONTEXT_MISSING`, whose words are those of AWS's SDKs.

use std::time::Duration;

use cruddur_trace::{Telemetry, span};

use super::{SENDER, child};

/// Not a test by itself: calls that need a trace, where there is none.
#[tokio::test]
async fn calls_outside_of_any_trace() {
    if std::env::var_os(SENDER).is_none() {
        return;
    }
    let telemetry = Telemetry::from_env().expect("valid").default_service("cruddur-backend");
    let telemetry = telemetry.start().expect("telemetry starts");
    for _ in 0..2 {
        span::set_attribute("app.userId", "andrewbrown");
        span::add_event("noted", Vec::new());
    }
    telemetry.shutdown(Duration::from_secs(5)).await;
    println!("no handler failed");
}

#[tokio::test]
async fn a_missing_context_is_told_as_asked_and_fails_nobody() {
    let name = "context_missing::calls_outside_of_any_trace";
    for (value, expected) in
        [(None, 2), (Some("LOG_ERROR"), 2), (Some("RUNTIME_ERROR"), 2), (Some("IGNORE_ERROR"), 0)]
    {
        let mut variables = vec![("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")];
        variables.extend(value.map(|it| ("AWS_XRAY_CONTEXT_MISSING", it)));
        let said = child(name, &variables).await;
        // Once for each call, however often it is made.
        assert_eq!(said.matches("outside of any trace").count(), expected, "{value:?}: {said}");
        assert!(said.contains("no handler failed"), "{said}");
    }
}
