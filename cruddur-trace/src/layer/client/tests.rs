//! Tests of the client layer, without a socket.

use std::convert::Infallible;
use std::sync::Mutex;

use http::{HeaderMap, Request, Response};
use tower::{ServiceExt, service_fn};

use super::*;
use crate::record::{Outcome, Sampling, SpanKind, Status, Value};
use crate::testing::{Capture, Captured};

/// Sends a request within a capture; gives what was recorded and the headers that went out.
async fn send(layer: ClientLayer, request: Request<()>, status: u16) -> (Captured, HeaderMap) {
    let sent = Arc::new(Mutex::new(HeaderMap::new()));
    let seen = Arc::clone(&sent);
    let server = service_fn(move |request: Request<()>| {
        *seen.lock().expect("no panic") = request.headers().clone();
        async move {
            let response = Response::builder().status(status).body(()).expect("valid");
            Ok::<_, Infallible>(response)
        }
    });
    let client = layer.layer(server);
    let (captured, result) =
        Capture::new(Sampling::ALWAYS).run_async(client.oneshot(request)).await;
    result.expect("a response");
    let headers = sent.lock().expect("no panic").clone();
    (captured, headers)
}

fn request(url: &str) -> Request<()> {
    Request::get(url).body(()).expect("valid")
}

#[tokio::test]
async fn a_request_is_a_client_span_and_carries_its_context() {
    let layer = ClientLayer::new().propagate_to(["notifier.internal"]);
    let url = "http://user:secret@notifier.internal:4569/notify?sig=abc&a=1";
    let (captured, headers) = send(layer, request(url), 200).await;
    let span = captured.span("GET");
    assert_eq!((span.kind, span.outcome), (SpanKind::Client, Outcome::Ok));
    assert_eq!(span.parent_id, Some(captured.root().span_id));
    assert_eq!(headers["traceparent"], format!("00-{}-{}-03", span.trace_id, span.span_id));
    let tree = captured.tree();
    assert!(!tree.contains("secret") && !tree.contains("abc"), "{tree}");
    assert!(tree.contains("server.address=notifier.internal server.port=4569"), "{tree}");
    assert!(tree.contains("http.response.status_code=200"), "{tree}");
}

#[tokio::test]
async fn a_host_that_is_not_named_is_told_nothing() {
    let mut stranger = request("https://example.com/");
    stranger.headers_mut().insert("traceparent", "00-left-over".parse().expect("valid"));
    let (captured, headers) = send(ClientLayer::new(), stranger, 200).await;
    assert!(headers.is_empty(), "{headers:?}");
    let port = captured.span("GET").attribute("server.port").and_then(Value::as_i64);
    assert_eq!(port, Some(443));
}

#[tokio::test]
async fn a_client_s_4xx_is_an_error() {
    let (captured, _) = send(ClientLayer::new(), request("http://a/"), 404).await;
    let span = captured.span("GET");
    assert_eq!(span.status, Status::Error { message: "".into() });
    assert_eq!(span.attribute("error.type"), Some(&"404".into()));
}

#[tokio::test]
async fn an_error_of_the_connection_is_recorded() {
    let refused = |_: Request<()>| async {
        Err::<Response<()>, _>(std::io::Error::other("connection refused"))
    };
    let client = ClientLayer::new().layer(service_fn(refused));
    let (captured, result) =
        Capture::new(Sampling::ALWAYS).run_async(client.oneshot(request("http://a/"))).await;
    result.expect_err("the connection was refused");
    let span = captured.span("GET");
    assert_eq!(span.outcome, Outcome::Error);
    assert_eq!(span.error.as_ref().map(|it| it.message.as_str()), Some("connection refused"));
}

#[tokio::test]
async fn every_attempt_is_a_span_of_its_own() {
    let client = ClientLayer::new()
        .layer(service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) }));
    let attempts = async {
        for attempt in 0..3_u32 {
            let mut request = request("http://a/");
            if attempt > 0 {
                request.extensions_mut().insert(ResendCount(attempt));
            }
            client.clone().oneshot(request).await.expect("a response");
        }
    };
    let (captured, ()) = Capture::new(Sampling::ALWAYS).run_async(attempts).await;
    let counts: Vec<_> = captured
        .spans()
        .iter()
        .map(|span| span.attribute("http.request.resend_count").and_then(Value::as_i64))
        .collect();
    assert_eq!(counts, [None, Some(1), Some(2)]);
}
