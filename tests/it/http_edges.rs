//! Edge cases of HTTP over a real connection: what is odd about the request line, the host, the
//! headers and the body, and every way in which a handler may end. For each: what the client gets and
//! what its span says.

mod endings;
mod requests;

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::error_handling::HandleErrorLayer;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::record::{MetricData, Sampling, SpanRecord, Status};
use cruddur_trace::testing::Capture;
use futures::StreamExt as _;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::timeout::TimeoutLayer;

/// An extractor that panics.
struct Panics;

impl<S: Sync> FromRequestParts<S> for Panics {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        std::panic::resume_unwind(Box::new("in an extractor"))
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::resume_unwind(Box::new("in a destructor"));
        }
    }
}

async fn panicking(request: axum::extract::Request, _: middleware::Next) -> Response {
    drop(request);
    std::panic::resume_unwind(Box::new("in a middleware"))
}

fn bytes(status: StatusCode, body: &'static str) -> Response {
    let mut response = Body::from(body).into_response();
    *response.status_mut() = status;
    response
}

fn app() -> Router {
    let shed = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(|_| async { StatusCode::SERVICE_UNAVAILABLE }))
        .load_shed()
        .concurrency_limit(0);
    let inner = Router::new()
        .route("/items/{id}", get(|| async { "item" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here") });
    Router::new()
        .route("/ok", any(|| async { "ok" }))
        .route("/get", get(|| async { "got" }))
        .route("/users/{id}", get(|| async { "user" }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/ignore", post(|| async { "not read" }))
        .route("/range", get(|| async { bytes(StatusCode::PARTIAL_CONTENT, "part") }))
        .route("/204", get(|| async { bytes(StatusCode::NO_CONTENT, "forbidden") }))
        .route("/304", get(|| async { bytes(StatusCode::NOT_MODIFIED, "forbidden") }))
        .route("/empty", get(|| async { Body::empty() }))
        .route("/moved", get(|| async { Redirect::permanent("/ok") }))
        .route("/teapot", get(|| async { StatusCode::IM_A_TEAPOT }))
        .route("/extractor", get(|_: Panics| async { "never" }))
        .route(
            "/payload",
            get(|| async {
                if true {
                    std::panic::resume_unwind(Box::new(7_u8))
                }
            }),
        )
        .route("/drop", get(|| async { drop(Bomb) }))
        .route(
            "/late",
            get(|| async {
                let stream = futures::stream::iter([Ok::<_, Infallible>("one")]).chain(
                    futures::stream::once(async {
                        std::panic::resume_unwind(Box::new(String::from("late")))
                    }),
                );
                Body::from_stream(stream)
            }),
        )
        .route("/middleware", get(|| async { "never" }).layer(middleware::from_fn(panicking)))
        .route("/shed", get(|| async { "never" }).layer(shed))
        .nest("/inner", inner)
}

struct Rig {
    address: String,
    capture: Capture,
    metrics: Arc<HttpMetrics>,
}

impl Rig {
    async fn start(app: impl FnOnce(ObserveLayer) -> Router) -> Self {
        let metrics = Arc::new(HttpMetrics::new());
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer = ObserveLayer::new()
            .record_into(Arc::clone(&metrics))
            .collect_into(capture.collector())
            .trust_proxies(["127.0.0.1"])
            .expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let app = app(layer).into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, capture, metrics }
    }

    fn active(&self) -> i64 {
        let mut active = 0;
        for metric in self.metrics.snapshot().metrics {
            if let ("http.server.active_requests", MetricData::Gauge(points)) =
                (metric.name, metric.data)
            {
                active += points.iter().map(|point| point.value).sum::<i64>();
            }
        }
        active
    }

    /// What comes back until the server closes, or says no more for a while.
    async fn ask(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        stream.write_all(request).await.expect("sent");
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), reading).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// All spans of one request after the other, once the server is through.
    async fn spans(&self) -> Vec<SpanRecord> {
        for _ in 0..4_000 {
            if self.active() == 0 {
                return self.capture.captured().spans().into_iter().cloned().collect();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("a request is still at work");
    }
}

const SHOWN: &[&str] = &[
    "http.request.method_original",
    "url.path",
    "url.query",
    "url.scheme",
    "server.address",
    "server.port",
    "client.address",
    "network.protocol.version",
    "user_agent.original",
    "http.response.status_code",
    "error.type",
];

fn show(span: &SpanRecord) -> String {
    let mut shown = format!("{} {:?}", span.name, span.outcome);
    if span.status != Status::Unset {
        shown.push_str(" status=error");
    }
    for key in SHOWN {
        if let Some(value) = span.attribute(key) {
            let value = value.to_string();
            let value = if value.len() > 60 { format!("({} bytes)", value.len()) } else { value };
            let _ = write!(shown, " {}={value}", key.replace("network.protocol.", ""));
        }
    }
    shown
}

fn request(line: &str, headers: &[&str]) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\n");
    for header in headers {
        let _ = write!(text, "{header}\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    text.into_bytes()
}

fn plain(line: &str) -> Vec<u8> {
    request(line, &["Host: a.example"])
}

async fn probe(rig: &Rig, cases: &[(&str, Vec<u8>)]) -> String {
    let mut shown = String::new();
    for (name, request) in cases {
        let answer = rig.ask(request).await;
        let line = answer.lines().next().unwrap_or("nothing").replace("HTTP/1.1 ", "");
        let spans: Vec<String> = rig.spans().await.iter().map(show).collect();
        let spans = if spans.is_empty() { "no span".to_owned() } else { spans.join("\n    ") };
        let _ = writeln!(shown, "{name}: {line}\n    {spans}");
    }
    shown
}
