//! The whole way of a request's spans: handler, layer, core, pipeline, OTLP, a receiver.
//!
//! A process has one telemetry, so this is a binary of its own with one test: what leaves is read
//! by a receiver of ours for the many requests, and by opentelemetry-proto for Python, over HTTP
//! and over gRPC, for the tree.

mod receiver;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use cruddur_trace::{ObserveLayer, SetupError, Telemetry, observe};
use futures::StreamExt as _;
use http::Request;
use receiver::Receiver;
use serde_json::Value;
use tests::tools;
use tower::ServiceExt as _;

#[observe(name = "get-activities")]
async fn home() -> Json<Vec<u32>> {
    tokio::task::yield_now().await;
    Json(query("SELECT 1").await)
}

#[observe(name = "SELECT activities", kind = "client", fields(db.query.text = text))]
async fn query(text: &str) -> Vec<u32> {
    assert!(!text.is_empty());
    vec![1, 2, 3, 4]
}

#[observe(name = "tagged", fields(tag = tag))]
async fn tagged(Path(tag): Path<String>) -> String {
    tokio::task::yield_now().await;
    inner(&tag).await
}

#[observe(name = "inner", fields(tag = tag))]
async fn inner(tag: &str) -> String {
    tokio::task::yield_now().await;
    tag.to_owned()
}

fn app() -> Router {
    Router::new()
        .route("/api/activities/home", get(home))
        .route("/tagged/{tag}", get(tagged))
        .layer(ObserveLayer::new())
}

