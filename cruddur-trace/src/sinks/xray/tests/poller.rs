//! The poller against a service that answers nonsense, fails, and gets better.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;

use crate::record::clock;
use crate::sampling::xray::{CentralRules, LocalRules, RequestToSample, SampledService};
use crate::sinks::xray::{Poller, XrayCalls};

const RULES: &str = r#"{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"Cruddur","Version":1,
    "Priority":1,"FixedRate":1.0,"ReservoirSize":0}}]}"#;

/// What `GetSamplingRules` answers, one after the other; the last one stays.
const ANSWERS: [(u16, &str); 4] =
    [(200, "<html>"), (503, ""), (400, r#"{"__type":"ThrottledException"}"#), (200, RULES)];

async fn rules(State(calls): State<Arc<AtomicUsize>>) -> (StatusCode, &'static str) {
    let index = calls.fetch_add(1, Ordering::Relaxed).min(ANSWERS.len() - 1);
    let (status, body) = ANSWERS[index];
    (StatusCode::from_u16(status).expect("a status"), body)
}

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn tell(text: &str) {
    TOLD.lock().expect("not poisoned").push(text.to_owned());
}

#[tokio::test]
async fn nonsense_and_failures_leave_the_fallback_and_what_was_counted() {
    let router = Router::new()
        .route("/GetSamplingRules", post(rules))
        .route("/SamplingTargets", post(|| async { "not JSON" }))
        .with_state(Arc::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let central = CentralRules::new(SampledService::default(), LocalRules::default(), 1);
    let central = Arc::new(central);
    let calls = XrayCalls::unsigned(base).expect("a client");
    let mut poller = Poller::new(Arc::clone(&central), calls, Duration::from_secs(300), tell);
    let decide = || central.decide(&RequestToSample::new("h", "GET", "/"), clock::now(), 1);
    for _ in 1..ANSWERS.len() {
        assert!(!poller.fetch().await);
        // Nobody waits, nobody fails: the fallback decides, which has no name.
        assert_eq!(decide().rule, None);
    }
    assert!(poller.fetch().await);
    assert_eq!(decide().rule.as_deref(), Some("Cruddur"));
    // An answer that is none: what was counted is reported again.
    let now = clock::now();
    assert!(!poller.report().await);
    assert_eq!(central.report(now).len(), 1);
    let told = TOLD.lock().expect("not poisoned").join("\n");
    for expected in ["no list of sampling rules", "HTTP 503", "ThrottledException", "reported"] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
}
