//! Twenty awkward requests over a real connection: what the client gets, the span, and the metrics.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::WebSocketUpgrade;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::record::{MetricData, MetricsSnapshot, Sampling, Status};
use cruddur_trace::testing::{Capture, Captured};
use futures::StreamExt;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_http::timeout::TimeoutLayer;

/// What a client does with the answer.
enum Reads {
    /// All of it.
    All,
    /// This much, and then it goes away.
    Until(&'static str),
    /// Nothing: it goes away at once.
    Nothing,
}

fn chunks(count: usize) -> impl futures::Stream<Item = Result<&'static str, std::io::Error>> {
    futures::stream::iter(0..count).then(|_| async {
        tokio::task::yield_now().await;
        Ok("chunk")
    })
}

fn app() -> Router {
    let nested = Router::new().route("/{id}", get(|| async { "nested" }));
    let slow = Router::new().route("/slow", get(std::future::pending::<&str>)).layer(
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(5)),
    );
    Router::new()
        .route("/ok", get(|| async { "ok" }))
        .route("/pending", get(std::future::pending::<&str>))
        .route(
            "/panic",
            get(|| async {
                if true {
                    std::panic::resume_unwind(Box::new("oh no"))
                }
            }),
        )
        .route("/stream", get(|| async { Body::from_stream(chunks(3)) }))
        .route("/endless", get(|| async { Body::from_stream(chunks(usize::MAX)) }))
        .route(
            "/events",
            get(|| async {
                Sse::new(
                    chunks(usize::MAX).map(|_| Ok::<_, Infallible>(Event::default().data("x"))),
                )
            }),
        )
        .route(
            "/socket",
            get(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(|_| async {}) }),
        )
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route("/cached", get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/busy", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route(
            "/broken",
            get(|| async {
                let broken = futures::stream::once(async { Err(std::io::Error::other("disk")) });
                Body::from_stream(chunks(1).chain(broken))
            }),
        )
        .route(
            "/bodypanic",
            get(|| async {
                let panics = futures::stream::once(async {
                    std::panic::resume_unwind(Box::new("in the body"))
                });
                Body::from_stream(chunks(1).chain(panics))
            }),
        )
        .route("/health", get(|| async { "well" }))
        .route(
            "/length",
            get(|| async {
                Response::builder()
                    .header("content-length", 5)
                    .body(Body::from("12345"))
                    .expect("valid")
            }),
        )
        .nest("/api", nested)
        .merge(slow)
}

