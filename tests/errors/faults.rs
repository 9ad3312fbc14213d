//! Rollbar's own faults: outage, limits, refusals and malformed answers are outlived and counted.

use super::{console, occurrences};
use serde_json::{Value, json};
use std::process::Command;

/// A program that reports once, to a Rollbar that answers so first: what it says of its account, and
/// how many items arrived.
async fn once(demands: &[Value]) -> (String, usize) {
    let console = console();
    let client = reqwest::Client::new();
    for demand in demands {
        let url = format!("{}/api/errors/demand", console.url());
        let answer = client.post(url).json(demand).send().await.expect("an answer");
        assert!(answer.status().is_success());
    }
    let said = run(&format!("{}/api/1/", console.url())).await;
    (said, occurrences(&console, "fails:").await.len())
}

async fn run(endpoint: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fails"));
    command.arg("once").arg(endpoint).stderr(std::process::Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("it runs");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[tokio::test]
async fn a_rate_limit_is_waited_for() {
    let (said, items) = once(&[json!({ "status": 429, "seconds": 1 })]).await;
    assert_eq!((said.as_str(), items), ("accepted 1 sent 1 retries 1 lost []", 1));
}

#[tokio::test]
async fn an_outage_and_a_malformed_answer_are_tried_again() {
    let demands =
        [json!({ "status": 503 }), json!({ "status": 200, "body": "<html>not Rollbar</html>" })];
    let (said, items) = once(&demands).await;
    assert_eq!((said.as_str(), items), ("accepted 1 sent 1 retries 2 lost []", 1));
}

#[tokio::test]
async fn what_is_too_large_is_sent_in_its_least_form() {
    let (said, items) = once(&[json!({ "status": 413 })]).await;
    assert_eq!((said.as_str(), items), ("accepted 1 sent 1 retries 1 lost []", 1));
}

#[tokio::test]
async fn a_refusal_is_counted() {
    let (said, items) = once(&[json!({ "status": 422 })]).await;
    assert_eq!((said.as_str(), items), ("accepted 1 sent 0 retries 0 lost [(Rejected, 1)]", 0));
}

#[tokio::test]
async fn nobody_there_is_counted() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let said = run(&format!("http://{address}/api/1/")).await;
    assert!(said.starts_with("accepted 1 sent 0"), "{said}");
    assert!(said.contains("(Shutdown, 1)") || said.contains("(RetriesExhausted, 1)"), "{said}");
}
