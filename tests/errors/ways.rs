//! The ways of failing that a process survives.

use super::app::send;
use super::{methods, stage, with_native_frames};
use axum::body::to_bytes;
use serde_json::Value;

/// Sends a request that fails, and gives its only item.
async fn failing(way: &str, status: u16) -> Value {
    let stage = stage();
    let text = format!("text-{}", way.replace('/', "-"));
    let response = send(&format!("/{way}/{text}?token=hunter2&page=2")).await;
    assert_eq!(response.status(), status, "{way}");
    let id = response.headers().get("x-error-id").map(|it| it.to_str().expect("text").to_owned());
    let body = to_bytes(response.into_body(), 1 << 20).await;
    let item = stage.one(&text).await;
    if status == 500 {
        assert_eq!(id.as_deref(), item["uuid"].as_str(), "{way}: the client is told the id");
        let _ = body.expect("a whole answer");
    }
    assert!(!item.to_string().contains("hunter2"), "{way}: {item:#}");
    item
}

#[tokio::test]
async fn a_panic_in_the_handler() {
    let item = failing("panic", 500).await;
    let data = &item["data"];
    assert_eq!(data["body"]["trace"]["exception"]["class"], "panic");
    let methods = methods(&item);
    assert_eq!(methods.first(), Some(&"GET /panic/{text}"));
    assert!(methods[1].ends_with("::panics"), "{methods:?}");
    assert_eq!(methods.last(), Some(&"panic"));
    assert_eq!(data["context"], "/panic/{text}");
    assert_eq!(data["request"]["headers"]["authorization"], "REDACTED");
    assert_eq!(data["request"]["headers"]["cookie"], "REDACTED");
    assert_eq!(data["request"]["GET"]["page"], "2");
    assert_eq!(data["code_version"], "abc123");
    assert!(item["trace_id"].is_string(), "its trace is one click away");
}

#[tokio::test]
async fn a_panic_s_native_frames_lead_to_the_handler() {
    let item = with_native_frames("/panic", 500).await;
    let native = item["data"]["custom"]["native_backtrace"].as_array().expect("frames");
    let handler = native.iter().any(|it| it.as_str().is_some_and(|it| it.contains("app::panics")));
    assert!(handler, "{native:#?}");
}

#[tokio::test]
async fn a_panic_in_nested_functions() {
    let item = failing("nested", 500).await;
    let methods = methods(&item);
    let ends: Vec<_> = methods.iter().map(|it| it.rsplit("::").next().unwrap_or(it)).collect();
    assert_eq!(ends, ["GET /nested/{text}", "nested", "outer_step", "inner_step", "panic"]);
}

#[tokio::test]
async fn a_panic_in_a_spawned_task_with_our_helper() {
    let item = failing("task", 200).await;
    assert_eq!(item["data"]["request"]["method"], "GET", "the request is known there");
    assert!(item["trace_id"].is_string());
}

#[tokio::test]
async fn a_panic_in_a_spawned_task_without_it() {
    let item = failing("bare-task", 200).await;
    assert!(item["trace_id"].is_null(), "a bare task is in no trace");
}

#[tokio::test]
async fn a_task_s_panic_that_the_handler_unwraps() {
    failing("unwrapped-task", 500).await;
}

#[tokio::test]
async fn a_panic_in_the_body() {
    let item = failing("body", 200).await;
    assert_eq!(item["data"]["body"]["trace"]["exception"]["class"], "panic");
}

#[tokio::test]
async fn a_panic_by_resume_unwind() {
    let item = failing("resume", 500).await;
    assert!(methods(&item)[1].ends_with("::resume"));
}

#[tokio::test]
async fn an_err_at_three_depths() {
    for (depth, frames) in [(1, 2), (2, 3), (3, 4)] {
        let item = failing(&format!("depth/{depth}"), 500).await;
        let chain = item["data"]["body"]["trace_chain"].as_array().expect("a chain");
        assert_eq!(methods(&item).len(), frames, "{item:#}");
        assert_eq!(chain[0]["exception"]["message"], format!("text-depth-{depth}"));
        assert_eq!(chain[1]["exception"]["class"], "ParseIntError");
    }
}

