//! What the environment says of layers. A process has one telemetry, so this is a binary of its own.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use cruddur_trace::layer::{ClientLayer, PeerAddr};
use cruddur_trace::record::{Sampling, SpanRecord};
use cruddur_trace::testing::Capture;
use cruddur_trace::{ObserveLayer, Telemetry};
use http::{HeaderMap, Request, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Rig {
    app: Router,
    capture: Capture,
}

impl Rig {
    fn new() -> Self {
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        // Long before there is a telemetry, and by code alone.
        let layer =
            ObserveLayer::new().exclude_paths(["/by-code"]).collect_into(capture.collector());
        let app = Router::new().fallback(any(|| async { "hello" })).layer(layer);
        Self { app, capture }
    }

    async fn ask(&self, method: &str, path: &str) -> Option<SpanRecord> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "a.example")
            .header("traceparent", CALLER)
            .header("x-forwarded-for", "198.51.100.7")
            .header("x-plan", "gold")
            .header("x-house-number", "7")
            .body(Body::empty())
            .expect("valid");
        let peer = "10.1.2.3:55555".parse().expect("an address");
        request.extensions_mut().insert(PeerAddr(peer));
        self.app.clone().oneshot(request).await.expect("an answer");
        self.capture.captured().spans().first().map(|span| (*span).clone())
    }
}

/// Whether a request to this host carries context.
async fn is_told(layer: &ClientLayer, url: &str) -> bool {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let headers = Arc::clone(&seen);
    let client = layer.layer(service_fn(move |request: Request<()>| {
        *headers.lock().expect("no panic") = request.headers().clone();
        async { Ok::<_, Infallible>(Response::new(())) }
    }));
    let request = Request::get(url).body(()).expect("valid");
    let (_, sent) = Capture::new(Sampling::ALWAYS).run_async(client.oneshot(request)).await;
    sent.expect("sent");
    seen.lock().expect("no panic").contains_key("traceparent")
}

fn text(span: &SpanRecord, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[tokio::test]
async fn a_layer_made_before_the_telemetry_follows_the_environment() {
    let rig = Rig::new();
    let client = ClientLayer::new();

    // Nothing has been said yet.
    assert!(rig.ask("GET", "/by-code").await.is_none());
    let span = rig.ask("GET", "/health").await.expect("a span");
    assert_eq!(text(&span, "client.address").as_deref(), Some("10.1.2.3"));
    assert_eq!(span.trace_id.to_string(), CALLER[3..35]);
    assert_eq!(span.attribute("http.request.header.x-plan"), None);
    assert!(!is_told(&client, "http://notifier.internal/").await);

    let telemetry = Telemetry::without_env()
        .force_setting("OTEL_LOG_LEVEL", "none")
        .force_setting("OTEL_TRACES_EXPORTER", "none")
        .force_setting("CRUDDUR_EXCLUDED_PATHS", "/health,/internal/*")
        .force_setting("CRUDDUR_TRUSTED_PROXIES", "10.0.0.0/8")
        .force_setting("CRUDDUR_PUBLIC_ENDPOINT", "true")
        .force_setting("CRUDDUR_PROPAGATE_TO", "*.internal,[::1]:80")
        .force_setting("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,PURGE")
        .force_setting(
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST",
            "x-plan,x-house-number",
        )
        .force_setting("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", "content-type")
        .force_setting("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", "house")
        .start()
        .expect("valid settings");

    for path in ["/health", "/internal/x", "/by-code"] {
        assert!(rig.ask("GET", path).await.is_none(), "{path}");
    }
    let span = rig.ask("PURGE", "/internals").await.expect("a span");
    assert_eq!(span.name, "PURGE");
    // Strangers force nothing: a trace of its own, linked to theirs.
    assert_ne!(span.trace_id.to_string(), CALLER[3..35]);
    assert_eq!(span.links[0].span_id.to_string(), CALLER[36..52]);
    assert_eq!(text(&span, "client.address").as_deref(), Some("198.51.100.7"));
    assert_eq!(text(&span, "http.request.header.x-plan").as_deref(), Some("[gold]"));
    let masked = text(&span, "http.request.header.x-house-number").expect("it is listed");
    assert!(!masked.contains('7'), "{masked}");
    assert!(span.attribute("http.response.header.content-type").is_some());
    // The list replaces the standard one.
    assert_eq!(rig.ask("POST", "/").await.expect("a span").name, "HTTP");

    assert!(is_told(&client, "http://notifier.internal/").await);
    assert!(is_told(&client, "http://[::1]/").await);
    assert!(!is_told(&client, "http://example.com/").await);
    drop(telemetry);
}