async fn start(layer: ObserveLayer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let app = app().layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn ask(address: &str, request: &str, reads: &Reads) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    match reads {
        Reads::All => {
            let _ = stream.read_to_end(&mut answer).await;
        }
        Reads::Until(text) => {
            let mut part = [0; 1_024];
            while !String::from_utf8_lossy(&answer).contains(text) {
                let length = stream.read(&mut part).await.expect("more to come");
                assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
                answer.extend_from_slice(&part[..length]);
            }
        }
        // Until the handler has begun.
        Reads::Nothing => tokio::time::sleep(Duration::from_millis(20)).await,
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn active(snapshot: &MetricsSnapshot) -> i64 {
    let gauge = snapshot.metrics.iter().find(|it| it.name == "http.server.active_requests");
    match gauge.map(|gauge| &gauge.data) {
        Some(MetricData::Gauge(points)) => points.iter().map(|point| point.value).sum(),
        _ => 0,
    }
}

/// Waits until the server is through with the request.
async fn settled(metrics: &HttpMetrics) {
    for _ in 0..2_000 {
        if active(&metrics.snapshot()) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("a request is still at work");
}

fn show_span(captured: &Captured) -> String {
    let mut shown = String::new();
    for span in captured.spans() {
        let _ = write!(shown, "{} {:?}", span.name, span.outcome);
        if span.status != Status::Unset {
            shown.push_str(" status=error");
        }
        for key in ["http.response.status_code", "error.type", "app.stream"] {
            if let Some(value) = span.attribute(key) {
                let _ = write!(shown, " {}={value}", key.rsplit('.').next().unwrap_or_default());
            }
        }
        if let Some(error) = &span.error {
            let _ = write!(shown, " error={:?}", error.message);
        }
    }
    if shown.is_empty() { "no span".to_owned() } else { shown }
}

#[tokio::test]
async fn twenty_awkward_requests() {
    let upgrade = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let oversize = format!("GET /ok HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(600_000));
    let plain = |line: &str| format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let requests = [
        ("fine", plain("GET /ok"), Reads::All),
        ("unknown method", plain("BREW /ok"), Reads::All),
        ("404", plain("GET /nowhere"), Reads::All),
        ("nested", plain("GET /api/7"), Reads::All),
        ("nested 404", plain("GET /api/7/8"), Reads::All),
        ("405", plain("POST /ok"), Reads::All),
        ("panic", plain("GET /panic"), Reads::All),
        ("cancelled", plain("GET /pending"), Reads::Nothing),
        ("stream", plain("GET /stream"), Reads::All),
        ("dropped stream", plain("GET /endless"), Reads::Until("chunk")),
        ("dropped events", plain("GET /events"), Reads::Until("data: x")),
        ("upgrade", upgrade.to_owned(), Reads::Until("\r\n\r\n")),
        ("oversize headers", oversize, Reads::Until("HTTP/1.1")),
        ("HEAD", plain("HEAD /length"), Reads::All),
        ("204", plain("GET /empty"), Reads::All),
        ("304", plain("GET /cached"), Reads::All),
        ("503", plain("GET /busy"), Reads::All),
        ("broken body", plain("GET /broken"), Reads::All),
        ("panicking body", plain("GET /bodypanic"), Reads::All),
        ("timeout inside", plain("GET /slow"), Reads::All),
        ("filtered", plain("GET /health"), Reads::All),
        ("HTTP/1.0", "GET /ok HTTP/1.0\r\n\r\n".to_owned(), Reads::All),
    ];
    let metrics = Arc::new(HttpMetrics::new());
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .record_into(Arc::clone(&metrics))
        .collect_into(capture.collector())
        .exclude_paths(["/health"]);
    let address = start(layer).await;

    let mut shown = String::new();
    for (name, request, reads) in &requests {
        let answer = ask(&address, request, reads).await;
        settled(&metrics).await;
        let line = answer.lines().next().unwrap_or("nothing").replace("HTTP/1.1 ", "");
        let _ = writeln!(shown, "{name}: {line} | {}", show_span(&capture.captured()));
    }
    insta::assert_snapshot!(shown, @r#"
    fine: 200 OK | GET /ok Ok status_code=200
    unknown method: 405 Method Not Allowed | HTTP /ok Ok status_code=405
    404: 404 Not Found | GET Ok status_code=404
    nested: 200 OK | GET /api/{id} Ok status_code=200
    nested 404: 404 Not Found | GET Ok status_code=404
    405: 405 Method Not Allowed | POST /ok Ok status_code=405
    panic: 500 Internal Server Error | GET /panic Panic status=error status_code=500 type=panic error="oh no"
    cancelled: nothing | GET /pending Cancelled type=cancelled
    stream: 200 OK | GET /stream Ok status_code=200
    dropped stream: 200 OK | GET /endless Cancelled status_code=200 type=body_dropped
    dropped events: 200 OK | GET /events Cancelled status_code=200 type=body_dropped stream=true
    upgrade: 101 Switching Protocols | GET /socket Ok status_code=101 stream=true
    oversize headers: 431 Request Header Fields Too Large | no span
    HEAD: 200 OK | HEAD /length Ok status_code=200
    204: 204 No Content | GET /empty Ok status_code=204
    304: 304 Not Modified | GET /cached Ok status_code=304
    503: 503 Service Unavailable | GET /busy Error status=error status_code=503 type=503
    broken body: 200 OK | GET /broken Error status=error status_code=200 type=Error error="disk"
    panicking body: 200 OK | GET /bodypanic Panic status=error status_code=200 type=panic error="in the body"
    timeout inside: 408 Request Timeout | GET /slow Ok status_code=408
    filtered: 200 OK | no span
    HTTP/1.0: HTTP/1.0 200 OK | GET /ok Ok status_code=200
    "#);

    let mut counted = String::new();
    for metric in metrics.snapshot().metrics {
        let count: u64 = match &metric.data {
            MetricData::Histogram(points) => points.iter().flat_map(|it| &it.counts).sum(),
            MetricData::Gauge(points) => {
                assert!(points.iter().all(|point| point.value == 0), "{points:?}");
                continue;
            }
            _ => continue,
        };
        let _ = writeln!(counted, "{} {count}", metric.name);
    }
    insta::assert_snapshot!(counted, @"
    http.server.request.duration 18
    http.server.request.body.size 20
    http.server.response.body.size 19
    ");
}

#[tokio::test]
async fn what_a_response_says() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .collect_into(capture.collector())
        .propagators("tracecontext,xray".parse().expect("valid"))
        .expose_to("https://cruddur.example".parse().expect("valid"));
    let address = start(layer).await;
    let request = "GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: \
                   https://cruddur.example\r\nX-Request-Id: req-7\r\nX-Amzn-Trace-Id: \
                   Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?\r\n\r\n";
    let answer = ask(&address, request, &Reads::All).await;
    let span = capture.captured().spans()[0].clone();
    assert_eq!(span.trace_id.to_string(), "5759e988bd862e3fe1be46a994272793");
    for line in [
        format!("server-timing: traceparent;desc=\"00-{}-{}-01\"", span.trace_id, span.span_id),
        "x-amzn-trace-id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned(),
        "x-request-id: req-7".to_owned(),
        "access-control-expose-headers: server-timing, x-amzn-trace-id, x-error-id, x-request-id"
            .to_owned(),
        "timing-allow-origin: https://cruddur.example".to_owned(),
    ] {
        assert!(answer.contains(&format!("{line}\r\n")), "{line}\n{answer}");
    }
}
