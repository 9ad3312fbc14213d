//! From sentry-tower.

#[rustfmt::skip]
mod after;
mod before;

use super::document::{ask, check, spans};

#[tokio::test]
async fn both_sides_run() {
    assert_eq!(ask(before::app(), "/fails").await, "");
    let (captured, _) = spans(after::app(), "/fails").await;
    assert_eq!(captured.span("GET /fails").attribute("error.type"), Some(&"502".into()));
    // One failure, one report.
    assert_eq!(captured.reports().len(), 1);
}

#[test]
fn the_document_has_this_code() {
    check("sentry-tower", include_str!("before.rs"), include_str!("after.rs"));
}