#[tokio::test]
async fn an_err_that_is_recovered_or_a_422_is_none() {
    let stage = stage();
    for way in ["recovered", "unprocessable"] {
        send(&format!("/{way}/text-{way}")).await;
        assert!(stage.items(&format!("text-{way}")).await.is_empty(), "{way}");
    }
}

#[tokio::test]
async fn an_err_that_is_reported_twice_by_hand() {
    let item = failing("by-hand", 500).await;
    assert_eq!(item["data"]["custom"]["order.id"], 17);
    assert_eq!(item["data"]["custom"]["password"], "REDACTED");
    assert_eq!(item["data"]["request"]["method"], "GET");
}

#[tokio::test]
async fn a_panic_in_drop_while_unwinding() {
    let item = failing("drop", 500).await;
    assert_eq!(item["data"]["body"]["trace"]["exception"]["message"], "text-drop");
}

#[tokio::test]
async fn a_5xx_that_says_nothing() {
    let stage = stage();
    let response = send("/plain/x").await;
    assert_eq!(response.status(), 503);
    let id = response.headers()["x-error-id"].to_str().expect("text").to_owned();
    let item = stage.one(&id).await;
    assert_eq!(item["data"]["body"]["trace"]["exception"]["class"], "http.503");
    assert_eq!(methods(&item), ["GET /plain/{text}"]);
}

#[tokio::test]
async fn messages_carry_the_request() {
    let stage = stage();
    let response = send("/messages/text-messages").await;
    let ids = to_bytes(response.into_body(), 1000).await.expect("a body");
    let ids = String::from_utf8(ids.to_vec()).expect("text");
    let items = stage.items("text-messages").await;
    assert_eq!(items.len(), 2);
    for item in &items {
        assert!(ids.contains(item["uuid"].as_str().expect("an id")));
        assert_eq!(item["data"]["request"]["method"], "GET");
        assert_eq!(item["data"]["context"], "/messages/{text}");
    }
    let levels: Vec<_> = items.iter().map(|it| &it["data"]["level"]).collect();
    assert_eq!(levels, ["error", "warning"], "the latest first");
}

#[tokio::test]
async fn an_error_event_of_a_request_that_fails_is_that_failure() {
    let item = failing("logged", 500).await;
    let data = &item["data"];
    assert_eq!(
        data["body"]["trace"]["exception"]["class"], "http.500",
        "the failure, not the event"
    );
    assert_eq!(methods(&item).first(), Some(&"GET /logged/{text}"));
}

#[tokio::test]
async fn an_error_event_of_a_request_that_ends_well_is_one_item() {
    let item = failing("only-logged", 200).await;
    let chain = &item["data"]["body"]["trace_chain"];
    assert_eq!(chain[0]["exception"]["message"], "text-only-logged");
    assert_eq!(chain[1]["exception"]["message"], "invalid digit found in string");
    assert_eq!(item["data"]["custom"]["token"], "REDACTED");
    assert_eq!(item["data"]["context"], "/only-logged/{text}");
    assert!(item["trace_id"].is_string());
}

#[tokio::test]
async fn a_panic_that_tower_http_catches_and_logs_is_one_item() {
    let item = failing("caught", 500).await;
    assert_eq!(item["data"]["body"]["trace"]["exception"]["class"], "panic");
    assert_eq!(item["data"]["body"]["trace"]["exception"]["message"], "text-caught");
    assert!(methods(&item)[1].ends_with("::panics"), "{item:#}");
}

/// What Rollbar would group: a task and a stream that fail in one file are two failures.
#[tokio::test]
async fn ways_of_failing_in_one_file_are_items_of_their_own() {
    let stage = stage();
    let mut groups = std::collections::BTreeSet::new();
    let ways = ["task", "bare-task", "body", "panic", "nested", "resume", "caught", "logged"];
    for way in ways {
        let text = format!("text-group-{way}");
        let response = send(&format!("/{way}/{text}")).await;
        let _ = to_bytes(response.into_body(), 1 << 20).await;
        let item = stage.one(&text).await;
        groups.insert(item["item"].as_str().expect("a group").to_owned());
    }
    assert_eq!(groups.len(), ways.len());
}
