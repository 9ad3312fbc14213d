//! Comparing, and ensuring against a service that keeps what it is told.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::*;
use crate::setup::Exit;

fn wish() -> Wish {
    Wish::new("cruddur-backend", "Cruddur", None).expect("valid")
}

#[test]
fn the_shipped_rule_is_the_usual_one() {
    let file = include_str!("../../../../aws/json/xray.json");
    assert_eq!(Wish::new("cruddur-backend", "Cruddur", Some(file)).expect("valid"), wish());
}

#[test]
fn only_differences_become_calls() {
    let wish = wish();
    let missing = compare(&[], &[], &wish);
    assert_eq!(missing[0].call.as_ref().map(|it| it.0), Some("/CreateGroup"));
    assert_eq!(missing[1].call.as_ref().map(|it| it.0), Some("/CreateSamplingRule"));
    let groups =
        [json!({"GroupName": "Cruddur", "FilterExpression": "service(\"cruddur-backend\")"})];
    let mut rule = Value::Object(wish.rule.clone());
    rule["Attributes"] = json!({});
    rule["FixedRate"] = json!(0.5);
    let different = compare(&groups, &[json!({ "SamplingRule": rule })], &wish);
    assert_eq!(different[0].call, None);
    let (path, body) = different[1].call.clone().expect("a call");
    assert_eq!(path, "/UpdateSamplingRule");
    assert_eq!(body, json!({"SamplingRuleUpdate": {"RuleName": "Cruddur", "FixedRate": 0.1}}));
    let expected =
        "X-Ray sampling rule `Cruddur` differs and would be updated\n  FixedRate: 0.5 -> 0.1";
    assert_eq!(different[1].finding.to_string(), expected);
}

#[test]
fn names_that_the_service_refuses_are_refused_here() {
    for bad in ["", "Default", &"x".repeat(33)] {
        assert!(Wish::new("s", bad, None).is_err(), "{bad}");
    }
    for bad in ["{", "{}", r#"{"SamplingRule":{"RuleName":1}}"#] {
        assert!(Wish::new("s", "g", Some(bad)).is_err(), "{bad}");
    }
}

/// Groups, rules, and calls that would change something.
#[derive(Default)]
struct Fake {
    groups: Vec<Value>,
    rules: Vec<Value>,
    changes: Vec<String>,
    /// Creating fails, although it was done: somebody else was faster.
    races: bool,
}

async fn answer(
    State(fake): State<Arc<Mutex<Fake>>>,
    uri: Uri,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let mut fake = fake.lock().expect("not poisoned");
    match uri.path() {
        "/Groups" => return (StatusCode::OK, Json(json!({ "Groups": fake.groups }))),
        "/GetSamplingRules" => {
            return (StatusCode::OK, Json(json!({ "SamplingRuleRecords": fake.rules })));
        }
        "/CreateGroup" => fake.groups.push(body),
        "/CreateSamplingRule" => fake.rules.push(body),
        _ => return (StatusCode::BAD_REQUEST, Json(json!({"Message": "unknown"}))),
    }
    fake.changes.push(uri.path().to_owned());
    let status = if fake.races { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    (status, Json(json!({"Message": "it is there already"})))
}

async fn serve(fake: Arc<Mutex<Fake>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("bound");
    let router = Router::new().fallback(answer).with_state(fake);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}

async fn setup(daemon: &str, arguments: &[&str]) -> (Exit, String) {
    let environment = [("AWS_XRAY_DAEMON_ADDRESS".to_owned(), daemon.to_owned())];
    let setup = Setup::new(environment).service("cruddur-backend").group("Cruddur");
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let mut output = Vec::new();
    let exit = setup.run(&arguments, &mut output).await;
    (exit, String::from_utf8(output).expect("text"))
}

#[tokio::test]
async fn ensuring_twice_changes_once_and_a_dry_run_never() {
    let fake = Arc::new(Mutex::new(Fake::default()));
    let daemon = serve(Arc::clone(&fake)).await;
    let (exit, output) = setup(&daemon, &["xray", "--dry-run"]).await;
    assert_eq!(exit, Exit::Differs);
    assert!(output.contains("would be created"), "{output}");
    assert!(fake.lock().expect("not poisoned").changes.is_empty());
    let (exit, output) = setup(&daemon, &["xray"]).await;
    assert_eq!((exit, output.matches("was created").count()), (Exit::Done, 2), "{output}");
    let (exit, output) = setup(&daemon, &["xray"]).await;
    assert_eq!((exit, output.matches("is as it should be").count()), (Exit::Done, 2));
    assert_eq!(setup(&daemon, &["xray", "--dry-run"]).await.0, Exit::Done);
    assert_eq!(fake.lock().expect("not poisoned").changes, ["/CreateGroup", "/CreateSamplingRule"]);
}

#[tokio::test]
async fn losing_a_race_is_no_failure() {
    let fake = Arc::new(Mutex::new(Fake { races: true, ..Fake::default() }));
    let daemon = serve(Arc::clone(&fake)).await;
    assert_eq!(setup(&daemon, &["xray"]).await.0, Exit::Done);
}

#[tokio::test]
async fn failures_and_wrong_arguments_have_their_exit_codes() {
    let (exit, output) = setup("127.0.0.1:1", &["xray"]).await;
    assert_eq!(exit, Exit::Failed);
    assert!(output.contains("is the daemon running"), "{output}");
    assert_eq!(setup("nowhere", &["xray"]).await.0, Exit::Usage);
    assert_eq!(setup("127.0.0.1:1", &["xrays"]).await.0, Exit::Usage);
    assert_eq!(setup("127.0.0.1:1", &["xray", "--what"]).await.0, Exit::Usage);
    assert_eq!(setup("127.0.0.1:1", &[]).await.0, Exit::Usage);
    assert_eq!(setup("127.0.0.1:1", &["help"]).await.0, Exit::Done);
    assert_eq!(Exit::Differs.code(), 3);
}
