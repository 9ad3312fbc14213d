//! X-Ray end to end, in a process of its own: telemetry is one to a process.
//!
//! The daemon's protocols, the API with the AWS SDK, and OTLP with a signature, one after the
//! other, against the console's stand-in; at last a daemon that is not there.

mod context_missing;
mod platform;
mod service;
mod streaming;

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

/// Long enough for its trace to be handed over in parts, where the test says how soon.
#[observe(name = "long")]
async fn long() -> &'static str {
    drop(observed_result());
    tokio::time::sleep(Duration::from_millis(400)).await;
    drop(observed_result());
    tokio::time::sleep(Duration::from_millis(100)).await;
    "done"
}

fn console() -> Console {
    let port = |name: &str| (name == "CONSOLE_PORT").then(|| "0".to_owned());
    Console::start(Options::from_lookup(port).expect("valid")).expect("a free port")
}

async fn read(console: &Console, path: &str) -> Value {
    let url = format!("http://{}{path}", console.address());
    reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
}

/// Whether this process is the one that sends.
const SENDER: &str = "CRUDDUR_TEST_XRAY_SENDER";
/// What it asks for; the notifications unless set.
const PATH: &str = "CRUDDUR_TEST_XRAY_PATH";
/// Milliseconds that it waits before.
const WAIT: &str = "CRUDDUR_TEST_XRAY_WAIT";

/// One request to the notifications endpoint, in a process that has these variables; gives what it
/// says: what was delivered, and its diagnostics.
async fn request(variables: &[(&str, &str)]) -> String {
    child("sender", variables).await
}

/// Runs one of the tests here in a process that has these variables; gives what it says.
async fn child(name: &str, variables: &[(&str, &str)]) -> String {
    let mut command = tokio::process::Command::new(std::env::current_exe().expect("a path"));
    command.args([name, "--exact", "--nocapture"]).env(SENDER, "1");
    command.env("CRUDDUR_XRAY_SAMPLER", "always").env("OTEL_TRACES_EXPORTER", "xray");
    command.envs(variables.iter().copied());
    let output = command.output().await.expect("this very program starts");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

/// Not a test by itself: what [`request`] starts.
#[tokio::test(flavor = "multi_thread")]
async fn sender() {
    if std::env::var_os(SENDER).is_none() {
        return;
    }
    let telemetry = Telemetry::from_env().expect("valid").default_service("cruddur-backend");
    let telemetry = telemetry.start().expect("telemetry starts");
    let app = Router::new()
        .route("/api/activities/notifications", get(notifications))
        .route("/long", get(long))
        .layer(ObserveLayer::new());
    if let Ok(wait) = std::env::var(WAIT) {
        tokio::time::sleep(Duration::from_millis(wait.parse().expect("a number"))).await;
    }
    let path = std::env::var(PATH).unwrap_or("/api/activities/notifications".to_owned());
    let request = Request::get(path).header("host", "localhost:4567");
    let answer = app.oneshot(request.body(Body::empty()).expect("valid")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    drop(axum::body::to_bytes(answer.into_body(), 1_000).await.expect("a body"));
    let delivery = telemetry.shutdown(Duration::from_secs(5)).await;
    println!("{delivery:?}");
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
async fn a_request_is_one_segment_by_the_daemon() {
    let console = console();
    let address = console.address().to_string();
    let delivery = request(&[("AWS_XRAY_DAEMON_ADDRESS", &address)]).await;
    check_the_picture(&console, &delivery).await;
}

/// What the AWS SDK finds its credentials and its endpoint by.
fn account(endpoint: &str) -> [(&'static str, &str); 5] {
    [
        ("AWS_ENDPOINT_URL_XRAY", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_segment_by_the_api() {
    let console = console();
    let endpoint = format!("http://{}", console.address());
    let delivery = request(&account(&endpoint)).await;
    check_the_picture(&console, &delivery).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_go_signed_to_x_ray_s_door_for_otlp() {
    let console = console();
    let endpoint = format!("http://{}", console.address());
    let mut variables = account(&endpoint).to_vec();
    variables.push(("CRUDDUR_XRAY_TRANSPORT", "otlp"));
    let delivery = request(&variables).await;
    let health = read(&console, "/api/health").await;
    assert_eq!(health["spans_received"], 3, "{delivery}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_not_there_stops_nothing() {
    let began = std::time::Instant::now();
    let delivery = request(&[("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")]).await;
    assert!(began.elapsed() < Duration::from_secs(8), "{delivery}");
    // All three spans are told as lost, with the reason.
    assert!(delivery.contains("[(Shutdown, 3)]"), "{delivery}");
}
