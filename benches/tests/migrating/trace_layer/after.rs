use axum::Router;
use axum::routing::get;
use cruddur_trace::ObserveLayer;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/users/{id}", get(|| async { "user" }))
        .layer(ObserveLayer::new())
}
