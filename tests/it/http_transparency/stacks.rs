//! The router whose answers are compared, and the places where the layer may stand.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::sse::{Event, Sse};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::RouteLayer;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

fn stream(chunks: &'static [&'static str]) -> Body {
    Body::from_stream(futures::stream::iter(chunks).then(|chunk| async move {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(*chunk)
    }))
}

fn status(status: StatusCode, body: &'static str) -> Response {
    (status, body).into_response()
}

fn with_trailers() -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "7".parse().expect("valid"));
    let frames = [Frame::data(Bytes::from("data")), Frame::trailers(trailers)];
    let frames = futures::stream::iter(frames.map(Ok::<_, Infallible>));
    ([("trailer", "x-checksum")], Body::new(StreamBody::new(frames))).into_response()
}

fn broken() -> Body {
    let error = futures::stream::once(async { Err(std::io::Error::other("disk")) });
    Body::from_stream(futures::stream::iter([Ok("one")]).chain(error))
}

fn router() -> Router {
    let nested = Router::new()
        .route("/{id}", get(|| async { "nested" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here") });
    let slow = Router::new().route("/slow", get(std::future::pending::<&str>)).layer(
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(5)),
    );
    Router::new()
        .route("/ok", any(|| async { "ok" }))
        .route("/get", get(|| async { "got" }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/ignore", post(|| async { "not read" }))
        .route("/stream", get(|| async { stream(&["a", "", "bc", "d"]) }))
        .route("/trailers", get(|| async { with_trailers() }))
        .route("/broken", get(|| async { broken() }))
        .route("/large", get(|| async { "x".repeat(300_000) }))
        .route("/length", get(|| async { ([("content-length", "4")], stream(&["ab", "cd"])) }))
        .route(
            "/events",
            get(|| async {
                Sse::new(
                    futures::stream::iter(["a", "b"])
                        .map(|it| Ok::<_, Infallible>(Event::default().data(it))),
                )
            }),
        )
        .route("/none", get(|| async { Body::empty() }))
        .route("/204", get(|| async { status(StatusCode::NO_CONTENT, "forbidden") }))
        .route("/304", get(|| async { status(StatusCode::NOT_MODIFIED, "forbidden") }))
        .route(
            "/range",
            get(|| async {
                let range = [("content-range", "bytes 0-3/9")];
                (StatusCode::PARTIAL_CONTENT, range, "part")
            }),
        )
        .route("/moved", get(|| async { Redirect::permanent("/ok") }))
        .route("/500", get(|| async { status(StatusCode::INTERNAL_SERVER_ERROR, "sorry") }))
        .route(
            "/cookies",
            get(|| async {
                AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "x")])
            }),
        )
        .nest("/api", nested)
        .merge(slow)
}

fn with(router: Router, layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

pub(super) fn on_the_router(layer: Option<ObserveLayer>) -> Router {
    with(router(), layer)
}

pub(super) fn on_the_routes(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().route_layer(layer),
        None => router(),
    }
}

pub(super) fn around_the_router(layer: Option<ObserveLayer>) -> Router {
    let inner = router().route_layer(RouteLayer::new());
    match layer {
        Some(layer) => {
            Router::new().fallback_service(ServiceBuilder::new().layer(layer).service(inner))
        }
        None => Router::new().fallback_service(inner),
    }
}

pub(super) fn twice(layer: Option<ObserveLayer>) -> Router {
    with(with(router(), layer.clone()), layer)
}

pub(super) fn below_a_path(layer: Option<ObserveLayer>) -> Router {
    with(Router::new(), None).nest_service("/below", with(router(), layer))
}

/// The layers that stand beside it most often, from the outside in.
macro_rules! others {
    ($builder:expr) => {
        $builder
            .layer(TraceLayer::new_for_http())
            .layer(CorsLayer::permissive())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                Duration::from_secs(60),
            ))
            .layer(CompressionLayer::new())
            .layer(RequestBodyLimitLayer::new(1_000))
            .layer(CatchPanicLayer::new())
    };
}

pub(super) fn around_others(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().layer(others!(ServiceBuilder::new().layer(layer))),
        None => router().layer(others!(ServiceBuilder::new())),
    }
}

pub(super) fn inside_of_others(layer: Option<ObserveLayer>) -> Router {
    match layer {
        Some(layer) => router().layer(others!(ServiceBuilder::new()).layer(layer)),
        None => router().layer(others!(ServiceBuilder::new())),
    }
}
