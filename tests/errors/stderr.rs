//! Without an account: one warning, and each report as a line of JSON on stderr.

use serde_json::Value;
use std::process::Command;

#[tokio::test]
async fn without_a_token_reports_are_lines_on_stderr() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fails"));
    command.args(["twice", "none"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("it runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).expect("text");
    let warnings = text.lines().filter(|it| it.contains("set ROLLBAR_ACCESS_TOKEN"));
    assert_eq!(warnings.count(), 1, "{text}");
    let items: Vec<Value> =
        text.lines().filter_map(|it| serde_json::from_str(it.trim()).ok()).collect();
    let bodies: Vec<_> = items.iter().map(|it| &it["body"]["message"]["body"]).collect();
    assert_eq!(bodies, ["fails: twice", "fails: twice again"], "{text}");
    assert!(items.iter().all(|it| it["uuid"].as_str().is_some_and(|it| it.len() == 36)));
    assert!(!text.contains("hunter2"), "{text}");
}
