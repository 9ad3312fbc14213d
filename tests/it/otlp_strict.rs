//! The demo's telemetry under the eyes of a receiver that knows the protocol's own definition and the
//! registry of the semantic conventions; by HTTP and gRPC, and through a collector that is not ours.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tests::demo::{Demo, client};
use tests::tools;

/// `tests/interop/otlp_strict.py`; killed when dropped.
struct Receiver {
    child: Child,
    said: BufReader<ChildStdout>,
    /// Of HTTP and of gRPC.
    ports: [u16; 2],
}

impl Receiver {
    fn start(python: PathBuf, arguments: &[&str]) -> Self {
        let mut command = Command::new(python);
        command.arg(tools::workspace().join("tests/interop/otlp_strict.py")).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python runs");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("its ports");
        let ports: Vec<u16> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        let ports = ports.try_into().expect("two ports");
        Self { child, said, ports }
    }

    /// What it got, and what is wrong with it.
    fn finish(&mut self) -> Value {
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.said.read_to_string(&mut text).expect("text");
        serde_json::from_str(&text).expect("JSON")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // What it started ends with its standard input, too; so not before it had the time.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Requests that end in every way that the demo knows, and a shutdown.
async fn demo_sends(protocol: &str, compression: &str, port: u16) {
    let endpoint = format!("http://127.0.0.1:{port}");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
    ];
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    let mut demo = Demo::start(binary, &["--quiet", "--no-frontend"], &variables);
    for (method, path, status) in [
        ("GET", "/api/activities/home", 200),
        ("GET", "/api/activities/search?term=hello&token=hunter2", 200),
        ("GET", "/no/such/route", 404),
        ("BREW", "/api/activities/home", 405),
        ("HEAD", "/api/activities/home", 200),
        ("POST", "/api/activities", 200),
        ("GET", "/fail/error", 500),
        ("GET", "/fail/panic", 500),
        ("GET", "/fail/stream", 200),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client().request(method.clone(), format!("{}{path}", demo.url));
        if method == "POST" {
            request = request.json(&json!({ "message": "hello", "ttl": "7-days" }));
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{path}");
        // The stream breaks off.
        let _ = answer.bytes().await;
    }
    assert!(demo.stop().success());
    let said = demo.printed.join("\n");
    assert!(said.contains("telemetry is sent") && !said.contains(" lost"), "{said}");
}

/// What is the same in every run.
fn spans(received: &Value) -> Vec<String> {
    let spans = received["spans"].as_array().expect("a list");
    let mut shown: Vec<_> = spans
        .iter()
        .map(|it| {
            let status = &it["attributes"]["http.response.status_code"];
            format!("{} {} {} {} {status}", it["service"], it["name"], it["kind"], it["status"])
        })
        .collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn a_receiver_that_looks_hard_finds_nothing() {
    let name = "a_receiver_that_looks_hard_finds_nothing";
    let Some(python) = tools::python() else {
        return tools::skip(name, "python with tests/interop/requirements.txt");
    };
    let mut seen = Vec::new();
    for (protocol, compression, arguments) in [
        ("http/protobuf", "none", &[][..]),
        ("grpc", "gzip", &[]),
        ("http/protobuf", "gzip", &["through-rotel"]),
        ("grpc", "none", &["through-rotel"]),
    ] {
        let mut receiver = Receiver::start(python.clone(), arguments);
        let is_grpc = protocol == "grpc";
        demo_sends(protocol, compression, receiver.ports[usize::from(is_grpc)]).await;
        let received = receiver.finish();
        let what = format!("{protocol} {compression} {arguments:?}");
        assert_eq!(received["faults"], json!({}), "{what}");
        let metrics = received["metrics"].as_object().expect("metrics");
        let duration = &metrics["http.server.request.duration"];
        assert_eq!((&duration[1], &duration[2]), (&json!("histogram"), &json!("s")), "{what}");
        let way = if is_grpc && arguments.is_empty() { "grpc" } else { "http" };
        assert_eq!(duration[0], way, "{what}");
        assert!(!received.to_string().contains("hunter2"), "{what}");
        let logs = received["logs"].as_array().expect("logs");
        assert!(logs.iter().any(|it| it["trace_id"] != ""), "{what}: {logs:?}");
        seen.push((what, spans(&received), logs.len()));
    }
    let (_, first, logs) = &seen[0];
    assert!(first.len() >= 9 && *logs >= 9, "{first:#?}");
    for (what, spans, count) in &seen {
        assert_eq!((spans, count), (first, logs), "{what}");
    }
}
