//! The layer under other servers than axum over HTTP/1.1: HTTP/2 in plain text, hyper by itself, and
//! tonic, each over a real socket; and connections that outlive their request.

mod grpc;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use bytes::Bytes;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::{ClientLayer, Connection, HttpMetrics, PeerAddr};
use cruddur_trace::record::{MetricData, Outcome, Sampling, SpanKind, SpanRecord, Status, Value};
use cruddur_trace::testing::Capture;
use futures::StreamExt as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, service_fn};

struct Rig {
    capture: Capture,
    metrics: Arc<HttpMetrics>,
}

impl Rig {
    fn new() -> (Self, ObserveLayer) {
        let metrics = Arc::new(HttpMetrics::new());
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer =
            ObserveLayer::new().record_into(Arc::clone(&metrics)).collect_into(capture.collector());
        (Self { capture, metrics }, layer)
    }

    /// Requests at work, and those that were timed, with their protocol's version.
    fn counts(&self) -> (i64, Vec<(String, u64)>) {
        let (mut active, mut timed) = (0, Vec::new());
        for metric in self.metrics.snapshot().metrics {
            match (metric.name, metric.data) {
                ("http.server.active_requests", MetricData::Gauge(points)) => {
                    active = points.iter().map(|point| point.value).sum();
                }
                ("http.server.request.duration", MetricData::Histogram(points)) => {
                    for point in points {
                        let mut attributes = point.attributes.iter();
                        let version = attributes.find(|it| it.key == "network.protocol.version");
                        let version = version.map(|it| it.value.to_string()).unwrap_or_default();
                        timed.push((version, point.counts.iter().sum()));
                    }
                }
                _ => {}
            }
        }
        (active, timed)
    }

