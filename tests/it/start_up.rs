//! What the demo does before it listens: direct mode's key, and a copy to the console.

use std::path::Path;
use std::process::Output;

use cruddur_console::{Console, Options};
use serde_json::{Value, json};
use tests::demo::{Demo, client, command};

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cruddur-demo"))
}

fn console() -> Console {
    let mut options = Options::default();
    options.port = 0;
    Console::start(options).expect("a free port")
}

fn refused(variables: &[(&str, &str)]) -> Output {
    let mut command = command(binary(), &["--quiet", "--no-frontend"]);
    command.env("PORT", "0").env("CONSOLE_PORT", "0").envs(variables.iter().copied());
    command.output().expect("the demo runs")
}

#[tokio::test]
async fn direct_mode_starts_with_a_key_that_can_only_send_events() {
    let console = console();
    let honeycomb = format!("http://{}", console.address());
    let told = json!({ "key": "hcxik_more", "type": "ingest", "access": ["events", "queries"] });
    let url = format!("{honeycomb}/api/honeycomb/keys");
    client().post(url).json(&told).send().await.expect("an answer");
    let endpoint = ("FRONTEND_OTEL_EXPORTER_OTLP_ENDPOINT", honeycomb.as_str());
    for (key, why) in [
        ("hcxik_more", "may do more than send events (queries)"),
        ("hcxik_invalid", "is not known to Honeycomb"),
        ("hcxlk_local0123456789", "is a configuration key"),
        ("0123456789abcdef0123456789abcdef", "a classic key can do more"),
    ] {
        let output = refused(&[endpoint, ("HONEYCOMB_CLIENT_KEY", key)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{key}: {said}");
        assert!(said.contains(why) && said.contains("make an ingest key"), "{key}: {said}");
        assert!(!said.contains(key), "{said}");
    }
    let key = ("HONEYCOMB_CLIENT_KEY", "hcxik_local0123456789");
    let demo = Demo::start(binary(), &["--quiet"], &[endpoint, key, ("CRUDDUR_FRONTEND_DIR", "/")]);
    let config = client().get(format!("{}/config.json", demo.url)).send().await;
    let config: Value = config.expect("an answer").json().await.expect("JSON");
    assert_eq!(config["honeycombClientKey"], key.1);
    assert_eq!(config["otlpEndpoint"], honeycomb);
}

#[tokio::test]
async fn a_tee_shows_the_console_what_goes_elsewhere() {
    let (elsewhere, id) = (console(), uuid::Uuid::new_v4().simple().to_string());
    let url = format!("http://{}", elsewhere.address());
    let run = async |tee: &str| {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=hcxik_local0123456789"),
            ("CONSOLE_TEE", tee),
        ];
        let mut demo = Demo::start(binary(), &["--quiet", "--no-frontend"], &variables);
        let parent = format!("00-{id}-00f067aa0ba902b7-01");
        let home = client().get(format!("{}/api/activities/home", demo.url));
        home.header("traceparent", parent).send().await.expect("an answer");
        if tee == "1" {
            demo.trace(&id, |spans| spans.len() > 1).await;
        }
        let traces = client().get(format!("{}/api/traces/{id}", demo.console)).send().await;
        let seen =
            traces.expect("an answer").text().await.expect("text").contains("get-activities");
        demo.stop();
        seen
    };
    assert!(run("1").await);
    assert!(!run("0").await);
    let there = client().get(format!("{url}/api/traces/{id}")).send().await.expect("an answer");
    assert!(there.text().await.expect("text").contains("get-activities"));
}
