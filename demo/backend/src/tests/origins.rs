//! Who may call from a browser.

use super::*;

fn preflight(origin: &str, headers: &str) -> Request<Body> {
    Request::options("/api/activities/home")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers)
        .body(Body::empty())
        .expect("a request")
}

/// The original let only `content-type,if-modified-since` through.
#[tokio::test]
async fn the_frontend_may_send_a_traceparent_from_its_origin() {
    let asked = "traceparent,tracestate,baggage,content-type,if-modified-since";
    let (status, headers, _) = Client::new().send(preflight(FRONTEND, asked)).await;
    assert_eq!(status, 200);
    let allowed = headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().expect("text");
    for name in asked.split(',') {
        assert!(allowed.split(',').any(|it| it == name), "{name} in {allowed}");
    }
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], FRONTEND);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
}

#[tokio::test]
async fn no_other_origin_may_call() {
    for origin in ["http://evil.example", "null", "http://127.0.0.1:3001", "https://127.0.0.1:3000"]
    {
        let (_, headers, _) = Client::new().send(preflight(origin, "traceparent")).await;
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
        let request = Request::get("/api/activities/home").header(header::ORIGIN, origin);
        let request = request.body(Body::empty()).expect("a request");
        let (_, headers, _) = Client::new().send(request).await;
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
    }
}
