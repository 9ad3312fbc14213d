//! From tower-http's `TraceLayer`, axum-tracing-opentelemetry and tower-otel.

#[rustfmt::skip]
mod after;
mod before;

use super::document::{ask, check, spans};

#[tokio::test]
async fn both_sides_run() {
    assert_eq!(ask(before::app(), "/users/7").await, "user");
    let (captured, answer) = spans(after::app(), "/users/7").await;
    assert_eq!((captured.spans().len(), answer.as_str()), (1, "user"));
    let _ = captured.span("GET /users/{id}");
}

#[test]
fn the_document_has_this_code() {
    check("tower-http's `TraceLayer`", include_str!("before.rs"), include_str!("after.rs"));
}
