//! What code says of its request and what a layer can be told, as users do it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::{HttpMetrics, Panicked, SendObserved as _, set_metric_label};
use cruddur_trace::record::{MetricData, Sampling, SpanKind};
use cruddur_trace::testing::Capture;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

fn request(path: &str) -> Request<Body> {
    Request::get(path).header("host", "a").body(Body::empty()).expect("valid")
}

fn labels(metrics: &HttpMetrics, key: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for metric in metrics.snapshot().metrics {
        if let ("http.server.request.duration", MetricData::Histogram(points)) =
            (metric.name, metric.data)
        {
            for point in points {
                let value = point.attributes.iter().find(|it| it.key == key);
                let value = value.map_or_else(|| "none".to_owned(), |it| it.value.to_string());
                found.push((value, point.counts.iter().sum()));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_handler_tells_the_metrics_of_its_request_apart() {
    let metrics = Arc::new(HttpMetrics::new());
    let handler = |request: axum::extract::Request| async move {
        match request.uri().query() {
            Some("plan=gold") => {
                set_metric_label("app.plan", "silver");
                set_metric_label("app.plan", "gold");
            }
            Some(_) => set_metric_label("app.plan", "free"),
            None => {}
        }
    };
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer =
        ObserveLayer::new().record_into(Arc::clone(&metrics)).collect_into(capture.collector());
    let app = Router::new().route("/", get(handler)).layer(layer);
    for path in ["/?plan=gold", "/?plan=gold", "/?plan=free", "/"] {
        app.clone().oneshot(request(path)).await.expect("an answer");
    }
    let expected = [("free", 1), ("gold", 2), ("none", 1)].map(|(it, n)| (it.to_owned(), n));
    assert_eq!(labels(&metrics, "app.plan"), expected);
    // Outside of a request it does nothing.
    set_metric_label("app.plan", "gold");
    assert_eq!(labels(&metrics, "app.plan"), expected);
}

#[tokio::test]
async fn a_panic_is_answered_as_the_user_wants() {
    let own = |panicked: &Panicked| {
        assert_eq!(panicked.message, "oh no");
        let id = panicked.request_id.as_deref().unwrap_or_default();
        let body = format!("sorry, {id}").into_bytes();
        Response::builder().status(503).header("x-own", "1").body(body).expect("valid")
    };
    let ask = async |layer: ObserveLayer| {
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer = layer.collect_into(capture.collector());
        let panics = || async {
            if true {
                std::panic::resume_unwind(Box::new("oh no"))
            }
        };
        let app = Router::new().route("/", get(panics)).layer(layer);
        let mut request = request("/");
        request.headers_mut().insert("x-request-id", "req-1".parse().expect("valid"));
        let response = app.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let status = capture.captured().spans()[0].attribute("http.response.status_code").cloned();
        (parts, String::from_utf8_lossy(&body).into_owned(), status)
    };
    let (parts, body, status) = ask(ObserveLayer::new().panic_answer(own)).await;
    assert_eq!((parts.status.as_u16(), body.as_str()), (503, "sorry, req-1"));
    assert_eq!(
        (&parts.headers["x-own"], &parts.headers["x-request-id"]),
        (&"1".parse().expect("valid"), &"req-1".parse().expect("valid"))
    );
    assert_eq!(status, Some(503.into()));
    // Should it panic as well, the usual answer serves.
    let broken = |_: &Panicked| std::panic::resume_unwind(Box::new("again"));
    let (parts, body, _) = ask(ObserveLayer::new().panic_answer(broken)).await;
    assert_eq!(parts.status, 500);
    assert!(body.contains("internal server error") && body.contains("req-1"), "{body}");
}

#[tokio::test]
async fn reqwest_sends_observed() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let seen = Arc::new(std::sync::Mutex::new(HeaderMap::new()));
    let headers = Arc::clone(&seen);
    let handler = move |request: axum::extract::Request| async move {
        *headers.lock().expect("no panic") = request.headers().clone();
        http::StatusCode::NOT_FOUND
    };
    let layer = ObserveLayer::new().collect_into(capture.collector());
    let app = Router::new().route("/{id}", get(handler)).layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });

    let client = reqwest::Client::new();
    let url = format!("http://user:secret@{address}/7?sig=abc");
    let (captured, response) = Capture::new(Sampling::ALWAYS)
        .run_async(async { client.get(&url).send_observed().await })
        .await;
    assert_eq!(response.expect("a response").status(), 404);
    let span = captured.spans().into_iter().find(|it| it.kind == SpanKind::Client);
    let span = span.expect("a client span");
    assert_eq!(span.attribute("error.type"), Some(&"404".into()));
    assert_eq!(span.attribute("server.address"), Some(&"127.0.0.1".into()));
    let tree = captured.tree();
    assert!(!tree.contains("secret") && !tree.contains("abc"), "{tree}");
    // The host is not named, so nothing is told.
    assert!(!seen.lock().expect("no panic").contains_key("traceparent"));
    // What can't be a URL fails as reqwest has it.
    let refused = client.get("http://127.0.0.1:1/").send_observed().await;
    assert!(refused.expect_err("nobody listens").is_connect());
}

#[tokio::test]
async fn what_a_handler_said_is_never_replaced() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .collect_into(capture.collector())
        .propagators("xray".parse().expect("valid"))
        .expose_to("*".parse().expect("valid"));
    let own = [
        ("server-timing", "db;dur=53"),
        ("x-request-id", "mine"),
        ("x-amzn-trace-id", "mine"),
        ("access-control-expose-headers", "etag"),
        ("timing-allow-origin", "https://b.example"),
    ];
    let app = Router::new().route("/", get(move || async move { own })).layer(layer);
    let mut request = request("/");
    let headers =
        [("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793"), ("origin", "o")];
    for (name, value) in headers {
        request.headers_mut().insert(name, value.parse().expect("valid"));
    }
    let response = app.oneshot(request).await.expect("an answer");
    let all = |name: &str| -> Vec<String> {
        let values = response.headers().get_all(name).iter();
        values.map(|it| it.to_str().expect("text").to_owned()).collect()
    };
    for (name, value) in own {
        assert_eq!(all(name)[0], value, "{name}");
    }
    // Lists grow; what there is one of stays alone.
    assert_eq!(all("server-timing").len(), 2);
    assert_eq!(all("access-control-expose-headers").len(), 2);
    assert_eq!((all("x-request-id").len(), all("x-amzn-trace-id").len()), (1, 1));
}

