//! `OTEL_SDK_DISABLED=true`: nothing is recorded, and context passes through as it came, so that the
//! traces of others stay whole. A process of its own, since there is one telemetry in each.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::{ObserveLayer, Telemetry, observe};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[observe]
async fn handler() -> String {
    let mut sent = HeaderMap::new();
    cruddur_trace::inject(&mut sent);
    let text =
        |name: &str| sent.get(name).and_then(|it| it.to_str().ok()).unwrap_or("-").to_owned();
    ["traceparent", "tracestate", "baggage", "x-amzn-trace-id"].map(text).join(" ")
}

#[tokio::test]
async fn context_passes_through_as_it_came() {
    let telemetry = Telemetry::from_env()
        .expect("a readable environment")
        .force_setting("OTEL_SDK_DISABLED", "true")
        .force_setting("OTEL_PROPAGATORS", "tracecontext,baggage,xray")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .start()
        .expect("valid settings");
    let metrics = std::sync::Arc::new(HttpMetrics::new());
    let layer = ObserveLayer::new().record_into(metrics);
    let app = Router::new().route("/", get(handler)).layer(layer);
    let ask = async |parent: &str| {
        let request = Request::get("/")
            .header("traceparent", parent)
            .header("tracestate", "a=1")
            .header("baggage", "k=v;p=1")
            .body(Body::empty())
            .expect("valid");
        let response = app.clone().oneshot(request).await.expect("an answer");
        assert!(response.headers().contains_key("x-request-id"));
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        String::from_utf8_lossy(&body).into_owned()
    };
    let (trace, span) = ("5759e988bd862e3fe1be46a994272793", "00f067aa0ba902b7");
    for (flags, sampled) in [("01", "1"), ("00", "0"), ("03", "1")] {
        let parent = format!("00-{trace}-{span}-{flags}");
        let xray =
            format!("Root=1-{}-{};Parent={span};Sampled={sampled}", &trace[..8], &trace[8..]);
        assert_eq!(ask(&parent).await, format!("{parent} a=1 k=v;p=1 {xray}"));
    }
    telemetry.shutdown(Duration::from_secs(5)).await;
}