    /// The spans, once there are so many and nothing is at work.
    async fn spans(&self, count: usize) -> Vec<SpanRecord> {
        let mut spans: Vec<SpanRecord> = Vec::new();
        for _ in 0..4_000 {
            if self.counts().0 == 0 {
                spans.extend(self.capture.captured().spans().into_iter().cloned());
                if spans.len() >= count {
                    assert_eq!(spans.len(), count, "{spans:?}");
                    return spans;
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("only {spans:?}");
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

async fn serve(app: Router) -> String {
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

type Http2 = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// A connection of HTTP/2 with prior knowledge.
async fn http2(address: &str) -> Http2 {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("a handshake");
    tokio::spawn(connection);
    sender
}

fn http2_request(address: &str, path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://{address}{path}")).body(Empty::new()).expect("valid")
}

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[tokio::test]
async fn http2_over_a_socket() {
    let (rig, layer) = Rig::new();
    let endless = || async {
        Body::from_stream(futures::stream::repeat(Ok::<_, Infallible>("x")).then(|it| async move {
            tokio::task::yield_now().await;
            it
        }))
    };
    let app = Router::new()
        .route("/users/{id}", get(|| async { "user" }))
        .route("/endless", get(endless))
        .route("/pending", get(std::future::pending::<&str>))
        .layer(layer);
    let address = serve(app).await;
    let port = address.rsplit(':').next().expect("a port").to_owned();
    let mut client = http2(&address).await;

    let response =
        client.send_request(http2_request(&address, "/users/7?sig=x")).await.expect("a response");
    assert!(response.headers().contains_key("server-timing"));
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "user");
    let span = rig.spans(1).await.remove(0);
    assert_eq!((span.name.as_ref(), span.outcome), ("GET /users/{id}", Outcome::Ok));
    assert_eq!(text(&span, "network.protocol.version").as_deref(), Some("2"));
    // `:authority` takes the place of `Host`.
    assert_eq!(text(&span, "server.address").as_deref(), Some("127.0.0.1"));
    assert_eq!(text(&span, "server.port"), Some(port));
    assert_eq!(text(&span, "url.scheme").as_deref(), Some("http"));
    assert_eq!(text(&span, "url.query").as_deref(), Some("sig=REDACTED"));
    assert_eq!(rig.counts(), (0, vec![("2".to_owned(), 1)]));

    // A client that resets its stream.
    let response =
        client.send_request(http2_request(&address, "/endless")).await.expect("a response");
    let mut body = response.into_body();
    body.frame().await.expect("a frame").expect("data");
    drop(body);
    let span = rig.spans(1).await.remove(0);
    assert_eq!((span.name.as_ref(), span.outcome), ("GET /endless", Outcome::Cancelled));
    assert_eq!(text(&span, "error.type").as_deref(), Some("body_dropped"));
    assert_eq!(text(&span, "http.response.status_code").as_deref(), Some("200"));

    // And one that does so before there are headers; others on the connection go on.
    let mut other = client.clone();
    let pending = other.send_request(http2_request(&address, "/pending"));
    let waited = tokio::time::timeout(Duration::from_millis(200), pending).await;
    assert!(waited.is_err());
    let span = rig.spans(1).await.remove(0);
    assert_eq!(text(&span, "error.type").as_deref(), Some("cancelled"));
    let response =
        client.send_request(http2_request(&address, "/users/8")).await.expect("a response");
    assert_eq!(response.status(), 200);
    response.into_body().collect().await.expect("a body");
    rig.spans(1).await;
}

/// What a plain hyper server answers with; `/fails` is an error of the service.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::io::Error> {
    match request.uri().path() {
        "/fails" => Err(std::io::Error::other("the disk is full")),
        "/panics" => std::panic::resume_unwind(Box::new("oh no")),
        _ => {
            cruddur_trace::set_route("/files/{name}");
            Ok(Response::new(Full::from("hello")))
        }
    }
}

#[tokio::test]
async fn plain_hyper_over_a_socket() {
    let (rig, layer) = Rig::new();
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            // Without axum the server says who asks.
            let with_peer = move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddr(peer));
                request
            };
            let service = tower::ServiceBuilder::new()
                .map_request(with_peer)
                .layer(layer.clone())
                .service(service_fn(answer));
            let service = TowerToHyperService::new(service);
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    let ask = async |path: &str| {
        let mut stream = TcpStream::connect(&address).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    };
    assert!(ask("/files/a").await.ends_with("hello"));
    let span = rig.spans(1).await.remove(0);
    assert_eq!(span.name, "GET /files/{name}");
    assert_eq!(text(&span, "client.address").as_deref(), Some("127.0.0.1"));
    assert!(span.attribute("network.peer.port").and_then(Value::as_i64).is_some());

    // hyper closes the connection: there is no response.
    assert_eq!(ask("/fails").await, "");
    let span = rig.spans(1).await.remove(0);
    assert_eq!((span.name.as_ref(), span.outcome), ("GET", Outcome::Error));
    assert!(text(&span, "error.type").is_some());
    assert_eq!(span.error.expect("the error").message, "the disk is full");

    let panicked = ask("/panics").await;
    assert!(panicked.starts_with("HTTP/1.1 500"), "{panicked}");
    assert_eq!(rig.spans(1).await[0].outcome, Outcome::Panic);
    assert_eq!(rig.counts().0, 0);
}

#[tokio::test]
async fn a_websocket_has_a_span_of_its_own_linked_to_its_request() {
    let (rig, layer) = Rig::new();
    let handler = |upgrade: WebSocketUpgrade| async {
        let connection = Connection::of_current_request();
        upgrade.on_upgrade(|mut socket| {
            connection.observe("chat", async move {
                let mut heard = 0;
                while let Some(Ok(_)) = socket.recv().await {
                    heard += 1;
                    cruddur_trace::set_attribute("app.heard", heard);
                }
            })
        })
    };
    let app = Router::new().route("/chat", get(handler)).layer(layer);
    let address = serve(app).await;
    let mut stream = TcpStream::connect(&address).await.expect("it listens");
    let upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    // The request is over, the connection is not.
    let request = rig.spans(1).await.remove(0);
    assert_eq!((request.name.as_ref(), request.outcome), ("GET /chat", Outcome::Ok));
    assert_eq!(text(&request, "http.response.status_code").as_deref(), Some("101"));

    // "hi", masked with zeros, and a close.
    stream.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await.expect("sent");
    stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.expect("sent");
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let connection = rig.spans(1).await.remove(0);
    assert_eq!((connection.name.as_ref(), connection.kind), ("chat", SpanKind::Server));
    assert_ne!(connection.trace_id, request.trace_id);
    assert_eq!(connection.parent_id, None);
    let link = &connection.links[0];
    assert_eq!((link.trace_id, link.span_id), (request.trace_id, request.span_id));
    assert!(text(&connection, "app.heard").is_some_and(|heard| heard != "0"));
    assert_eq!(connection.outcome, Outcome::Ok);
}

#[tokio::test]
async fn a_connection_that_panics_or_is_dropped_says_so() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, ()) = capture
        .run_async(async {
            let connection = Connection::of_current_request();
            let panics = connection.clone().observe("panics", async {
                if true {
                    std::panic::resume_unwind(Box::new("in the connection"))
                }
            });
            let panicked = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(panics));
            assert!(panicked.await.is_err());
            let mut dropped = Box::pin(connection.observe("dropped", std::future::pending::<()>()));
            assert!(futures::poll!(&mut dropped).is_pending());
        })
        .await;
    assert_eq!(captured.span("panics").outcome, Outcome::Panic);
    assert_eq!(captured.span("dropped").outcome, Outcome::Cancelled);
    assert!(captured.span("dropped").links.is_empty());
}