#[tokio::test]
async fn filters_of_tracing_never_lose_the_parent() {
    use tracing_subscriber::layer::SubscriberExt as _;

    let quiet = tracing_subscriber::registry()
        .with(tracing_subscriber::filter::LevelFilter::OFF)
        .with(cruddur_trace::bridge::tracing::TracingLayer::new());
    let _quiet = tracing::subscriber::set_default(quiet);
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new().collect_into(capture.collector());
    let handler = || async {
        let mut sent = HeaderMap::new();
        cruddur_trace::inject(&mut sent);
        sent["traceparent"].to_str().expect("text").to_owned()
    };
    let app = Router::new().route("/", get(handler)).layer(layer);
    let mut request = request("/");
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request.headers_mut().insert("traceparent", parent.parse().expect("valid"));
    let response = app.oneshot(request).await.expect("an answer");
    let sent = response.into_body().collect().await.expect("a body").to_bytes();
    let span = capture.captured().spans()[0].clone();
    assert_eq!(span.parent_id.expect("a parent").to_string(), "00f067aa0ba902b7");
    assert_eq!(sent, format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", span.span_id));
}

#[tokio::test]
async fn a_filter_that_panics_fails_nobody() {
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .collect_into(capture.collector())
        .filter(|_| std::panic::resume_unwind(Box::new("a faulty filter")));
    let app = Router::new().route("/", get(|| async { "ok" })).layer(layer);
    assert_eq!(app.oneshot(request("/")).await.expect("an answer").status(), 200);
    assert_eq!(capture.captured().spans().len(), 1);
}

#[tokio::test]
async fn events_are_a_stream_however_their_type_is_written() {
    let metrics = Arc::new(HttpMetrics::new());
    let layer = ObserveLayer::new().record_into(Arc::clone(&metrics));
    let handler = |path: axum::extract::Path<String>| async move {
        let kind =
            if path.0 == "events" { "Text/Event-Stream;charset=utf-8" } else { "text/event" };
        ([("content-type", kind)], "data: x\n\n")
    };
    let app = Router::new().route("/{path}", get(handler)).layer(layer);
    for path in ["/events", "/other"] {
        let response = app.clone().oneshot(request(path)).await.expect("an answer");
        response.into_body().collect().await.expect("a body");
    }
    assert_eq!(labels(&metrics, "http.route"), [("/{path}".to_owned(), 1)]);
}
