//! From fastrace.

mod after;
mod before;

use super::document::{ask, check, spans};

#[tokio::test]
async fn both_sides_run() {
    assert_eq!(ask(before::app(), "/").await, "hello, bayko");
    let (captured, answer) = spans(after::app(), "/").await;
    assert_eq!(answer, "hello, bayko");
    let home = captured.span("home");
    assert_eq!(home.attribute("user"), Some(&"bayko".into()));
    assert_eq!(captured.span("greeting").parent_id, Some(home.span_id));
    assert_eq!(captured.span("greeting").attribute("greeted"), Some(&"yes".into()));
}

#[test]
fn the_document_has_this_code() {
    check("fastrace", include_str!("before.rs"), include_str!("after.rs"));
}
