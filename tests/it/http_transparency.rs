//! The layer changes nothing but what it says it adds: every request goes to a router and to the same
//! router with the layer, and what comes back is compared byte by byte, apart from the headers of
//! docs/http.md. In each place where the layer may stand among others.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::sse::{Event, Sse};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::{HttpMetrics, RouteLayer};
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;
use futures::StreamExt as _;
use http::{HeaderMap, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::http_counts::counts;

fn stream(chunks: &'static [&'static str]) -> Body {
    Body::from_stream(futures::stream::iter(chunks).then(|chunk| async move {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(*chunk)
    }))
}

fn status(status: StatusCode, body: &'static str) -> Response {
    (status, body).into_response()
}

fn with_trailers() -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "7".parse().expect("valid"));
    let frames = [Frame::data(Bytes::from("data")), Frame::trailers(trailers)];
    let frames = futures::stream::iter(frames.map(Ok::<_, Infallible>));
    ([("trailer", "x-checksum")], Body::new(StreamBody::new(frames))).into_response()
}

fn broken() -> Body {
    let error = futures::stream::once(async { Err(std::io::Error::other("disk")) });
    Body::from_stream(futures::stream::iter([Ok("one")]).chain(error))
}

fn router() -> Router {
    let nested = Router::new()
        .route("/{id}", get(|| async { "nested" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here") });
    let slow = Router::new().route("/slow", get(std::future::pending::<&str>)).layer(
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(5)),
    );
    Router::new()
        .route("/ok", any(|| async { "ok" }))
        .route("/get", get(|| async { "got" }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/ignore", post(|| async { "not read" }))
        .route("/stream", get(|| async { stream(&["a", "", "bc", "d"]) }))
        .route("/trailers", get(|| async { with_trailers() }))
        .route("/broken", get(|| async { broken() }))
        .route("/large", get(|| async { "x".repeat(300_000) }))
        .route("/length", get(|| async { ([("content-length", "4")], stream(&["ab", "cd"])) }))
        .route(
            "/events",
            get(|| async {
                Sse::new(
                    futures::stream::iter(["a", "b"])
                        .map(|it| Ok::<_, Infallible>(Event::default().data(it))),
                )
            }),
        )
        .route("/none", get(|| async { Body::empty() }))
        .route("/204", get(|| async { status(StatusCode::NO_CONTENT, "forbidden") }))
        .route("/304", get(|| async { status(StatusCode::NOT_MODIFIED, "forbidden") }))
        .route(
            "/range",
            get(|| async {
                let range = [("content-range", "bytes 0-3/9")];
                (StatusCode::PARTIAL_CONTENT, range, "part")
            }),
        )
        .route("/moved", get(|| async { Redirect::permanent("/ok") }))
        .route("/500", get(|| async { status(StatusCode::INTERNAL_SERVER_ERROR, "sorry") }))
        .route(
            "/cookies",
            get(|| async {
                AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "x")])
            }),
        )
        .nest("/api", nested)
        .merge(slow)
}

/// Where the layer stands; `None` is the same without it.
type Stack = fn(Option<ObserveLayer>) -> Router;

fn with(router: Router, layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

fn on_the_router(layer: Option<ObserveLayer>) -> Router {
    with(router(), layer)
}

fn on_the_routes(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().route_layer(layer),
        None => router(),
    }
}

fn around_the_router(layer: Option<ObserveLayer>) -> Router {
    let inner = router().route_layer(RouteLayer::new());
    match layer {
        Some(layer) => {
            Router::new().fallback_service(ServiceBuilder::new().layer(layer).service(inner))
        }
        None => Router::new().fallback_service(inner),
    }
}

fn twice(layer: Option<ObserveLayer>) -> Router {
    with(with(router(), layer.clone()), layer)
}

fn below_a_path(layer: Option<ObserveLayer>) -> Router {
    with(Router::new(), None).nest_service("/below", with(router(), layer))
}

/// The layers that stand beside it most often, from the outside in.
macro_rules! others {
    ($builder:expr) => {
        $builder
            .layer(TraceLayer::new_for_http())
            .layer(CorsLayer::permissive())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                Duration::from_secs(60),
            ))
            .layer(CompressionLayer::new())
            .layer(RequestBodyLimitLayer::new(1_000))
            .layer(CatchPanicLayer::new())
    };
}

fn around_others(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().layer(others!(ServiceBuilder::new().layer(layer))),
        None => router().layer(others!(ServiceBuilder::new())),
    }
}

fn inside_of_others(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().layer(others!(ServiceBuilder::new()).layer(layer)),
        None => router().layer(others!(ServiceBuilder::new())),
    }
}

/// What a client does once it has sent its request.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Reads,
    /// It says that no more will come, and reads.
    HalfCloses,
}

struct Server {
    address: String,
}

