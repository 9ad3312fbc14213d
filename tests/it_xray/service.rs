//! The API sink and our stand-in against clients and servers that are not ours: moto and boto3.

use std::path::Path;

use cruddur_trace::setup::Setup;
use serde_json::{Value, json};
use tests::tools;

use super::{SENDER, account, child, console, read};

async fn script(python: &Path, name: &str, arguments: &[&str]) -> Value {
    let path = tools::workspace().join("tests/interop").join(name);
    let output = tokio::process::Command::new(python).arg(path).args(arguments).output().await;
    let output = output.expect("python starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_s_server_takes_what_the_api_sink_sends() {
    let Some(python) = tools::python() else { return tools::skip("moto's server", "python") };
    let sender = std::env::current_exe().expect("a path");
    let sender = sender.to_str().expect("text");
    let told = script(&python, "xray_moto_server.py", &[SENDER, sender]).await;
    assert_eq!(told["traces"], 1, "{told}");
    let document = &told["document"];
    assert_eq!(document["name"], "cruddur-backend");
    assert_eq!(document["subsegments"][0]["name"], "home_notifications");
    assert!(told["delivery"].as_str().is_some_and(|text| text.contains("sent: 3")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_understands_every_answer_and_every_error_of_the_stand_in() {
    let Some(python) = tools::python() else { return tools::skip("boto3", "python") };
    let console = console();
    let endpoint = format!("http://{}", console.address());
    let told = script(&python, "xray_api.py", &[&endpoint]).await;
    assert_eq!(told["missing"], json!([]), "{told}");
    assert_eq!(told["checks"], 29, "{told}");
}

/// Not a test by itself: `setup xray` in a process that has credentials.
#[tokio::test]
async fn set_up() {
    if std::env::var_os(SENDER).is_none() {
        return;
    }
    let setup = Setup::new(std::env::vars_os()).service("cruddur-backend").group("Cruddur");
    for arguments in [&["xray", "--dry-run"][..], &["xray"], &["xray", "--dry-run"]] {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let mut output = Vec::new();
        let exit = setup.run(&arguments, &mut output).await;
        println!("{exit:?}: {}", String::from_utf8_lossy(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_works_by_the_signed_api_as_by_the_daemon() {
    let console = console();
    let endpoint = format!("http://{}", console.address());
    let told = child("service::set_up", &account(&endpoint)).await;
    let exits: Vec<&str> =
        ["Differs:", "Done:"].into_iter().filter(|exit| told.contains(exit)).collect();
    assert_eq!(exits, ["Differs:", "Done:"], "{told}");
    assert_eq!(told.matches("was created").count(), 2, "{told}");
    assert_eq!(told.matches("is as it should be").count(), 2, "{told}");
    let settings = read(&console, "/api/xray/settings").await;
    assert_eq!(settings["groups"][1]["FilterExpression"], "service(\"cruddur-backend\")");
}
