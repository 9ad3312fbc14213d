//! The layer changes nothing but what it says it adds: every request goes to a router and to the same
//! router with the layer, and what comes back is compared byte by byte, apart from the headers of
//! docs/http.md. In each place where the layer may stand among others.

mod cases;
mod stacks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::http_counts::counts;
use cases::{PATHS, cases};
use stacks::*;

/// Where the layer stands; `None` is the same without it.
type Stack = fn(Option<ObserveLayer>) -> Router;

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
