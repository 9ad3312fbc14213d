//! Panics, and services that fail before they answer.

use super::*;

#[tokio::test]
async fn a_panic_becomes_a_500_that_says_the_request() {
    let mut request = request("/panics");
    request.headers_mut().insert("accept", "application/json".parse().expect("valid"));
    request.headers_mut().insert("x-request-id", "req-1".parse().expect("valid"));
    let (response, captured) = send(app(), request).await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["x-request-id"], "req-1");
    let error_id = response.headers()["x-error-id"].to_str().expect("text");
    assert_eq!(
        *response.body(),
        format!(
            r#"{{"error":"internal server error","request_id":"req-1","error_id":"{error_id}"}}"#
        )
    );
    let span = only(&captured);
    assert_eq!(span.outcome, Outcome::Panic);
    assert_eq!(text(&span, "error.type").as_deref(), Some("panic"));
    assert_eq!(text(&span, "app.error_id").as_deref(), Some(error_id));
    let error = span.error.expect("the panic");
    assert!(error.is_panic && error.message == "oh no");
    assert_eq!(span.name, "GET /panics");
}

#[derive(Debug)]
struct Overloaded;

impl std::fmt::Display for Overloaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("overloaded")
    }
}

impl std::error::Error for Overloaded {}

/// A service that is never ready.
#[derive(Clone)]
struct NeverReady;

impl tower_service::Service<Request<Body>> for NeverReady {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Response<Body>, BoxError>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), BoxError>> {
        std::task::Poll::Ready(Err(Box::new(Overloaded)))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        panic!("it was not ready")
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_fails_with_a_span() {
    use tower_layer::Layer as _;

    let service = ObserveLayer::new().layer(NeverReady);
    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, result) = capture.run_async(service.oneshot(request("/"))).await;
    assert_eq!(result.expect_err("not ready").to_string(), "overloaded");
    let span = only(&captured);
    assert_eq!(span.outcome, Outcome::Error);
    assert_eq!(text(&span, "error.type").as_deref(), Some("Overloaded"));
    assert_eq!(span.error.expect("the error").message, "overloaded");
}

#[tokio::test]
async fn a_panic_whose_payload_panics_in_turn_is_a_500_as_well() {
    struct Careless;
    impl Drop for Careless {
        fn drop(&mut self) {
            panic!("in the payload's destructor");
        }
    }
    let app = Router::new()
        .route(
            "/panics",
            get(async || {
                if true {
                    std::panic::panic_any(Careless)
                }
            }),
        )
        .layer(ObserveLayer::new());
    let (response, captured) = send(app, request("/panics")).await;
    assert_eq!((response.status().as_u16(), only(&captured).outcome), (500, Outcome::Panic));
}

#[tokio::test]
async fn a_panic_in_grpc_is_its_status_13() {
    let mut request = request("/panics");
    request.headers_mut().insert("content-type", "application/grpc".parse().expect("valid"));
    let (response, captured) = send(app(), request).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["grpc-status"]),
        (200, &"13".parse().expect("valid"))
    );
    assert_eq!(only(&captured).outcome, Outcome::Panic);
}
