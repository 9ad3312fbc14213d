//! From tracing-opentelemetry.

#[allow(dead_code, reason = "a subscriber is set once in a process")]
mod after;
#[allow(dead_code, reason = "a subscriber is set once in a process")]
mod before;

use super::document::{ask, check, spans};

#[tokio::test]
async fn both_sides_run() {
    assert_eq!(ask(before::app(), "/").await, "3");
    let (captured, answer) = spans(after::app(), "/").await;
    assert_eq!(answer, "3");
    let home = captured.span("home");
    assert_eq!(home.attribute("user"), Some(&"bayko".into()));
    assert_eq!(captured.span("query").parent_id, Some(home.span_id));
}

#[test]
fn the_document_has_this_code() {
    check("tracing-opentelemetry", include_str!("before.rs"), include_str!("after.rs"));
}
