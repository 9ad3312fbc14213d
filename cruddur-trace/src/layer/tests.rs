//! Tests of the layer as a whole, on axum, without a socket. What needs a real connection is in the
//! workspace's end-to-end tests.

mod failures;

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::record::{Outcome, Sampling, SpanKind, SpanRecord, Status};
use crate::testing::{Capture, Captured};

/// Sends one request, reads the whole answer, and gives it with what was recorded.
async fn send(app: Router, request: Request<Body>) -> (Response<String>, Captured) {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, response) = capture
        .run_async(async {
            let response = app.oneshot(request).await.expect("a router never fails");
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.map(|body| body.to_bytes().to_vec());
            let text = bytes.map_or_else(
                |error| format!("error: {error}"),
                |bytes| String::from_utf8(bytes).expect("text"),
            );
            Response::from_parts(parts, text)
        })
        .await;
    (response, captured)
}

fn request(uri: &str) -> Request<Body> {
    Request::get(uri).header("host", "api.example:4567").body(Body::empty()).expect("valid")
}

fn app() -> Router {
    Router::new()
        .route("/users/{id}", get(|| async { "hello" }))
        .route("/fails", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route(
            "/panics",
            get(|| async {
                if true {
                    panic!("oh no")
                }
            }),
        )
        .layer(ObserveLayer::new())
}

fn only(captured: &Captured) -> SpanRecord {
    let spans = captured.spans();
    assert_eq!(spans.len(), 1, "{}", captured.tree());
    spans[0].clone()
}

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[tokio::test]
async fn a_request_is_one_server_span_with_its_attributes() {
    let mut request = request("/users/7?a=1&sig=secret");
    request.extensions_mut().insert(PeerAddr("192.0.2.1:55555".parse().expect("valid")));
    request.headers_mut().insert("user-agent", "test/1".parse().expect("valid"));
    let (response, captured) = send(app(), request).await;
    assert_eq!((response.status(), response.body().as_str()), (StatusCode::OK, "hello"));
    let span = only(&captured);
    assert_eq!(
        (span.kind, &span.status, span.outcome),
        (SpanKind::Server, &Status::Unset, Outcome::Ok)
    );
    assert_eq!(
        captured.tree(),
        "GET /users/{id} (server) http.request.method=GET url.path=/users/7 url.scheme=http \
         url.query=a=1&sig=REDACTED server.address=api.example server.port=4567 \
         client.address=192.0.2.1 network.peer.address=192.0.2.1 network.peer.port=55555 \
         network.protocol.version=1.1 user_agent.original=test/1 http.response.status_code=200 \
         http.route=/users/{id}\n"
    );
}

#[tokio::test]
async fn a_trace_goes_on_from_the_caller() {
    let mut request = request("/users/7");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request.headers_mut().insert("traceparent", parent.parse().expect("valid"));
    let (response, captured) = send(app(), request).await;
    let span = only(&captured);
    assert_eq!(span.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.parent_id.map(|id| id.to_string()).as_deref(), Some("00f067aa0ba902b7"));
    assert_eq!(
        response.headers()["server-timing"],
        format!("traceparent;desc=\"00-{}-{}-01\"", span.trace_id, span.span_id)
    );
    assert_eq!(response.headers()["x-request-id"], span.trace_id.to_string());
}

#[tokio::test]
async fn only_the_server_s_faults_are_errors() {
    let check = |uri: &'static str, status: u16, error: Option<&'static str>| async move {
        let (response, captured) = send(app(), request(uri)).await;
        let span = only(&captured);
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            span.attribute("http.response.status_code").and_then(crate::record::Value::as_i64),
            Some(i64::from(status))
        );
        assert_eq!(text(&span, "error.type").as_deref(), error);
        let expected =
            if error.is_some() { Status::Error { message: "".into() } } else { Status::Unset };
        assert_eq!(span.status, expected);
    };
    check("/fails", 502, Some("502")).await;
    check("/missing", 404, None).await;
}

#[tokio::test]
async fn an_unmatched_path_has_no_route() {
    let (_, captured) = send(app(), request("/nowhere")).await;
    let span = only(&captured);
    assert_eq!((span.name.as_ref(), span.attribute("http.route")), ("GET", None));
}

#[tokio::test]
async fn a_stream_s_span_ends_with_the_stream() {
    let app = Router::new()
        .route(
            "/stream",
            get(|| async {
                let chunks = futures::stream::unfold(0, |sent| async move {
                    if sent == 3 {
                        return None;
                    }
                    crate::add_event("chunk", Vec::new());
                    Some((Ok::<_, Infallible>("x"), sent + 1))
                });
                Body::from_stream(chunks).into_response()
            }),
        )
        .layer(ObserveLayer::new());
    let (response, captured) = send(app, request("/stream")).await;
    assert_eq!(response.body(), "xxx");
    let span = only(&captured);
    assert_eq!((span.outcome, span.events.len()), (Outcome::Ok, 3));
    assert!(span.attribute("app.time_to_headers_s").is_some());
}

