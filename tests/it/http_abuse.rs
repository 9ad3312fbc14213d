//! Clients that misbehave over real connections: they reset, cut off, dawdle and go away at the worst
//! moment, alone and by the hundred. Whatever they do, each request that reached the router ends once,
//! and the gauge is back at 0.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::WebSocketUpgrade;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::{Connection, HttpMetrics};
use cruddur_trace::record::{Outcome, Sampling, SpanRecord};
use cruddur_trace::testing::Capture;
use futures::StreamExt as _;
use http::{HeaderMap, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::http_counts::counts;

/// Panics when it is dropped, unless something panics already.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::resume_unwind(Box::new("in a destructor"));
        }
    }
}

fn ticks() -> impl futures::Stream<Item = &'static str> + Send {
    futures::stream::repeat("tick").then(|tick| async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        tick
    })
}

/// A body that panics when it is dropped, after so many pieces.
fn armed(pieces: usize) -> Body {
    let bomb = Bomb;
    Body::from_stream(ticks().take(pieces).map(move |tick| {
        let _held = &bomb;
        Ok::<_, Infallible>(tick)
    }))
}

/// A gRPC stream that fails after its first message.
fn grpc() -> impl axum::response::IntoResponse {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "14".parse().expect("valid"));
    let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(trailers)];
    let frames = futures::stream::iter(frames.map(Ok::<_, Infallible>));
    ([("content-type", "application/grpc")], Body::new(StreamBody::new(frames)))
}

fn app() -> Router {
    let socket = |upgrade: WebSocketUpgrade| async {
        let connection = Connection::of_current_request();
        upgrade.on_upgrade(|mut socket| {
            connection
                .observe("chat", async move { while let Some(Ok(_)) = socket.recv().await {} })
        })
    };
    Router::new()
        .route("/ok", get(|| async { "ok" }))
        .route("/pending", get(std::future::pending::<&str>))
        .route("/endless", get(|| async { Body::from_stream(ticks().map(Ok::<_, Infallible>)) }))
        .route(
            "/events",
            get(|| async {
                Sse::new(ticks().map(|it| Ok::<_, Infallible>(Event::default().data(it))))
            }),
        )
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }))
        .route(
            "/few",
            get(|| async { Body::from_stream(ticks().take(3).map(Ok::<_, Infallible>)) }),
        )
        .route("/armed", get(|| async { armed(2) }))
        .route("/armed/endless", get(|| async { armed(usize::MAX) }))
        .route(
            "/panic",
            get(|| async {
                tokio::task::yield_now().await;
                if true {
                    std::panic::resume_unwind(Box::new("oh no"))
                }
            }),
        )
        .route("/grpc", post(|| async { grpc() }))
        .route("/socket", get(socket))
}

struct Rig {
    address: String,
    capture: Capture,
    metrics: Arc<HttpMetrics>,
}

impl Rig {
    async fn start() -> Self {
        let metrics = Arc::new(HttpMetrics::new());
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer = ObserveLayer::new()
            .record_into(Arc::clone(&metrics))
            .collect_into(capture.collector())
            .streams_in_duration(true);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, app().layer(layer)).await });
        Self { address, capture, metrics }
    }

    /// Requests at work, and those that ended, since the start.
    fn counts(&self) -> (i64, usize) {
        counts(&self.metrics)
    }

    async fn until(&self, what: &str, reached: impl Fn((i64, usize)) -> bool) {
        for _ in 0..10_000 {
            if reached(self.counts()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("never {what}: {:?}", self.counts());
    }

    /// The spans of what was asked, once `ended` requests have ended since the start.
    async fn spans(&self, ended: usize) -> Vec<SpanRecord> {
        self.until("ended", |counts| counts == (0, ended)).await;
        self.capture.captured().spans().into_iter().cloned().collect()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.expect("it listens")
    }

    /// Sends, reads until `until` has come, and resets the connection.
    async fn reset_after(&self, request: &str, until: &str) {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        let (mut answer, mut part) = (Vec::new(), [0; 1_024]);
        while !String::from_utf8_lossy(&answer).contains(until) {
            let length = stream.read(&mut part).await.expect("more to come");
            assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&part[..length]);
        }
        reset(stream);
    }
}