impl Server {
    async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address }
    }

    async fn ask(&self, request: &[u8], then: Then) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        // A server that refuses the request may close before it has all.
        let _ = stream.write_all(request).await;
        if then == Then::HalfCloses {
            let _ = stream.shutdown().await;
        }
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it closes").ok();
        answer
    }
}

/// What the layer adds; a date is never the same.
const ADDED: [&str; 5] =
    ["server-timing:", "x-request-id:", "x-amzn-trace-id:", "x-error-id:", "date:"];

fn without_what_is_added(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer).into_owned();
    let is_added = |line: &&str| ADDED.iter().any(|added| line.starts_with(added));
    text.split_inclusive("\r\n").filter(|line| !is_added(line)).collect()
}

fn request(line: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

const PATHS: [&str; 30] = [
    "/ok",
    "/get",
    "/stream",
    "/trailers",
    "/broken",
    "/large",
    "/length",
    "/events",
    "/none",
    "/204",
    "/304",
    "/range",
    "/moved",
    "/500",
    "/cookies",
    "/api/7",
    "/api/7/8",
    "/nowhere",
    "/slow",
    "//ok",
    "/ok//",
    "/./ok",
    "/api/%zz",
    "/api/%ff?%zz=%&&=&;",
    "/ok?",
    "/ok?a=%00",
    "/below/ok",
    "/below/stream",
    "/below/nowhere",
    "/below/api/7",
];

/// All that is asked, and how many requests reach the router with it.
fn cases() -> Vec<(&'static str, Vec<u8>, usize)> {
    let plain = |line: &str| request(line, &[], "");
    let raw = |text: &str| text.as_bytes().to_vec();
    let mut cases = Vec::new();
    for path in PATHS {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW"] {
            cases.push(("a path", plain(&format!("{method} {path}")), 1));
        }
    }
    cases.extend([
        ("OPTIONS *", plain("OPTIONS *"), 1),
        ("CONNECT", plain("CONNECT b.example:443"), 1),
        ("absolute form", plain("GET http://b.example:81/ok?x"), 1),
        ("long path", plain(&format!("GET /api/{}", "x".repeat(30_000))), 1),
        ("long header", request("GET /ok", &[&format!("x-long: {}", "x".repeat(200_000))], ""), 1),
        ("many headers", request("GET /ok", &vec!["x-many: 1"; 90], ""), 1),
        (
            "context twice",
            request(
                "GET /ok",
                &[
                    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    "tracestate: a=1",
                    "tracestate: a=1",
                    "baggage: a=1;p",
                    "baggage: a=1",
                    "x-request-id: a b",
                    "x-amzn-trace-id: Root=1;Root=2;Self",
                    "x-amzn-trace-id: ;;;",
                    "b3: 0",
                ],
                "",
            ),
            1,
        ),
        (
            "gzip, please",
            request("GET /large", &["accept-encoding: gzip", "origin: https://o.example"], ""),
            1,
        ),
        (
            "preflight",
            request(
                "OPTIONS /ok",
                &["origin: https://o.example", "access-control-request-method: PUT"],
                "",
            ),
            1,
        ),
        ("trailers, please", request("GET /trailers", &["te: trailers"], ""), 1),
        ("range", request("GET /range", &["range: bytes=0-3"], ""), 1),
        ("a length", request("POST /echo", &["content-length: 5"], "12345"), 1),
        (
            "trailers",
            request(
                "POST /echo",
                &["transfer-encoding: chunked"],
                "5;ext=1\r\n12345\r\n0\r\nx-t: 1\r\n\r\n",
            ),
            1,
        ),
        ("too large", request("POST /echo", &["content-length: 1001"], &"x".repeat(1_001)), 1),
        (
            "continue",
            request("POST /echo", &["expect: 100-continue", "content-length: 2"], "hi"),
            1,
        ),
        (
            "not read",
            request("POST /ignore", &["expect: 100-continue", "content-length: 2"], ""),
            1,
        ),
        ("a bad chunk", request("POST /echo", &["transfer-encoding: chunked"], "zz\r\n"), 1),
        ("HTTP/1.0", raw("GET /ok HTTP/1.0\r\n\r\n"), 1),
        ("HTTP/1.0, a stream", raw("GET /stream HTTP/1.0\r\n\r\n"), 1),
        (
            "HTTP/1.0, kept",
            raw("GET /nowhere HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /ok HTTP/1.0\r\n\r\n"),
            2,
        ),
        ("not a version", raw("GET /ok HTTP/3.9\r\n\r\n"), 0),
        ("not a header", raw("GET /ok HTTP/1.1\r\nno colon\r\n\r\n"), 0),
        (
            "two lengths",
            request("POST /echo", &["content-length: 2", "content-length: 3"], "123"),
            0,
        ),
    ]);
    let mut bytes = b"GET /ok?\xff HTTP/1.1\r\nHost: \xc3\xa9\r\nUser-Agent: \xff\xfe\r\n".to_vec();
    bytes.extend_from_slice(b"baggage: \xff=1\r\nConnection: close\r\n\r\n");
    cases.push(("no UTF-8", bytes, 0));
    let pipelined = ["/ok", "/stream", "/204", "/nowhere", "/trailers"]
        .map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .concat();
    cases.push(("pipelined", [pipelined.into_bytes(), plain("GET /get")].concat(), 6));
    cases
}