#[tokio::test]
async fn the_secrets_of_signed_urls_are_masked() {
    let check = |query: &'static str, expected: &'static str| async move {
        let uri: &'static str = format!("/users/7?{query}").leak();
        let (_, captured) = send(app(), request(uri)).await;
        assert_eq!(text(&only(&captured), "url.query").as_deref(), Some(expected));
    };
    check("a=1&b=2", "a=1&b=2").await;
    check("X-Amz-Signature=x&a=1", "X-Amz-Signature=REDACTED&a=1").await;
    check("X-Amz-Credential=x", "X-Amz-Credential=REDACTED").await;
    check("X-Amz-Security-Token=x", "X-Amz-Security-Token=REDACTED").await;
    check("AWSAccessKeyId=x&Signature=y", "AWSAccessKeyId=REDACTED&Signature=REDACTED").await;
    check("sig=x&design=1", "sig=REDACTED&design=1").await;
    check("X-Goog-Signature=x", "X-Goog-Signature=REDACTED").await;
}

#[tokio::test]
async fn a_layer_around_the_router_learns_the_route() {
    use tower_layer::Layer as _;

    let router: Router = Router::new()
        .nest("/api", Router::new().route("/users/{id}", get(|| async { "hello" })))
        .route_layer(RouteLayer::new());
    let service = ObserveLayer::new().layer(router);
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, _) =
        capture.run_async(async { drop(service.oneshot(request("/api/users/7")).await) }).await;
    assert_eq!(captured.spans()[0].name, "GET /api/users/{id}");
}

#[tokio::test]
async fn handlers_learn_their_trace_and_request() {
    let handler = |Traced(trace): Traced, RequestId(id): RequestId| async move {
        crate::set_user("u-1");
        crate::set_attribute("plan", "gold");
        format!("{} {}", trace.expect("a trace").trace_id, id.expect("an id"))
    };
    let app = Router::new().route("/", get(handler)).layer(ObserveLayer::new());
    let (response, captured) = send(app, request("/")).await;
    let span = only(&captured);
    assert_eq!(*response.body(), format!("{0} {0}", span.trace_id));
    assert_eq!(text(&span, "user.id").as_deref(), Some("u-1"));
    assert_eq!(text(&span, "plan").as_deref(), Some("gold"));
}

#[tokio::test]
async fn listed_headers_are_recorded_and_secrets_among_them_masked() {
    let names = ["x-plan", "authorization", "x-house"].map(http::HeaderName::from_static);
    let layer = ObserveLayer::new()
        .capture_request_headers(names)
        .capture_response_headers([http::header::CONTENT_TYPE])
        .mask_headers(["house"]);
    let app = Router::new().route("/", get(|| async { "hello" })).layer(layer);
    let mut request = request("/");
    for (name, value) in
        [("x-plan", "gold"), ("authorization", "Bearer abc"), ("x-house", "abc"), ("cookie", "abc")]
    {
        request.headers_mut().append(name, value.parse().expect("valid"));
    }
    let (_, captured) = send(app, request).await;
    let span = only(&captured);
    assert_eq!(text(&span, "http.request.header.x-plan").as_deref(), Some("[gold]"));
    assert!(
        text(&span, "http.response.header.content-type")
            .is_some_and(|it| it.starts_with("[text/plain"))
    );
    assert!(span.attribute("http.request.header.authorization").is_some());
    assert!(!captured.tree().contains("abc"), "{}", captured.tree());
}

#[tokio::test]
async fn strangers_force_and_suppress_nothing() {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .layer(ObserveLayer::new().public_endpoint());
    let mut request = request("/");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    request.headers_mut().insert("traceparent", parent.parse().expect("valid"));
    let (_, captured) = send(app, request).await;
    let span = only(&captured);
    assert_eq!(span.parent_id, None);
    assert_ne!(span.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.links[0].span_id.to_string(), "00f067aa0ba902b7");
}

#[tokio::test]
async fn grpc_has_its_status_in_the_trailers() {
    let check = |code: &'static str, outcome: Outcome| async move {
        let frames = move || {
            let mut trailers = http::HeaderMap::new();
            trailers.insert("grpc-status", code.parse().expect("valid"));
            let data = http_body::Frame::data(bytes::Bytes::from("x"));
            futures::stream::iter([
                Ok::<_, Infallible>(data),
                Ok(http_body::Frame::trailers(trailers)),
            ])
        };
        let handler = move || async move { Body::new(http_body_util::StreamBody::new(frames())) };
        let app =
            Router::new().route("/pkg.Greeter/Hello", get(handler)).layer(ObserveLayer::new());
        let mut request = request("/pkg.Greeter/Hello");
        request.headers_mut().insert("content-type", "application/grpc".parse().expect("valid"));
        let (_, captured) = send(app, request).await;
        let span = only(&captured);
        assert_eq!(span.outcome, outcome, "{code}");
        assert_eq!(text(&span, "rpc.grpc.status_code").as_deref(), Some(code));
    };
    check("0", Outcome::Ok).await;
    check("5", Outcome::Ok).await;
    check("13", Outcome::Error).await;
}

#[tokio::test]
async fn a_body_that_gave_its_whole_length_is_complete() {
    let app =
        Router::new().route("/", get(|| async { Body::from("12345") })).layer(ObserveLayer::new());
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, ()) = capture
        .run_async(async {
            let response = app.oneshot(request("/")).await.expect("a response");
            let mut body = response.into_body();
            let frame = body.frame().await.expect("a frame").expect("data");
            assert_eq!(frame.data_ref().map(bytes::Bytes::len), Some(5));
            // A server drops it now, without asking whether there is more.
        })
        .await;
    assert_eq!(only(&captured).outcome, Outcome::Ok);
}
