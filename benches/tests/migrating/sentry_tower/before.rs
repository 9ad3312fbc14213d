use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use sentry_tower::{NewSentryLayer, SentryHttpLayer};
use tower::ServiceBuilder;

pub(crate) fn app() -> Router {
    Router::new().route("/fails", get(|| async { StatusCode::BAD_GATEWAY })).layer(
        ServiceBuilder::new()
            .layer(NewSentryLayer::<Request<Body>>::new_from_top())
            .layer(SentryHttpLayer::new().enable_transaction()),
    )
}
