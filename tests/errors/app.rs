//! A service with a route for each way of failing. Each route's text stands nowhere else.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cruddur_trace::errors::{ReportLevel, report_message};
use cruddur_trace::{ObserveLayer, observe, report_error};
use std::fmt;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

/// An error that becomes a response: 500, or 422 where it is the client's fault.
#[derive(Debug)]
pub(crate) struct AppError {
    message: String,
    cause: Option<std::num::ParseIntError>,
    status: StatusCode,
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|it| it as _)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        (self.status, "failed").into_response()
    }
}

fn app_error(message: String, status: StatusCode) -> AppError {
    AppError { message, cause: "x".parse::<u32>().err(), status }
}

pub(crate) fn app() -> Router {
    Router::new()
        .route("/panic/{text}", get(panics))
        .route("/storm/{text}", get(storm))
        .route("/nested/{text}", get(nested))
        .route("/task/{text}", get(task))
        .route("/bare-task/{text}", get(bare_task))
        .route("/unwrapped-task/{text}", get(unwrapped_task))
        .route("/body/{text}", get(body))
        .route("/resume/{text}", get(resume))
        .route("/depth/{depth}/{text}", get(depth))
        .route("/recovered/{text}", get(recovered))
        .route("/unprocessable/{text}", get(unprocessable))
        .route("/by-hand/{text}", get(by_hand))
        .route("/drop/{text}", get(drops))
        .route("/messages/{text}", get(messages))
        .route("/plain/{text}", get(plain))
        .route("/logged/{text}", get(logged))
        .route("/only-logged/{text}", get(only_logged))
        .route("/bytes/{text}", get(panics))
        .route("/long", get(long))
        .route("/deep/{text}", get(deep))
        .merge(Router::new().route("/caught/{text}", get(panics)).layer(CatchPanicLayer::new()))
        .layer(ObserveLayer::new())
}

pub(crate) async fn send(path: &str) -> Response {
    send_with(path, &[]).await
}

/// With headers that need not be text.
pub(crate) async fn send_with(path: &str, headers: &[(&str, &[u8])]) -> Response {
    let peer = std::net::SocketAddr::from(([192, 0, 2, 77], 4711));
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .extension(axum::extract::ConnectInfo(peer))
        .header("host", "cruddur.example")
        .header("authorization", "Bearer hunter2hunter2")
        .header("cookie", "sid=hunter2")
        .header("user-agent", "tests")
        .body(Body::empty())
        .expect("a request");
    let _under_way = super::REQUESTS.read().await;
    app().oneshot(request).await.expect("an answer")
}

#[observe]
async fn panics(Path(text): Path<String>) -> &'static str {
    panic!("{text}")
}

#[observe]
async fn storm(Path(text): Path<String>) -> &'static str {
    panic!("{text}")
}

#[observe]
async fn nested(Path(text): Path<String>) -> &'static str {
    outer_step(text).await
}

#[observe]
async fn outer_step(text: String) -> &'static str {
    tokio::task::yield_now().await;
    inner_step(&text)
}

#[observe]
fn inner_step(text: &str) -> &'static str {
    panic!("{text}")
}

#[observe]
async fn task(Path(text): Path<String>) -> String {
    let task = cruddur_trace::spawn(async move { panic!("{text}") });
    let outcome: Result<(), _> = task.await;
    format!("{}", outcome.is_err())
}

#[observe]
async fn bare_task(Path(text): Path<String>) -> String {
    let task = tokio::spawn(async move { panic!("{text}") });
    let outcome: Result<(), _> = task.await;
    format!("{}", outcome.is_err())
}

#[observe]
async fn unwrapped_task(Path(text): Path<String>) -> &'static str {
    let task = cruddur_trace::spawn(async move { panic!("{text}") });
    let outcome: Result<(), _> = task.await;
    outcome.expect("the task");
    "well"
}

