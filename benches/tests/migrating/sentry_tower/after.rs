use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cruddur_trace::ObserveLayer;

pub(crate) fn app() -> Router {
    Router::new().route("/fails", get(|| async { StatusCode::BAD_GATEWAY })).layer(
        ObserveLayer::new(),
    )
}
