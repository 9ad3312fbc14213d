//! A test of what a handler records.

// recipe
use axum::{Json, Router, body::Body, routing::get};
use cruddur_trace::{ObserveLayer, observe, testing};
use http::Request;
use tower::ServiceExt as _;
use tracing_subscriber::prelude::*;

#[observe(fields(app.limit = 2))]
async fn home() -> Json<Vec<u64>> {
    tracing::info!("home was asked for");
    Json(vec![1, 2])
}

#[tokio::test]
async fn home_tells_how_much_it_gave() {
    // Only for what is logged; without it spans are captured all the same.
    let subscriber = tracing_subscriber::registry().with(testing::tracing_layer());
    let _guard = subscriber.set_default();

    let app = Router::new().route("/home", get(home)).layer(ObserveLayer::new());
    let request = Request::get("/home").body(Body::empty()).unwrap();
    let captured = testing::capture_async(async {
        let response = app.oneshot(request).await.unwrap();
        // The request's span ends with the body.
        axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    })
    .await;

    assert_eq!(
        captured.span("GET /home").attribute("http.response.status_code"),
        Some(&200.into())
    );
    assert_eq!(captured.span("home").attribute("app.result_length"), Some(&2.into()));
    assert_eq!(captured.logs()[0].body, "home was asked for");
}
// end
