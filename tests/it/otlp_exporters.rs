//! The official OpenTelemetry exporters of Python into the console, read back by its API.

use std::process::Command;

use cruddur_console::{Console, Options};
use serde_json::Value;
use tests::tools;

async fn read(console: &Console, path: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(format!("{}{path}", console.url())).send().await.expect("an answer");
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn pythons_exporters_are_understood_by_http_and_by_grpc() {
    let name = "pythons_exporters_are_understood_by_http_and_by_grpc";
    let Some(python) = tools::python() else {
        return tools::skip(name, "python with tests/interop/requirements.txt");
    };
    let mut options = Options::default();
    options.port = 0;
    let console = Console::start(options).expect("it starts");
    let script = tools::workspace().join("tests/interop/otlp_exporters.py");
    let url = console.url();
    let sent = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(python);
        command.arg(script).arg(url).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command.output().expect("python runs")
    });
    let sent = sent.await.expect("no panic");
    let said = [sent.stdout, sent.stderr].concat();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&said));

    for way in ["http", "grpc"] {
        let service = format!("python-{way}");
        let listed = read(&console, &format!("/api/traces?q=service%3D{service}")).await;
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{way}: {listed}");
        let id = listed[0]["trace_id"].as_str().expect("an id").to_owned();
        let spans = read(&console, &format!("/api/traces/{id}")).await;
        let span = |name: &str| {
            let spans = spans.as_array().expect("a list");
            spans.iter().find(|it| it["name"] == name).expect("the span").clone()
        };
        let (outer, inner) = (span("outer"), span("inner"));
        assert_eq!(outer["attributes"]["app.userId"], "andrewbrown", "{way}");
        assert_eq!(outer["attributes"]["n"], "1152921504606846976", "no digit is lost: {way}");
        assert_eq!(outer["attributes"]["list"], serde_json::json!(["a", "b"]), "{way}");
        assert_eq!((&outer["kind"], &outer["service"]), (&"server".into(), &service.into()));
        assert_eq!(inner["parent_id"], outer["span_id"], "{way}");
        assert_eq!(
            (&inner["status"], &inner["status_message"]),
            (&"error".into(), &"no such row".into())
        );
        assert_eq!(inner["events"][0]["attributes"]["ok"], true, "{way}");

        let lines = read(&console, &format!("/api/logs?trace_id={id}")).await;
        assert_eq!(lines[0]["body"], format!("a line by {way}"), "{lines}");
        assert_eq!(
            (&lines[0]["span_id"], &lines[0]["severity_number"]),
            (&inner["span_id"], &13.into())
        );

        let metrics = read(&console, "/api/metrics").await.to_string();
        for metric in ["python.requests", "python.duration"] {
            assert!(
                metrics.contains(metric) && metrics.contains(&format!("python-{way}")),
                "{metrics}"
            );
        }
    }
    console.stop();
}
