// Other attributes above and below.

use crate::harness::{Case, assert_send, case, log, run, show};
use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::IntoResponse;

#[observe]
#[tokio::main(flavor = "current_thread")]
async fn above_main() -> Result<u8, String> {
    tokio::task::yield_now().await;
    Err("main".to_owned())
}

#[tokio::main(flavor = "current_thread")]
#[observe]
async fn below_main() -> Result<u8, String> {
    tokio::task::yield_now().await;
    Ok(1)
}

#[observe]
#[axum::debug_handler]
async fn above_handler(Query(n): Query<u8>) -> Result<Json<Vec<u8>>, StatusCode> {
    log("handler");
    Ok(Json(vec![n]))
}

#[axum::debug_handler]
#[observe]
async fn below_handler(Query(n): Query<u8>) -> (StatusCode, Json<Vec<u8>>) {
    (StatusCode::CREATED, Json(vec![n]))
}

#[observe]
async fn responds(n: u16) -> Result<impl IntoResponse, StatusCode> {
    StatusCode::from_u16(n).map_err(|_| StatusCode::BAD_REQUEST)
}

#[observe]
#[test]
fn above_test() {
    assert_eq!(1, 1);
}

#[test]
#[observe]
fn below_test() -> Result<(), String> {
    Ok(())
}

#[observe]
#[tokio::test]
async fn above_tokio_test() {
    tokio::task::yield_now().await;
}

#[tokio::test]
#[observe]
async fn below_tokio_test() -> Result<(), String> {
    Ok(())
}

#[deprecated]
#[observe]
#[cold]
fn deprecated(n: u8) -> u8 {
    n
}

#[cfg_attr(all(), observe)]
fn by_cfg_attr(n: u8) -> Option<u8> {
    Some(n)
}

#[rustfmt::skip]
#[allow(deprecated)]
pub fn cases() -> Vec<Case> {
    // A handler must stay a handler.
    let _router: axum::Router = axum::Router::new()
        .route("/a", axum::routing::get(above_handler))
        .route("/b", axum::routing::get(below_handler))
        .route("/c", axum::routing::get(|| async { responds(1).await.into_response() }));
    vec![
        case("above tokio::main", "above_main!error", || show(above_main())),
        case("below tokio::main", "below_main", || show(below_main())),
        case("above debug_handler", "above_handler", || show(run(assert_send(above_handler(Query(1)))).is_ok())),
        case("below debug_handler", "below_handler", || show(run(assert_send(below_handler(Query(1)))).0)),
        case("impl IntoResponse", "responds!error", || show(run(responds(1)).err())),
        case("deprecated", "deprecated", || show(deprecated(1))),
        case("cfg_attr", "by_cfg_attr", || show(by_cfg_attr(1))),
    ]
}
