//! `report_if`: a failure is reported once, however many functions on its way ask for a report and
//! whatever becomes of its request.
#![cfg(feature = "tower")]

use std::error::Error;
use std::fmt;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use cruddur_trace::errors::ErrorReport;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;
use cruddur_trace::{ObserveLayer, observe};
use futures::executor::block_on;
use tower::ServiceExt;

#[derive(Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("the disk is full")
    }
}

impl Error for Full {}

#[derive(Debug)]
struct Internal;

impl fmt::Display for Internal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("something went wrong")
    }
}

impl Error for Internal {}

#[observe(report_if = |_: &Full| true)]
fn writes() -> Result<(), Full> {
    Err(Full)
}

#[observe(report_if = |_: &Full| true, capture = class)]
async fn writes_a_secret() -> Result<(), Full> {
    Err(Full)
}

#[observe]
fn does_not_ask() -> Result<(), Full> {
    Err(Full)
}

#[observe(report_if = |_: &Internal| true)]
async fn wraps(write: fn() -> Result<(), Full>) -> Result<(), Internal> {
    write().map_err(|_| Internal)
}

#[observe(report_if = |_: &Full| false)]
fn declines() -> Result<(), Full> {
    Err(Full)
}

#[observe]
async fn answers_500() -> Result<(), StatusCode> {
    writes().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn secret_500() -> Result<(), StatusCode> {
    writes_a_secret().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn wrapped_500() -> Result<(), StatusCode> {
    wraps(writes).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn asked_above_500() -> Result<(), StatusCode> {
    wraps(does_not_ask).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn recovers() -> &'static str {
    if wraps(writes).await.is_err() { "recovered" } else { "well" }
}

async fn fails_twice() -> &'static str {
    let _ = writes();
    let _ = writes();
    "recovered"
}

async fn declined() -> &'static str {
    if declines().is_err() { "recovered" } else { "well" }
}

/// The reports of one request, and the id that its client was told.
fn request(path: &str, sampling: Sampling) -> (Vec<ErrorReport>, Option<String>) {
    let app = Router::new()
        .route("/500", get(answers_500))
        .route("/secret", get(secret_500))
        .route("/wrapped", get(wrapped_500))
        .route("/above", get(asked_above_500))
        .route("/recovers", get(recovers))
        .route("/twice", get(fails_twice))
        .route("/declined", get(declined))
        .layer(ObserveLayer::new());
    let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
    let (captured, response) = Capture::new(sampling)
        .without_root()
        .run(|| block_on(app.oneshot(request)).expect("an answer"));
    let id = response.headers().get("x-error-id").map(|it| it.to_str().expect("text").to_owned());
    drop(response);
    (captured.reports().to_vec(), id)
}

#[test]
fn one_failure_is_one_report_with_one_id() {
    for sampling in [Sampling::ALWAYS, Sampling::DROP] {
        let check = |path: &str, expected: &str| {
            let (reports, id) = request(path, sampling.clone());
            let told: Vec<_> = reports.iter().map(|it| &*it.error.message).collect();
            assert_eq!(told, [expected], "{path} {sampling:?}");
            let is_500 = matches!(path, "/500" | "/secret" | "/wrapped" | "/above");
            assert_eq!(id.as_deref(), is_500.then_some(&*reports[0].id), "{path} {sampling:?}");
        };
        check("/500", "the disk is full");
        check("/secret", "");
        check("/wrapped", "the disk is full");
        check("/above", "the disk is full");
        check("/recovers", "the disk is full");
        check("/twice", "the disk is full");
    }
}

#[test]
fn a_report_that_is_declined_is_not_made() {
    assert!(request("/declined", Sampling::ALWAYS).0.is_empty());
}

#[test]
fn a_report_names_the_way_of_the_failure() {
    let (reports, _) = request("/above", Sampling::ALWAYS);
    let functions: Vec<_> = reports[0].frames.iter().map(|it| it.function.as_str()).collect();
    let ends: Vec<_> = functions.iter().map(|it| it.rsplit("::").next().unwrap_or(it)).collect();
    assert_eq!(ends, ["wraps", "does_not_ask"]);
}