const REQUESTS: u64 = 10_000;
const HOME_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn every_span_arrives_in_its_own_trace_and_is_accounted_for() {
    let receiver = Receiver::start();
    let python = tools::python().map(Python::start);
    if python.is_none() {
        tools::skip("every_span_arrives", "python");
    }
    let mut builder = Telemetry::without_env()
        .default_service("cruddur-backend")
        .default_setting("OTEL_LOG_LEVEL", "none")
        .default_setting("OTEL_METRICS_EXPORTER", "none")
        .copy_to(receiver.base_url());
    if let Some(python) = &python {
        builder = builder
            .copy_to(format!("http://127.0.0.1:{}", python.http_port))
            .force_setting(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                format!("http://127.0.0.1:{}", python.grpc_port),
            )
            .force_setting("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    }
    // What can't be used leaves the process as it was: a start that follows is the first.
    for (name, value) in [("OTEL_PROPAGATORS", "w3c"), ("CRUDDUR_TRUSTED_PROXIES", "10.0.0.0/64")] {
        let refused = Telemetry::without_env().force_setting(name, value).start();
        assert!(matches!(refused, Err(SetupError::Setting(error)) if error.name() == name));
    }
    let telemetry = builder.start().expect("valid settings");
    let again = Telemetry::without_env().start();
    assert!(matches!(again, Err(SetupError::AlreadyRunning)));

    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("a runtime");
    let delivery = runtime.block_on(async {
        let parent = format!("00-{HOME_TRACE}-b7ad6b7169203331-01");
        request("/api/activities/home", &parent).await;
        let before = telemetry.flush(Duration::from_secs(20)).await;
        assert!(before.complete, "{before}");
        let requests = (1..=REQUESTS).map(|tag| {
            tokio::spawn(async move {
                let path = format!("/tagged/{tag:032x}");
                request(&path, &format!("00-{tag:032x}-{tag:016x}-01")).await;
            })
        });
        let done = futures::stream::iter(requests).buffer_unordered(REQUESTS as usize);
        done.for_each(|it| async { it.expect("no panic") }).await;
        telemetry.shutdown(Duration::from_secs(60)).await
    });
    assert!(delivery.complete, "{delivery}");

    // Three spans a request; each sink has its own books, and they balance.
    let recorded = (REQUESTS + 1) * 3;
    let hand_over = &delivery.stats.hand_over;
    assert_eq!(hand_over.accepted, recorded);
    for sink in delivery.stats.sinks.iter().filter(|sink| sink.name != "stderr_reports") {
        assert_eq!(sink.accepted, hand_over.sent, "{sink}");
        assert_eq!(sink.pending(), 0, "{sink}");
    }
    let lost =
        hand_over.lost_total() + delivery.stats.sinks[sink_of_receiver(&python)].lost_total();
    let spans = receiver.spans();
    assert_eq!(recorded, spans.len() as u64 + lost);

    for span in &spans {
        if let Some(tag) = span.tag() {
            assert_eq!(tag, span.trace_id, "a span is in the wrong trace");
        }
    }
    if let Some(python) = python {
        let received = python.finish();
        for way in ["http", "grpc"] {
            check_home(&received[way]);
        }
    }
}

/// The copy to our own receiver stands behind the standard sink, where there is one.
fn sink_of_receiver(python: &Option<Python>) -> usize {
    usize::from(python.is_some())
}

async fn request(path: &str, traceparent: &str) {
    let request = Request::get(path).header("traceparent", traceparent);
    let request = request.body(Body::empty()).expect("a request");
    let response = app().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    assert!(!body.is_empty());
}

/// The tree of one request, as an independent receiver read it.
fn check_home(received: &Value) {
    let spans = received.as_array().expect("a list");
    let spans: HashMap<&str, &Value> = spans
        .iter()
        .filter(|span| span["trace_id"] == HOME_TRACE)
        .map(|span| (span["name"].as_str().expect("a name"), span))
        .collect();
    let root = spans["GET /api/activities/home"];
    let handler = spans["get-activities"];
    let query = spans["SELECT activities"];
    assert_eq!(spans.len(), 3);
    assert_eq!(root["parent_id"], "b7ad6b7169203331");
    assert_eq!(handler["parent_id"], root["span_id"]);
    assert_eq!(query["parent_id"], handler["span_id"]);
    assert_eq!(
        (&root["kind"], &handler["kind"], &query["kind"]),
        (&2.into(), &1.into(), &3.into())
    );
    assert_eq!(root["service"], "cruddur-backend");
    // Sampled, and it is known whether the parent is remote: it is for the root alone.
    assert_eq!((&root["flags"], &handler["flags"]), (&0x301.into(), &0x101.into()));
    assert_eq!(handler["attributes"]["app.result_length"], 4);
    let now = handler["attributes"]["app.now"].as_str().expect("app.now");
    assert!(now.ends_with('Z') && now.starts_with("20"), "{now}");
    assert_eq!(query["attributes"]["db.query.text"], "SELECT ?");
    assert_eq!(root["attributes"]["http.response.status_code"], 200);
    assert_eq!(root["attributes"]["http.route"], "/api/activities/home");
    let time = |span: &Value, which: &str| span[which].as_u64().expect("a time");
    assert!(time(root, "start") <= time(handler, "start"));
    assert!(time(handler, "start") <= time(query, "start"));
    assert!(time(query, "end") <= time(handler, "end"));
    assert!(time(handler, "end") <= time(root, "end"));
}

/// `tests/interop/otlp_receiver.py`, running.
struct Python {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    http_port: u16,
    grpc_port: u16,
}

impl Python {
    fn start(python: std::path::PathBuf) -> Self {
        let script = tools::workspace().join("tests/interop/otlp_receiver.py");
        let child =
            Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("python starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("two ports");
        let mut ports = line.split_whitespace().map(|port| port.parse().expect("a port"));
        let (http_port, grpc_port) = (ports.next().expect("http"), ports.next().expect("grpc"));
        Self { child, out, http_port, grpc_port }
    }

    fn finish(mut self) -> Value {
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.out.read_to_string(&mut text).expect("JSON");
        self.child.wait().expect("it ends");
        serde_json::from_str(&text).expect("JSON")
    }
}
