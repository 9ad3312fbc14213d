//! AWS Lambda, behind a function URL or API Gateway: a recipe of docs/recipes.md.

// recipe
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use cruddur_trace::{ObserveLayer, Telemetry};
use lambda_http::{Error, Request, Response, service_fn};
use tower::ServiceExt as _;

/// One invocation. The whole answer first, since the span ends with its body; then the flush, since
/// Lambda freezes the process between invocations.
async fn invoke(
    app: Router,
    telemetry: Option<&Telemetry>,
    request: Request,
) -> Result<Response<lambda_http::Body>, Error> {
    let (parts, body) = request.into_parts();
    let request = axum::extract::Request::from_parts(parts, Body::from(body.to_vec()));
    let (parts, body) = app.oneshot(request).await?.into_parts();
    let body = to_bytes(body, 6 * 1024 * 1024).await?;
    if let Some(telemetry) = telemetry {
        telemetry.flush(Duration::from_secs(2)).await;
    }
    Ok(Response::from_parts(parts, body.to_vec().into()))
}

fn app(layer: ObserveLayer) -> Router {
    Router::new().route("/users/{id}", get(|| async { "hello" })).layer(layer)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let telemetry = Telemetry::from_env()?.default_service("users").init()?;
    let app = app(ObserveLayer::new().scheme("https"));
    // `lambda_http` asks for one invocation after the other.
    let service = service_fn(|request| invoke(app.clone(), Some(&telemetry), request));
    lambda_http::run(service).await
}
// end

/// As a function URL sends it.
const EVENT: &str = r#"{
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/users/7",
    "rawQueryString": "a=1",
    "headers": {
        "host": "abc.lambda-url.us-east-1.on.aws",
        "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        "x-forwarded-proto": "https"
    },
    "requestContext": {
        "accountId": "anonymous",
        "apiId": "abc",
        "domainName": "abc.lambda-url.us-east-1.on.aws",
        "domainPrefix": "abc",
        "http": {
            "method": "GET",
            "path": "/users/7",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "test"
        },
        "requestId": "r",
        "routeKey": "$default",
        "stage": "$default",
        "time": "12/Mar/2026:19:03:58 +0000",
        "timeEpoch": 1773342238000
    },
    "isBase64Encoded": false
}"#;

#[tokio::test]
async fn an_invocation_is_a_span_of_the_caller_s_trace() {
    use cruddur_trace::record::Sampling;
    use cruddur_trace::testing::Capture;

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let layer = ObserveLayer::new()
        .scheme("https")
        .propagators("tracecontext,xray".parse().expect("valid"))
        .collect_into(capture.collector());
    let request = lambda_http::request::from_str(EVENT).expect("an event of a function URL");
    let response = invoke(app(layer), None, request).await.expect("an answer");
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"hello"[..]));
    let captured = capture.captured();
    let span = captured.span("GET /users/{id}");
    assert_eq!(span.trace_id.to_string(), "5759e988bd862e3fe1be46a994272793");
    assert_eq!(span.parent_id.map(|it| it.to_string()).as_deref(), Some("53995c3f42cd8ad8"));
}
