//! The same reports as Sentry events, to an endpoint that reads envelopes.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::Value;
use std::process::Command;
use std::sync::{Arc, Mutex};

type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// Header line, item header, event.
async fn envelope(
    State(received): State<Received>,
    headers: HeaderMap,
    body: Bytes,
) -> &'static str {
    let auth = headers["x-sentry-auth"].to_str().expect("text").to_owned();
    let event = body.split(|it| *it == b'\n').nth(2).expect("an item");
    let event = serde_json::from_slice(event).expect("an event");
    received.lock().expect("no panic").push((auth, event));
    "{}"
}

#[tokio::test]
async fn a_panic_becomes_one_event() {
    let received = Received::default();
    let app =
        Router::new().route("/api/7/envelope/", post(envelope)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(axum::serve(listener, app).into_future());

    let mut command = Command::new(env!("CARGO_BIN_EXE_fails"));
    command.arg("main").arg(format!("sentry:http://key@{address}/7"));
    command.stderr(std::process::Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status()).await;
    assert!(status.expect("no panic").expect("it runs").success());
    server.abort();

    let received = received.lock().expect("no panic");
    let [(auth, event)] = received.as_slice() else { panic!("{received:?}") };
    assert!(auth.contains("sentry_key=key"), "{auth}");
    let exception = &event["exception"]["values"][0];
    assert_eq!((&exception["type"], &exception["value"]), (&"panic".into(), &"fails: main".into()));
    let first = &exception["stacktrace"]["frames"][0]["function"];
    assert!(first.as_str().is_some_and(|it| it.ends_with("in_a_trace")), "{event:#}");
    assert_eq!(event["contexts"]["trace"]["trace_id"].as_str().map(str::len), Some(32));
}
