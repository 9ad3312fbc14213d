//! `setup rollbar-deploy` of the demo, against the console's Rollbar.

use super::console;
use serde_json::Value;
use std::process::Command;

/// Runs the demo's command; gives its exit code and what it said.
async fn setup(endpoint: String, token: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    command.args(["setup", "rollbar-deploy"]).args(arguments);
    command.env_clear().env("ROLLBAR_ACCESS_TOKEN", token).env("ROLLBAR_ENDPOINT", endpoint);
    command.env("ROLLBAR_ENVIRONMENT", "staging").env("USER", "ann");
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("text"))
}

#[tokio::test]
async fn a_deploy_is_told_to_rollbar() {
    let console = console();
    let endpoint = format!("{}/api/1/", console.url());
    let deploys = async || {
        let url = format!("{}/api/errors", console.url());
        let answer: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
        answer["deploys"].as_array().expect("a list").clone()
    };

    let dry = ["--revision", "abc123", "--dry-run"];
    let (code, said) = setup(endpoint.clone(), "token", &dry).await;
    // 3: something is missing.
    assert_eq!((code, deploys().await.len()), (Some(3), 0), "{said}");

    let arguments = ["--revision", "abc123", "--comment", "the fix"];
    let (code, said) = setup(endpoint.clone(), "token", &arguments).await;
    assert_eq!(code, Some(0), "{said}");
    let told = deploys().await;
    let [deploy] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&deploy["revision"], &deploy["comment"]), (&"abc123".into(), &"the fix".into()));
    assert_eq!(deploy["environment"], "staging");
    assert_eq!(deploy["local_username"], "ann");

    let (code, said) = setup(endpoint.clone(), "", &arguments).await;
    assert_ne!(code, Some(0));
    assert!(said.contains("ROLLBAR_ACCESS_TOKEN"), "{said}");
    let (code, said) = setup(endpoint, "token", &[]).await;
    assert_ne!(code, Some(0));
    assert!(said.contains("--revision"), "{said}");
    assert_eq!(deploys().await.len(), 1);
}
