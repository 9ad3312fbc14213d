//! A call to another service with reqwest.

// recipe
use cruddur_trace::layer::SendObserved as _;
use cruddur_trace::observe;

#[observe]
async fn notify(client: &reqwest::Client, url: &str) -> Result<(), reqwest::Error> {
    // Each request is a CLIENT span; so is each attempt, where something tries again.
    let response = client.post(url).body("@bayko was mentioned").send_observed().await?;
    response.error_for_status()?;
    Ok(())
}
// end

#[tokio::test]
async fn a_call_is_a_client_span_and_an_answer_of_5xx_fails_it() {
    use axum::http::StatusCode;
    use axum::routing::post;
    use cruddur_trace::record::Status;
    use cruddur_trace::{SpanKind, testing};

    let app = axum::Router::new().route("/mail", post(|| async { StatusCode::BAD_GATEWAY }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mail", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let client = reqwest::Client::new();
    let captured = testing::capture_async(async { notify(&client, &url).await.is_err() }).await;
    server.abort();
    let call = captured.span("POST");
    assert_eq!(call.kind, SpanKind::Client);
    assert_eq!(call.parent_id, Some(captured.span("notify").span_id));
    assert_eq!(call.attribute("http.response.status_code"), Some(&502.into()));
    assert!(matches!(call.status, Status::Error { .. }));
}
