//! Edge cases of HTTP over a real connection: what is odd about the request line, the host, the
//! headers and the body, and every way in which a handler may end. For each: what the client gets and
//! what its span says.

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

#[tokio::test]
async fn the_request_line() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let cases = [
        ("lower case", plain("get /ok")),
        ("QUERY", plain("QUERY /ok")),
        ("TRACE", plain("TRACE /ok")),
        ("OPTIONS *", plain("OPTIONS *")),
        ("CONNECT", plain("CONNECT b.example:443")),
        ("absolute form", plain("GET http://user:secret@b.example:81/ok?x=1")),
        ("absolute form, https", plain("GET https://b.example/ok")),
        ("percent-encoded", plain("GET /users/%E2%82%AC%2F%00")),
        ("UTF-8 in the path", plain("GET /users/ñ")),
        ("dots", plain("GET /users/../ok")),
        ("double slash", plain("GET //ok")),
        ("empty query", plain("GET /ok?")),
        ("large query", plain(&format!("GET /ok?a={}", "x".repeat(60_000)))),
        ("fragment", plain("GET /ok#part")),
        ("secret in the query", plain("GET /ok?sig=abc&password=abc&a=1")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    lower case: 200 OK
        HTTP /ok Ok http.request.method_original=get url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    QUERY: 200 OK
        QUERY /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    TRACE: 200 OK
        TRACE /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    OPTIONS *: 404 Not Found
        OPTIONS Ok url.path=* url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    CONNECT: 404 Not Found
        CONNECT Ok url.path= url.scheme=http server.address=b.example server.port=443 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    absolute form: 200 OK
        GET /ok Ok url.path=/ok url.query=x=1 url.scheme=http server.address=b.example server.port=81 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    absolute form, https: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=b.example server.port=443 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    percent-encoded: 200 OK
        GET /users/{id} Ok url.path=/users/%E2%82%AC%2F%00 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    UTF-8 in the path: 200 OK
        GET /users/{id} Ok url.path=/users/ñ url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    dots: 404 Not Found
        GET Ok url.path=/users/../ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    double slash: 404 Not Found
        GET Ok url.path=//ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    empty query: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    large query: 200 OK
        GET /ok Ok url.path=/ok url.query=(60002 bytes) url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    fragment: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    secret in the query: 200 OK
        GET /ok Ok url.path=/ok url.query=sig=REDACTED&password=REDACTED&a=1 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn hosts_and_headers() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let mut not_utf8 = b"GET /ok HTTP/1.1\r\nHost: \xff\xfe\r\nUser-Agent: a\xffb\r\n".to_vec();
    not_utf8.extend_from_slice(b"Connection: close\r\n\r\n");
    let cases = [
        ("no host", request("GET /ok", &[])),
        ("empty host", request("GET /ok", &["Host:"])),
        ("two hosts", request("GET /ok", &["Host: a.example", "Host: b.example"])),
        ("a port", request("GET /ok", &["Host: a.example:8080"])),
        ("a bad port", request("GET /ok", &["Host: a.example:99999"])),
        ("IPv4", request("GET /ok", &["Host: 192.0.2.1:8080"])),
        ("IPv6", request("GET /ok", &["Host: [2001:db8::1]"])),
        ("IPv6 and a port", request("GET /ok", &["Host: [2001:db8::1]:8080"])),
        ("user info", request("GET /ok", &["Host: user:secret@a.example:8080"])),
        ("not UTF-8", not_utf8),
        (
            "forwarded",
            request(
                "GET /ok",
                &[
                    "Host: a.example",
                    "X-Forwarded-For: 198.51.100.7, 203.0.113.9",
                    "X-Forwarded-Proto: https",
                    "X-Forwarded-Host: front.example",
                ],
            ),
        ),
        (
            "Forwarded",
            request(
                "GET /ok",
                &[
                    "Host: a.example",
                    "Forwarded: for=\"[2001:db8::7]:1\";proto=https;host=f.example",
                ],
            ),
        ),
        ("two user agents", request("GET /ok", &["Host: a", "User-Agent: x", "User-Agent: y"])),
        ("HTTP/1.0", b"GET /ok HTTP/1.0\r\n\r\n".to_vec()),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    no host: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 http.response.status_code=200
    empty host: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 http.response.status_code=200
    two hosts: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    a port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    a bad port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv4: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=192.0.2.1 server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv6: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=2001:db8::1 server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    IPv6 and a port: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=2001:db8::1 server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    user info: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a.example server.port=8080 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    not UTF-8: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.1 user_agent.original=a�b http.response.status_code=200
    forwarded: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=front.example server.port=443 client.address=203.0.113.9 version=1.1 http.response.status_code=200
    Forwarded: 200 OK
        GET /ok Ok url.path=/ok url.scheme=https server.address=f.example server.port=443 client.address=2001:db8::7 version=1.1 http.response.status_code=200
    two user agents: 200 OK
        GET /ok Ok url.path=/ok url.scheme=http server.address=a server.port=80 client.address=127.0.0.1 version=1.1 user_agent.original=x http.response.status_code=200
    HTTP/1.0: HTTP/1.0 200 OK
        GET /ok Ok url.path=/ok url.scheme=http client.address=127.0.0.1 version=1.0 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn bodies() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let body = |headers: &[&str], body: &str| {
        let mut all = vec!["Host: a.example"];
        all.extend_from_slice(headers);
        let mut bytes = request("POST /echo", &all);
        bytes.extend_from_slice(body.as_bytes());
        bytes
    };
    let mut ignored = request("POST /ignore", &["Host: a.example", "Content-Length: 5"]);
    ignored.extend_from_slice(b"12345");
    let cases = [
        ("a length", body(&["Content-Length: 5"], "12345")),
        ("no bytes", body(&["Content-Length: 0"], "")),
        ("chunks", body(&["Transfer-Encoding: chunked"], "5\r\n12345\r\n0\r\n\r\n")),
        (
            "trailers",
            body(&["Transfer-Encoding: chunked", "Trailer: X-T"], "2\r\n12\r\n0\r\nX-T: 1\r\n\r\n"),
        ),
        ("100-continue", body(&["Content-Length: 5", "Expect: 100-continue"], "12345")),
        ("not read", ignored),
        ("broken off", body(&["Transfer-Encoding: chunked"], "zz\r\n")),
        ("HEAD", plain("HEAD /get")),
        ("range", request("GET /range", &["Host: a.example", "Range: bytes=0-3"])),
        ("204 with a body", plain("GET /204")),
        ("304 with a body", plain("GET /304")),
        ("empty", plain("GET /empty")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    a length: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    no bytes: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    chunks: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    trailers: 200 OK
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    100-continue: 100 Continue
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    not read: 200 OK
        POST /ignore Ok url.path=/ignore url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    broken off: 400 Bad Request
        POST /echo Ok url.path=/echo url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=400
    HEAD: 200 OK
        HEAD /get Ok url.path=/get url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    range: 206 Partial Content
        GET /range Ok url.path=/range url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=206
    204 with a body: 204 No Content
        GET /204 Ok url.path=/204 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=204
    304 with a body: 304 Not Modified
        GET /304 Ok url.path=/304 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=304
    empty: 200 OK
        GET /empty Ok url.path=/empty url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    "#);
}

#[tokio::test]
async fn connections_are_used_again() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let keep = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let pipelined = format!(
        "{}{}{}",
        keep("/ok"),
        keep("/nowhere"),
        String::from_utf8(plain("GET /users/7")).expect("text")
    );
    let answer = rig.ask(pipelined.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 3, "{answer}");
    let names: Vec<String> = rig.spans().await.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["GET /ok", "GET", "GET /users/{id}"]);
}

#[tokio::test]
async fn routers_and_endings() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let cases = [
        ("nested", plain("GET /inner/items/7")),
        ("nested fallback", plain("GET /inner/nothing")),
        ("fallback", plain("GET /nothing")),
        ("wrong method", plain("DELETE /get")),
        ("redirect", plain("GET /moved")),
        ("4xx", plain("GET /teapot")),
        ("shed", plain("GET /shed")),
        ("panic in an extractor", plain("GET /extractor")),
        ("panic in a middleware", plain("GET /middleware")),
        ("panic with a number", plain("GET /payload")),
        ("panic in a destructor", plain("GET /drop")),
        ("panic in a stream", plain("GET /late")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    nested: 200 OK
        GET /inner/items/{id} Ok url.path=/inner/items/7 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    nested fallback: 404 Not Found
        GET Ok url.path=/inner/nothing url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    fallback: 404 Not Found
        GET Ok url.path=/nothing url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    wrong method: 405 Method Not Allowed
        DELETE /get Ok url.path=/get url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=405
    redirect: 308 Permanent Redirect
        GET /moved Ok url.path=/moved url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=308
    4xx: 418 I'm a teapot
        GET /teapot Ok url.path=/teapot url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=418
    shed: 503 Service Unavailable
        GET /shed Error status=error url.path=/shed url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=503 error.type=503
    panic in an extractor: 500 Internal Server Error
        GET /extractor Panic status=error url.path=/extractor url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a middleware: 500 Internal Server Error
        GET /middleware Panic status=error url.path=/middleware url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic with a number: 500 Internal Server Error
        GET /payload Panic status=error url.path=/payload url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a destructor: 500 Internal Server Error
        GET /drop Panic status=error url.path=/drop url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a stream: nothing
        GET /late Panic status=error url.path=/late url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200 error.type=panic
    "#);
}

#[tokio::test]
async fn a_timeout_outside_of_the_layer_cancels() {
    let rig = Rig::start(|layer| {
        Router::new().route("/slow", get(std::future::pending::<&str>)).layer(layer).layer(
            TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(20)),
        )
    })
    .await;
    let answer = rig.ask(&plain("GET /slow")).await;
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    let spans = rig.spans().await;
    let span = &spans[0];
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
    assert_eq!(span.attribute("http.response.status_code"), None);
}

#[tokio::test]
async fn the_outer_one_of_two_layers_observes() {
    let rig = Rig::start(|layer| {
        let inner = Router::new().route("/ok", get(|| async { "ok" })).layer(layer.clone());
        Router::new().nest("/api", inner).layer(layer)
    })
    .await;
    let parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for request in [plain("GET /api/ok"), request("GET /api/ok", &["Host: a", parent])] {
        let answer = rig.ask(&request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(answer.matches("server-timing:").count(), 1, "{answer}");
        let spans = rig.spans().await;
        let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
        assert_eq!(names, ["GET /api/ok"]);
    }
}

#[tokio::test]
async fn an_inner_layer_tells_the_outer_one_the_route_and_leaves_panics_to_it() {
    let rig = Rig::start(|layer| {
        let inner = app().layer(layer.clone());
        Router::new().fallback_service(ServiceBuilder::new().layer(layer).service(inner))
    })
    .await;
    let cases = [
        ("fine", plain("GET /users/7")),
        ("panic", plain("GET /drop")),
        ("panic in a stream", plain("GET /late")),
        ("shed", plain("GET /shed")),
    ];
    let shown = probe(&rig, &cases).await;
    for name in ["GET /users/{id} Ok", "GET /drop Panic", "GET /late Panic", "GET /shed Error"] {
        assert_eq!(shown.matches(name).count(), 1, "{name}\n{shown}");
    }
    assert_eq!(shown.lines().count(), 2 * cases.len(), "{shown}");
}

#[tokio::test]
async fn a_request_that_a_handler_makes_is_one_of_its_own() {
    let rig = Rig::start(|layer| {
        let own = Router::new().route("/own", get(|| async { "own" })).layer(layer.clone());
        let batch = move || {
            let own = own.clone();
            async move {
                let mut request = http::Request::get("/own").body(Body::empty()).expect("valid");
                cruddur_trace::inject(request.headers_mut());
                own.oneshot(request).await
            }
        };
        Router::new().route("/batch", get(batch)).layer(layer)
    })
    .await;
    let answer = rig.ask(&plain("GET /batch")).await;
    assert!(answer.ends_with("own"), "{answer}");
    let spans = rig.spans().await;
    let find = |name: &str| spans.iter().find(|span| span.name == name).expect("a span");
    assert_eq!(find("GET /own").parent_id, Some(find("GET /batch").span_id));
    assert_eq!(spans.len(), 2);
}