/// Sends everything to both; with `sees_all` each request must have one span.
async fn compare(name: &str, stack: Stack, then: Then, sees_all: bool) {
    let metrics = Arc::new(HttpMetrics::new());
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .record_into(Arc::clone(&metrics))
        .collect_into(capture.collector())
        .streams_in_duration(true);
    let bare = Server::start(stack(None)).await;
    let observed = Server::start(stack(Some(layer))).await;
    let mut different = String::new();
    for (case, bytes, requests) in cases() {
        let before = counts(&metrics).1;
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let (expected, actual) = tokio::join!(bare.ask(&bytes, then), observed.ask(&bytes, then));
        let (expected, actual) = (without_what_is_added(&expected), without_what_is_added(&actual));
        // What a half-closed connection still gets is a matter of time; that all ends is not.
        if expected != actual && then == Then::Reads {
            let shorten = |text: &str| text.chars().take(600).collect::<String>();
            different.push_str(&format!(
                "{name}, {case} ({head:?}):\nbare: {:?}\nobserved: {:?}\n",
                shorten(&expected),
                shorten(&actual)
            ));
        }
        let mut seen = (1, 0);
        for _ in 0..4_000 {
            seen = counts(&metrics);
            if seen.0 == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let spans = capture.captured().spans().len();
        let ended = seen.1 - before;
        if seen.0 != 0 || spans != ended || (sees_all && spans != requests) {
            different.push_str(&format!(
                "{name}, {case} ({head:?}): {} at work, {ended} ended, {spans} spans, {requests} asked\n",
                seen.0
            ));
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[tokio::test]
async fn nothing_is_changed_wherever_the_layer_stands() {
    compare("on the router", on_the_router, Then::Reads, true).await;
    compare("on the routes", on_the_routes, Then::Reads, false).await;
    compare("around the router", around_the_router, Then::Reads, true).await;
    compare("below a path", below_a_path, Then::Reads, false).await;
    compare("twice", twice, Then::Reads, true).await;
    compare("around others", around_others, Then::Reads, true).await;
    compare("inside of others", inside_of_others, Then::Reads, false).await;
}

#[tokio::test]
async fn half_closed_connections_leave_nothing_behind() {
    compare("half closed", on_the_router, Then::HalfCloses, false).await;
}

/// What comes back over HTTP/2: the head without what is added, each piece of data, the trailers.
async fn over_http2(address: &str, method: &str, path: &str) -> String {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (executor, io) = (TokioExecutor::new(), TokioIo::new(stream));
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(executor, io).await.expect("a handshake");
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header("te", "trailers")
        .header("accept-encoding", "gzip")
        .body(Empty::<Bytes>::new())
        .expect("valid");
    let mut shown = match client.send_request(request).await {
        Ok(response) => {
            let (parts, mut body) = response.into_parts();
            let lines = parts.headers.iter().map(|(name, value)| format!("{name}:{value:?}"));
            let is_added = |line: &String| ADDED.iter().any(|added| line.starts_with(added));
            let lines: Vec<String> = lines.filter(|line| !is_added(line)).collect();
            let mut shown = format!("{} {lines:?}", parts.status);
            let mut data = Vec::new();
            while let Some(frame) = body.frame().await {
                match frame.map(Frame::into_data) {
                    Ok(Ok(bytes)) => data.extend_from_slice(&bytes),
                    Ok(Err(frame)) => shown.push_str(&format!(" {:?}", frame.trailers_ref())),
                    Err(error) => shown.push_str(&format!(" {error}")),
                }
            }
            shown.push_str(&format!(" {} {:?}", data.len(), data.get(..data.len().min(100))));
            shown
        }
        Err(error) => error.to_string(),
    };
    drop(client);
    if let Ok(Err(error)) = connection.await {
        shown.push_str(&format!(" {error}"));
    }
    shown
}

#[tokio::test]
async fn nothing_is_changed_over_http2() {
    for stack in [on_the_router as Stack, around_others, inside_of_others] {
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer = ObserveLayer::new().collect_into(capture.collector());
        let (bare, observed) =
            (Server::start(stack(None)).await, Server::start(stack(Some(layer))).await);
        for path in PATHS {
            for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW", "CONNECT"] {
                let (expected, actual) = tokio::join!(
                    over_http2(&bare.address, method, path),
                    over_http2(&observed.address, method, path)
                );
                assert_eq!(expected.replace(&bare.address, &observed.address), actual);
            }
        }
        assert!(capture.captured().spans().len() > PATHS.len());
    }
}
