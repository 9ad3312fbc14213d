//! A hundred secrets in each place, and every sink on: none of them leaves, by any way.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::secrets::{HEADERS, KEYS, PLAIN, STATEMENTS, TEXTS, secret};

/// What left, by its way.
type Left = Arc<Mutex<BTreeMap<&'static str, Vec<u8>>>>;

/// Takes whatever comes, and answers as the service would.
async fn receive(State(left): State<Left>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    assert!(!headers.contains_key("content-encoding"), "the bytes are looked at as they are");
    let (way, kind, answer) = match uri.path() {
        "/v1/traces" => ("OTLP traces", "application/x-protobuf", ""),
        "/v1/logs" => ("OTLP logs", "application/x-protobuf", ""),
        "/v1/metrics" => ("OTLP metrics", "application/x-protobuf", ""),
        "/api/1/item/" => ("Rollbar", "application/json", "{\"err\":0,\"result\":{}}"),
        "/api/7/envelope/" => ("Sentry", "application/json", "{}"),
        "/" => ("CloudWatch Logs", "application/x-amz-json-1.1", "{}"),
        other => panic!("nobody sends to {other}"),
    };
    let mut left = left.lock().expect("no panic");
    let bytes = left.entry(way).or_default();
    bytes.extend_from_slice(&body);
    bytes.push(b'\n');
    ([("content-type", kind)], answer).into_response()
}

/// Runs the program with a receiver for every sink.
async fn run() -> BTreeMap<&'static str, Vec<u8>> {
    let left = Left::default();
    let app = Router::new().fallback(receive).with_state(Arc::clone(&left));
    let app = app.layer(axum::extract::DefaultBodyLimit::max(64 << 20));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(axum::serve(listener, app).into_future());
    let daemon = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = daemon.local_addr().expect("an address");
    daemon.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let segments = std::thread::spawn(move || {
        let (mut all, mut datagram) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            match daemon.recv(&mut datagram) {
                Ok(length) => all.extend_from_slice(&datagram[..length]),
                Err(_) if end.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty) => {
                    return all;
                }
                Err(_) => {}
            }
        }
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaks"));
    command.arg(base).arg(address.to_string());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(ended);
    server.abort();
    let mut left = std::mem::take(&mut *left.lock().expect("no panic"));
    left.insert("X-Ray", segments.join().expect("no panic"));
    left.insert("terminal", output.stdout);
    left
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_by_any_way() {
    let left = run().await;
    let ways: Vec<_> = left.keys().copied().filter(|it| *it != "OTLP metrics").collect();
    let expected =
        ["CloudWatch Logs", "OTLP logs", "OTLP traces", "Rollbar", "Sentry", "X-Ray", "terminal"];
    assert_eq!(ways, expected, "something left by every way");

    let lists = [(0, TEXTS), (100, KEYS), (300, STATEMENTS)];
    let lines = lists.iter().flat_map(|(from, list)| {
        list.iter().enumerate().map(move |(at, line)| (from + at, (*line).to_owned()))
    });
    let headers = HEADERS.iter().enumerate();
    let headers = headers.map(|(at, (name, value))| (200 + at, format!("{name}: {value}")));
    let resource = [(999, "a resource attribute".to_owned())];
    let secrets: Vec<_> = lines.chain(headers).chain(resource).collect();
    assert!(secrets.len() >= 100, "{}", secrets.len());
    let mut leaked = Vec::new();
    for (way, bytes) in &left {
        let text = String::from_utf8_lossy(bytes);
        assert!(*way == "OTLP metrics" || text.contains("REDACTED"), "{way}: the corpus went by");
        for (number, line) in &secrets {
            if let Some(at) = text.find(&secret(*number)) {
                let around = text[..at].char_indices().rev().nth(120).map_or(0, |(at, _)| at);
                leaked.push(format!("{way}: {line}\n    {}", &text[around..at + 11]));
            }
        }
    }
    assert!(leaked.is_empty(), "{} leaked:\n{}", leaked.len(), leaked.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_looks_like_a_secret_stays() {
    let left = run().await;
    for (way, bytes) in &left {
        let text = String::from_utf8_lossy(bytes);
        let missing: Vec<_> = PLAIN.iter().filter(|it| !text.contains(**it)).collect();
        match *way {
            "OTLP metrics" => {}
            // Datagrams may be lost.
            "X-Ray" => assert!(missing.len() < PLAIN.len(), "{way}: {missing:?}"),
            _ => assert!(missing.is_empty(), "{way}: {missing:?}"),
        }
    }
}