async fn body(Path(text): Path<String>) -> Response {
    let chunks = futures::stream::unfold(0, move |sent| {
        let text = text.clone();
        async move {
            assert!(sent < 2, "{text}");
            Some((Ok::<_, std::convert::Infallible>(Bytes::from_static(b"chunk")), sent + 1))
        }
    });
    Body::from_stream(chunks).into_response()
}

#[observe]
async fn resume(Path(text): Path<String>) -> &'static str {
    std::panic::resume_unwind(Box::new(text))
}

#[observe]
async fn depth(Path((depth, text)): Path<(u32, String)>) -> Result<&'static str, AppError> {
    if depth == 1 {
        return Err(app_error(text, StatusCode::INTERNAL_SERVER_ERROR));
    }
    depth_two(depth, text).await
}

#[observe]
async fn depth_two(depth: u32, text: String) -> Result<&'static str, AppError> {
    if depth == 2 {
        return Err(app_error(text, StatusCode::INTERNAL_SERVER_ERROR));
    }
    depth_three(text)
}

#[observe]
fn depth_three(text: String) -> Result<&'static str, AppError> {
    Err(app_error(text, StatusCode::INTERNAL_SERVER_ERROR))
}

#[observe]
async fn recovered(Path(text): Path<String>) -> &'static str {
    depth_three(text).unwrap_or("recovered")
}

#[observe]
async fn unprocessable(Path(text): Path<String>) -> Result<&'static str, AppError> {
    Err(app_error(text, StatusCode::UNPROCESSABLE_ENTITY))
}

#[observe]
async fn by_hand(Path(text): Path<String>) -> Result<String, AppError> {
    let error = app_error(text, StatusCode::INTERNAL_SERVER_ERROR);
    let first = report_error!(error, "order.id" = 17, "password" = "hunter2");
    assert_eq!(report_error!(error), first);
    Err(error)
}

struct Careless(String);

impl Drop for Careless {
    fn drop(&mut self) {
        let text = self.0.clone();
        let _ = std::panic::catch_unwind(move || panic!("second of {text}"));
    }
}

#[observe]
async fn drops(Path(text): Path<String>) -> &'static str {
    let _careless = Careless(text.clone());
    panic!("{text}")
}

#[observe]
async fn messages(Path(text): Path<String>) -> String {
    let warning = report_message(ReportLevel::Warning, format!("Hello {text}"));
    let error = report_message(ReportLevel::Error, format!("Die {text}"));
    format!("{warning}, {error}")
}

/// Says that it failed, and answers that it failed.
#[observe]
async fn logged(Path(text): Path<String>) -> StatusCode {
    tracing::error!(order = 17, "{text}: the store is away");
    StatusCode::INTERNAL_SERVER_ERROR
}

/// Says that something failed, twice, and answers well all the same.
#[observe]
async fn only_logged(Path(text): Path<String>) -> &'static str {
    for _ in 0..2 {
        let cause = "x".parse::<u32>().unwrap_err();
        let cause: &dyn std::error::Error = &cause;
        tracing::error!(error = cause, token = "hunter2", "{text}");
    }
    tracing::warn!("a warning of {text}");
    "well"
}

/// A message of 50 MB.
#[observe]
async fn long() {
    panic!("text-long {}", "x".repeat(50 << 20));
}

/// A stack of 10,000 frames.
#[observe]
async fn deep(Path(text): Path<String>) {
    let below = std::thread::Builder::new().stack_size(256 << 20);
    let thread = below.spawn(move || std::panic::catch_unwind(|| deep_root(&text)).is_err());
    assert!(thread.expect("a thread").join().expect("caught"));
}

#[observe(root)]
fn deep_root(text: &str) -> u32 {
    down(10_000, text)
}

#[observe]
fn down(depth: u32, text: &str) -> u32 {
    assert!(depth > 0, "{text}");
    down(depth - 1, text) + 1
}

/// Not observed, and it says nothing but its status.
async fn plain(Path(_): Path<String>) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}
