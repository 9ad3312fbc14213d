//! Routes that are made to fail, one for each way, so that what a failure leaves behind can be seen.

use std::convert::Infallible;
use std::fmt;
use std::num::ParseIntError;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::IntoResponse;
use bytes::Bytes;
use cruddur_trace::errors::{ReportLevel, report_message};
use cruddur_trace::observe;
use futures::stream;
use serde_json::{Value, json};

use crate::error::AppError;

/// The header that says which reports a request led to.
const ERROR_ID: HeaderName = HeaderName::from_static("x-error-id");

/// `GET /rollbar/test`: the original's two messages.
#[observe]
pub(crate) async fn rollbar_test() -> impl IntoResponse {
    let warning = report_message(ReportLevel::Warning, "Hello World!");
    let error = report_message(ReportLevel::Error, "Die World!");
    let ids = HeaderValue::try_from(format!("{warning}, {error}")).expect("ids are plain ASCII");
    let mut headers = HeaderMap::new();
    headers.insert(ERROR_ID, ids);
    (headers, "Hello World!")
}

/// `GET /fail/panic`
#[observe]
pub(crate) async fn panic() -> Json<Value> {
    let replies: Vec<&str> = Vec::new();
    // The fault that this route is there to show.
    Json(json!(replies[usize::from(replies.is_empty())]))
}

/// `GET /fail/error`: an error with two causes.
#[observe]
pub(crate) async fn error() -> Result<Json<Value>, AppError> {
    let count = count_of("forty-two").map_err(|error| AppError::Failed(Box::new(error)))?;
    Ok(Json(json!({ "count": count })))
}

/// `GET /fail/spawned`: a task of the request panics; the request itself is well.
#[observe]
pub(crate) async fn spawned() -> Json<Value> {
    let task = cruddur_trace::spawn(async {
        tokio::task::yield_now().await;
        panic!("the spawned task gave up");
    });
    // Waited for, so that whoever looks finds the report when the answer is there.
    let outcome: Result<(), _> = task.await;
    Json(json!({ "task": if outcome.is_err() { "panicked" } else { "done" } }))
}

/// `GET /fail/stream`: the answer begins well and breaks off.
pub(crate) async fn stream() -> impl IntoResponse {
    let chunks = stream::unfold(0, |sent| async move {
        tokio::task::yield_now().await;
        assert!(sent < 3, "the stream broke off after {sent} chunks");
        let chunk = Bytes::from(format!("chunk {sent}\n"));
        Some((Ok::<_, Infallible>(chunk), sent + 1))
    });
    Body::from_stream(chunks)
}

/// A count that could not be read.
#[derive(Debug)]
struct CountError {
    text: String,
    cause: ParseIntError,
}

#[observe]
fn count_of(text: &str) -> Result<u32, CountError> {
    text.parse().map_err(|cause| CountError { text: text.to_owned(), cause })
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no count", self.text)
    }
}

impl std::error::Error for CountError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
