//! The like failure, reported by pyrollbar from a Flask app to the same console: ours tells at least
//! as much, in every row that Rust can fill.

use super::app::send;
use super::{console, occurrences, stage};
use serde_json::Value;
use std::process::Command;
use tests::tools;

/// What both are asked for: a name and where it stands.
const ROWS: &[(&str, &str)] = &[
    ("timestamp", "/timestamp"),
    ("environment", "/environment"),
    ("level", "/level"),
    ("language", "/language"),
    ("notifier name", "/notifier/name"),
    ("notifier version", "/notifier/version"),
    ("uuid", "/uuid"),
    ("code version", "/code_version"),
    ("framework", "/framework"),
    ("context", "/context"),
    ("outermost class", "/body/trace_chain/0/exception/class"),
    ("outermost message", "/body/trace_chain/0/exception/message"),
    ("outermost frames", "/body/trace_chain/0/frames/0/filename"),
    ("frame's line", "/body/trace_chain/0/frames/1/lineno"),
    ("frame's function", "/body/trace_chain/0/frames/0/method"),
    ("cause's class", "/body/trace_chain/1/exception/class"),
    ("cause's message", "/body/trace_chain/1/exception/message"),
    ("request URL", "/request/url"),
    ("request method", "/request/method"),
    ("request query", "/request/GET/page"),
    ("request headers", "/request/headers"),
    ("client's address", "/request/user_ip"),
    ("server's host", "/server/host"),
    ("trace id", "/custom/trace_id"),
    ("native frames or locals", "/body/trace_chain/0/frames/0/locals"),
    ("telemetry", "/body/telemetry"),
];

/// Rows that Rust can't fill, and what stands in their place: `#[observe(fields(…))]`, on the span.
const NOT_IN_RUST: &[&str] = &["native frames or locals"];

#[tokio::test]
async fn ours_tells_as_much_as_pyrollbar() {
    let Some(python) = tools::python() else {
        return tools::skip("ours_tells_as_much_as_pyrollbar", "Python");
    };
    let stage = stage();
    send("/depth/2/text-compared?token=hunter2&page=2").await;
    let ours = stage.one("text-compared").await["data"].take();

    let console = console();
    let script = tools::workspace().join("tests/interop/flask_rollbar.py");
    let mut command = Command::new(python);
    command.arg(script).arg(format!("{}/api/1/", console.url()));
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = occurrences(&console, "text-pyrollbar").await.remove(0)["data"].take();

    let mut worse = Vec::new();
    for (name, pointer) in ROWS {
        let (has, had) = (tells(&ours, pointer), tells(&theirs, pointer));
        println!("{name:<24} ours {:<5} pyrollbar {}", yes(has), yes(had));
        if had && !has && !NOT_IN_RUST.contains(name) {
            worse.push(*name);
        }
    }
    assert!(worse.is_empty(), "pyrollbar tells more: {worse:?}\n{ours:#}\n{theirs:#}");
    let leaks = |item: &Value| item.to_string().contains("hunter2");
    println!(
        "{:<24} ours {:<5} pyrollbar {}",
        "leaks a secret",
        yes(leaks(&ours)),
        yes(leaks(&theirs))
    );
    assert!(!leaks(&ours));
}

fn tells(data: &Value, pointer: &str) -> bool {
    data.pointer(pointer).is_some_and(|it| !it.is_null() && *it != Value::String(String::new()))
}

fn yes(it: bool) -> &'static str {
    if it { "yes" } else { "no" }
}