/// Closes with a reset in place of an orderly end.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().expect("a socket option");
    drop(stream);
}

fn plain(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn upgrade() -> String {
    let key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    format!(
        "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n{key}\r\n"
    )
}

fn show(spans: &[SpanRecord]) -> Vec<String> {
    let text = |span: &SpanRecord, key: &str| {
        span.attribute(key).map_or_else(|| "-".to_owned(), ToString::to_string)
    };
    let show = |span: &SpanRecord| {
        let (status, error) = (text(span, "http.response.status_code"), text(span, "error.type"));
        format!("{} {:?} {status} {error}", span.name, span.outcome)
    };
    spans.iter().map(show).collect()
}

#[tokio::test]
async fn connections_that_are_reset() {
    let rig = Rig::start().await;
    rig.reset_after(&plain("GET /endless"), "tick").await;
    assert_eq!(show(&rig.spans(1).await), ["GET /endless Cancelled 200 body_dropped"]);
    rig.reset_after(&plain("GET /events"), "data: tick").await;
    assert_eq!(show(&rig.spans(2).await), ["GET /events Cancelled 200 body_dropped"]);

    // While the handler is at work.
    let mut stream = rig.connect().await;
    stream.write_all(plain("GET /pending").as_bytes()).await.expect("sent");
    rig.until("begun", |(active, _)| active == 1).await;
    reset(stream);
    assert_eq!(show(&rig.spans(3).await), ["GET /pending Cancelled - cancelled"]);

    // While it waits for the rest of the request.
    let mut stream = rig.connect().await;
    let cut = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc";
    stream.write_all(cut.as_bytes()).await.expect("sent");
    rig.until("begun", |(active, _)| active == 1).await;
    reset(stream);
    // The body's error is the handler's to answer, to nobody.
    assert_eq!(show(&rig.spans(4).await), ["POST /upload Ok 400 -"]);

    // A WebSocket's request has ended by then; its connection ends now.
    rig.reset_after(&upgrade(), "\r\n\r\n").await;
    rig.until("ended", |counts| counts == (0, 5)).await;
    let mut spans = Vec::new();
    for _ in 0..4_000 {
        spans
            .extend(show(&rig.capture.captured().spans().into_iter().cloned().collect::<Vec<_>>()));
        if spans.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(spans, ["GET /socket Ok 101 -", "chat Ok - -"]);
}

#[tokio::test]
async fn heads_that_never_end_are_no_requests() {
    let rig = Rig::start().await;
    let mut dawdling = rig.connect().await;
    for piece in ["GET", " /ok HT", "TP/1.1\r\nHo", "st: a\r\n"] {
        dawdling.write_all(piece.as_bytes()).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(rig.counts(), (0, 0));
    let mut other = rig.connect().await;
    other.write_all(b"GET /ok HTTP/1.1\r\nX: ").await.expect("sent");
    reset(other);
    // And the first one ends its head after all.
    dawdling.write_all(b"Connection: close\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    dawdling.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with("ok"), "{answer}");
    assert_eq!(show(&rig.spans(1).await), ["GET /ok Ok 200 -"]);
}

#[tokio::test]
async fn bodies_whose_destructors_panic() {
    let rig = Rig::start().await;
    rig.reset_after(&plain("GET /armed/endless"), "tick").await;
    let spans = rig.spans(1).await;
    assert_eq!((spans.len(), spans[0].outcome), (1, Outcome::Cancelled));
    let mut stream = rig.connect().await;
    stream.write_all(plain("GET /armed").as_bytes()).await.expect("sent");
    let _ = stream.read_to_end(&mut Vec::new()).await;
    let spans = rig.spans(2).await;
    assert_eq!((spans.len(), spans[0].outcome), (1, Outcome::Ok));
}

type Http2 = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// A connection of HTTP/2, and the task that runs it: without it there is none.
async fn http2(rig: &Rig) -> (Http2, tokio::task::JoinHandle<()>) {
    let io = TokioIo::new(rig.connect().await);
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.expect("a handshake");
    (sender, tokio::spawn(async move { connection.await.unwrap_or(()) }))
}

fn http2_request(method: &str, path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("http://a.example{path}");
    Request::builder().method(method).uri(uri).body(Empty::new()).expect("valid")
}

#[tokio::test]
async fn streams_of_http2() {
    let rig = Rig::start().await;

    // Ten requests at work on a connection that breaks.
    let (client, connection) = http2(&rig).await;
    let mut asked = Vec::new();
    for path in ["/pending", "/endless"].repeat(5) {
        let mut client = client.clone();
        asked.push(tokio::spawn(
            async move { client.send_request(http2_request("GET", path)).await },
        ));
    }
    rig.until("begun", |(active, _)| active == 10).await;
    connection.abort();
    let _ = connection.await;
    drop(client);
    let spans = rig.spans(10).await;
    assert_eq!(spans.len(), 10);
    assert!(spans.iter().all(|span| span.outcome == Outcome::Cancelled), "{:?}", show(&spans));
    for asked in asked {
        asked.abort();
    }

    // Whoever sends GOAWAY still gets what it asked for.
    let (mut client, connection) = http2(&rig).await;
    let response = client.send_request(http2_request("GET", "/few")).await.expect("a response");
    drop(client);
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    assert_eq!(body, "tickticktick");
    assert_eq!(show(&rig.spans(11).await), ["GET /few Ok 200 -"]);
    connection.await.expect("it ends in order");

    // A panic before the headers leaves the connection whole; trailers go through.
    let (mut client, _connection) = http2(&rig).await;
    let response = client.send_request(http2_request("GET", "/panic")).await.expect("a response");
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    drop(response);
    assert_eq!(show(&rig.spans(12).await), ["GET /panic Panic 500 panic"]);
    let mut call = http2_request("POST", "/grpc");
    call.headers_mut().insert("content-type", "application/grpc".parse().expect("valid"));
    let response = client.send_request(call).await.expect("a response");
    let trailers = response.into_body().collect().await.expect("a body").trailers().cloned();
    assert_eq!(trailers.expect("trailers")["grpc-status"], "14");
    assert_eq!(show(&rig.spans(13).await), ["POST /grpc Error 200 14"]);
}

/// A number that looks random and is the same in every run.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_at_once_that_break_off_anywhere() {
    let rig = Arc::new(Rig::start().await);
    let asks: Vec<_> = (0..400_u64)
        .map(|number| {
            let rig = Arc::clone(&rig);
            tokio::spawn(async move {
                let paths = ["/ok", "/pending", "/endless", "/events", "/few", "/armed", "/panic"];
                let random = scattered(number);
                let path = paths[(random % paths.len() as u64) as usize];
                let mut request = plain(&format!("GET {path}"));
                // hyper can't learn that a client has gone while it has not read all that it sent.
                if random & 0x100 != 0 && path != "/pending" {
                    request.push_str(&plain("GET /ok"));
                }
                if random & 0x600 == 0 {
                    request.truncate((random >> 12) as usize % request.len());
                }
                let mut stream = rig.connect().await;
                let _ = stream.write_all(request.as_bytes()).await;
                let patience = Duration::from_millis(random >> 16 & 0x1f);
                let mut answer = Vec::new();
                let reading = stream.read_to_end(&mut answer);
                let _ = tokio::time::timeout(patience, reading).await.is_ok();
                if random & 0x800 != 0 {
                    reset(stream);
                }
            })
        })
        .collect();
    for ask in asks {
        ask.await.expect("it goes as it may");
    }
    rig.until("at rest", |(active, _)| active == 0).await;
    // A request may still be on its way in when its client has gone.
    tokio::time::sleep(Duration::from_millis(100)).await;
    rig.until("at rest", |(active, _)| active == 0).await;
    let ended = rig.counts().1;
    let captured = rig.capture.captured();
    assert!(ended > 100, "{ended}");
    assert_eq!(captured.spans().len(), ended);
}
