//! X-Ray end to end, in a process of its own: telemetry is one to a process.
//!
//! The daemon's protocols, the API with the AWS SDK, and OTLP with a signature, one after the
//! other, against the console's stand-in; at last a daemon that is not there.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cruddur_console::{Console, Options};
use cruddur_trace::{ObserveLayer, Telemetry, observe};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[observe(name = "home_notifications")]
async fn notifications() -> axum::Json<Vec<u8>> {
    axum::Json(observed_result())
}

#[observe(name = "load")]
fn observed_result() -> Vec<u8> {
    vec![1, 2]
}

fn console() -> Console {
    let port = |name: &str| (name == "CONSOLE_PORT").then(|| "0".to_owned());
    Console::start(Options::from_lookup(port).expect("valid")).expect("a free port")
}

async fn read(console: &Console, path: &str) -> Value {
    let url = format!("http://{}{path}", console.address());
    reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
}

/// One request to the notifications endpoint, sent by these settings; gives what was delivered.
async fn request(settings: &[(&str, String)]) -> String {
    let mut builder = Telemetry::without_env()
        .default_service("cruddur-backend")
        .default_setting("CRUDDUR_XRAY_SAMPLER", "always")
        .default_setting("OTEL_TRACES_EXPORTER", "xray")
        .default_setting("OTEL_LOGS_EXPORTER", "none")
        .default_setting("OTEL_METRICS_EXPORTER", "none");
    for (name, value) in settings {
        builder = builder.force_setting(*name, value.clone());
    }
    let telemetry = builder.start().expect("telemetry starts");
    let app = Router::new()
        .route("/api/activities/notifications", get(notifications))
        .layer(ObserveLayer::new());
    let request = Request::get("/api/activities/notifications").header("host", "localhost:4567");
    let answer = app.oneshot(request.body(Body::empty()).expect("valid")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    drop(axum::body::to_bytes(answer.into_body(), 1_000).await.expect("a body"));
    let delivery = telemetry.shutdown(Duration::from_secs(5)).await;
    format!("{delivery:?}")
}

async fn check_the_picture(console: &Console, delivery: &str) {
    let mut found = Value::Null;
    for _ in 0..100 {
        found = read(console, "/api/xray/traces?filter=service(%22cruddur-backend%22)").await;
        if found["received"].as_u64() > Some(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let id =
        found["traces"][0]["Id"].as_str().unwrap_or_else(|| panic!("nothing came: {delivery}"));
    let trace = read(console, &format!("/api/xray/traces/{id}")).await;
    let documents = trace["documents"].as_array().expect("a list");
    assert_eq!(documents.len(), 1, "{trace}");
    assert_eq!(documents[0]["unknown"], json!([]));
    let document = &documents[0]["document"];
    assert_eq!(document["name"], "cruddur-backend");
    assert_eq!(document["http"]["response"]["status"], 200);
    let nested = &document["subsegments"][0];
    assert_eq!(nested["name"], "home_notifications", "{document}");
    assert!(nested["metadata"]["default"]["app.now"].is_string(), "{document}");
    let load = &nested["subsegments"][0];
    assert_eq!(load["metadata"]["default"]["res.length"], 2, "{document}");
    assert_eq!(read(console, "/api/xray/refused").await["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_segment_by_every_transport() {
    // By the daemon.
    let daemon = console();
    let address = daemon.address().to_string();
    let delivery = request(&[("AWS_XRAY_DAEMON_ADDRESS", address)]).await;
    check_the_picture(&daemon, &delivery).await;

    // By the API: the AWS SDK finds its credentials in the environment, which this process shares
    // with nobody; cargo's runner sets them (see `tests/it_xray` in the test command).
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_some() {
        let api = console();
        let endpoint = format!("http://{}", api.address());
        let settings = [
            ("CRUDDUR_XRAY_TRANSPORT", "api".to_owned()),
            ("AWS_ENDPOINT_URL_XRAY", endpoint.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ];
        let delivery = request(&settings).await;
        check_the_picture(&api, &delivery).await;

        // By OTLP: the same spans arrive at the console's OTLP receiver, signed.
        let otlp = console();
        let endpoint = format!("http://{}", otlp.address());
        let settings = [
            ("CRUDDUR_XRAY_TRANSPORT", "otlp".to_owned()),
            ("AWS_ENDPOINT_URL_XRAY", endpoint),
            ("AWS_REGION", "us-east-1".to_owned()),
        ];
        let delivery = request(&settings).await;
        let health = read(&otlp, "/api/health").await;
        assert_eq!(health["spans_received"], 3, "{delivery}");
    }

    // A daemon that is not there: nothing hangs, nothing aborts, every span is counted.
    let began = std::time::Instant::now();
    let delivery = request(&[("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9".to_owned())]).await;
    assert!(began.elapsed() < Duration::from_secs(7), "{delivery}");
}
