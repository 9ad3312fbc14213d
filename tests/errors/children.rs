//! The ways of failing that a process does not survive: each in a process of its own.

use super::{console, occurrences};
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs the program that fails; gives whether it ended well, and its items.
async fn child(way: &str) -> (bool, Vec<serde_json::Value>) {
    let console = console();
    let endpoint = format!("{}/api/1/", console.url());
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fails"));
    command.arg(way).arg(endpoint).stderr(std::process::Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status()).await;
    let status = status.expect("no panic").expect("it runs");
    assert!(started.elapsed() < Duration::from_secs(30), "{way}: {:?}", started.elapsed());
    let items = occurrences(&console, "fails:").await;
    (status.success(), items)
}

async fn check(way: &str, survives: bool) -> serde_json::Value {
    let (success, mut items) = child(way).await;
    assert_eq!(items.len(), 1, "{way}: {items:#?}");
    assert_eq!(success, survives, "{way}");
    let item = items.remove(0);
    assert!(item.to_string().contains(&format!("fails: {way}")));
    item
}

#[tokio::test]
async fn a_panic_that_aborts_the_process() {
    let item = check("abort", false).await;
    assert_eq!(item["data"]["level"], "critical");
    assert!(item["trace_id"].is_string());
}

#[tokio::test]
async fn a_panic_in_the_hook_itself() {
    check("hook", false).await;
}

#[tokio::test]
async fn a_panic_in_drop_while_unwinding_that_aborts() {
    check("drop", false).await;
}

#[tokio::test]
async fn a_panic_in_a_thread_outside_of_any_request() {
    check("thread", true).await;
}

#[tokio::test]
async fn a_panic_in_a_root_outside_of_any_request() {
    let item = check("main", true).await;
    assert!(super::methods(&item)[0].ends_with("in_a_trace"));
}

#[tokio::test]
async fn a_message_just_before_the_end() {
    check("dropped", true).await;
}
