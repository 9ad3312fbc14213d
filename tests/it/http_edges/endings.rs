//! Every way in which a handler may end, and layers within layers.

use super::*;

#[tokio::test]
async fn routers_and_endings() {
    let rig = Rig::start(|layer| app().layer(layer)).await;
    let cases = [
        ("nested", plain("GET /inner/items/7")),
        ("nested fallback", plain("GET /inner/nothing")),
        ("fallback", plain("GET /nothing")),
        ("wrong method", plain("DELETE /get")),
        ("redirect", plain("GET /moved")),
        ("4xx", plain("GET /teapot")),
        ("shed", plain("GET /shed")),
        ("panic in an extractor", plain("GET /extractor")),
        ("panic in a middleware", plain("GET /middleware")),
        ("panic with a number", plain("GET /payload")),
        ("panic in a destructor", plain("GET /drop")),
        ("panic in a stream", plain("GET /late")),
    ];
    insta::assert_snapshot!(probe(&rig, &cases).await, @r#"
    nested: 200 OK
        GET /inner/items/{id} Ok url.path=/inner/items/7 url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200
    nested fallback: 404 Not Found
        GET Ok url.path=/inner/nothing url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    fallback: 404 Not Found
        GET Ok url.path=/nothing url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=404
    wrong method: 405 Method Not Allowed
        DELETE /get Ok url.path=/get url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=405
    redirect: 308 Permanent Redirect
        GET /moved Ok url.path=/moved url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=308
    4xx: 418 I'm a teapot
        GET /teapot Ok url.path=/teapot url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=418
    shed: 503 Service Unavailable
        GET /shed Error status=error url.path=/shed url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=503 error.type=503
    panic in an extractor: 500 Internal Server Error
        GET /extractor Panic status=error url.path=/extractor url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a middleware: 500 Internal Server Error
        GET /middleware Panic status=error url.path=/middleware url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic with a number: 500 Internal Server Error
        GET /payload Panic status=error url.path=/payload url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a destructor: 500 Internal Server Error
        GET /drop Panic status=error url.path=/drop url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=500 error.type=panic
    panic in a stream: nothing
        GET /late Panic status=error url.path=/late url.scheme=http server.address=a.example server.port=80 client.address=127.0.0.1 version=1.1 http.response.status_code=200 error.type=panic
    "#);
}

#[tokio::test]
async fn a_timeout_outside_of_the_layer_cancels() {
    let rig = Rig::start(|layer| {
        Router::new().route("/slow", get(std::future::pending::<&str>)).layer(layer).layer(
            TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(20)),
        )
    })
    .await;
    let answer = rig.ask(&plain("GET /slow")).await;
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    let spans = rig.spans().await;
    let span = &spans[0];
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
    assert_eq!(span.attribute("http.response.status_code"), None);
}

#[tokio::test]
async fn the_outer_one_of_two_layers_observes() {
    let rig = Rig::start(|layer| {
        let inner = Router::new().route("/ok", get(|| async { "ok" })).layer(layer.clone());
        Router::new().nest("/api", inner).layer(layer)
    })
    .await;
    let parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for request in [plain("GET /api/ok"), request("GET /api/ok", &["Host: a", parent])] {
        let answer = rig.ask(&request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(answer.matches("server-timing:").count(), 1, "{answer}");
        let spans = rig.spans().await;
        let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
        assert_eq!(names, ["GET /api/ok"]);
    }
}

#[tokio::test]
async fn an_inner_layer_tells_the_outer_one_the_route_and_leaves_panics_to_it() {
    let rig = Rig::start(|layer| {
        let inner = app().layer(layer.clone());
        Router::new().fallback_service(ServiceBuilder::new().layer(layer).service(inner))
    })
    .await;
    let cases = [
        ("fine", plain("GET /users/7")),
        ("panic", plain("GET /drop")),
        ("panic in a stream", plain("GET /late")),
        ("shed", plain("GET /shed")),
    ];
    let shown = probe(&rig, &cases).await;
    for name in ["GET /users/{id} Ok", "GET /drop Panic", "GET /late Panic", "GET /shed Error"] {
        assert_eq!(shown.matches(name).count(), 1, "{name}\n{shown}");
    }
    assert_eq!(shown.lines().count(), 2 * cases.len(), "{shown}");
}

#[tokio::test]
async fn a_request_that_a_handler_makes_is_one_of_its_own() {
    let rig = Rig::start(|layer| {
        let own = Router::new().route("/own", get(|| async { "own" })).layer(layer.clone());
        let batch = move || {
            let own = own.clone();
            async move {
                let mut request = http::Request::get("/own").body(Body::empty()).expect("valid");
                cruddur_trace::inject(request.headers_mut());
                own.oneshot(request).await
            }
        };
        Router::new().route("/batch", get(batch)).layer(layer)
    })
    .await;
    let answer = rig.ask(&plain("GET /batch")).await;
    assert!(answer.ends_with("own"), "{answer}");
    let spans = rig.spans().await;
    let find = |name: &str| spans.iter().find(|span| span.name == name).expect("a span");
    assert_eq!(find("GET /own").parent_id, Some(find("GET /batch").span_id));
    assert_eq!(spans.len(), 2);
}
