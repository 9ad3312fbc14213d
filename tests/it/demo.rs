//! `cargo run -p demo`, as a new user would run it.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tests::demo::{Demo, attribute, client, command};

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cruddur-demo"))
}

fn start() -> Demo {
    Demo::start(binary(), &["--quiet", "--no-frontend"], &[])
}

fn named<'a>(spans: &'a [Value], name: &str) -> Option<&'a Value> {
    spans.iter().find(|it| it["name"] == name)
}

/// Names from a span up to the root.
fn chain(spans: &[Value], name: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = named(spans, name);
    while let Some(span) = next {
        names.push(span["name"].as_str().unwrap_or_default().to_owned());
        next = spans.iter().find(|it| it["span_id"] == span["parent_id"]);
    }
    names
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traceparent() -> String {
    format!("00-{TRACE}-00f067aa0ba902b7-01")
}

#[tokio::test]
async fn a_request_is_a_trace_down_to_the_database() {
    let demo = start();
    let request = client().get(format!("{}/api/activities/home", demo.url));
    let answer = request.header("traceparent", traceparent()).send().await.expect("an answer");
    let timing = answer.headers()["server-timing"].to_str().expect("text").to_owned();
    assert!(timing.contains(TRACE), "the request's trace goes on: {timing}");
    let home: Vec<Value> = answer.json().await.expect("an array");
    assert_eq!(home.len(), 4);

    let spans = demo.trace(TRACE, |spans| named(spans, "GET /api/activities/home").is_some()).await;
    let expected = ["SELECT activities", "get-activities", "GET /api/activities/home"];
    assert_eq!(chain(&spans, "SELECT activities"), expected);
    let root = named(&spans, "GET /api/activities/home").expect("a root");
    assert_eq!(
        (&root["parent_id"], &root["service"]),
        (&"00f067aa0ba902b7".into(), &"cruddur-backend".into())
    );
    let handler = named(&spans, "get-activities").expect("the handler");
    assert_eq!(attribute(handler, "app.result_length"), 4);
    let now = attribute(handler, "app.now").as_str().expect("a time");
    assert!(now.starts_with("20") && now.ends_with('Z'), "{now}");
    let query = named(&spans, "SELECT activities").expect("a query");
    assert_eq!(attribute(query, "db.system.name"), "sqlite");
    assert_eq!(attribute(query, "db.operation.name"), "SELECT");
    assert!(attribute(query, "db.query.text").as_str().expect("text").contains("?1"));
    assert!(query["kind"].to_string().to_lowercase().contains("client") || query["kind"] == 3);
}

#[tokio::test]
async fn a_request_without_a_trace_starts_one_that_the_list_shows() {
    let demo = start();
    client()
        .get(format!("{}/api/activities/notifications", demo.url))
        .send()
        .await
        .expect("an answer");
    let url = format!("{}/api/traces", demo.console);
    for _ in 0..200 {
        let body: Value =
            client().get(&url).send().await.expect("an answer").json().await.expect("JSON");
        let list = body.as_array().cloned().unwrap_or_default();
        if let Some(found) =
            list.iter().find(|it| it["root"] == "GET /api/activities/notifications")
        {
            let id = found["trace_id"].as_str().expect("an id");
            let spans = demo.trace(id, |spans| named(spans, "home_notifications").is_some()).await;
            let expected =
                ["SELECT activities", "home_notifications", "GET /api/activities/notifications"];
            assert_eq!(chain(&spans, "SELECT activities"), expected);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the trace is not in the list");
}

#[tokio::test]
async fn the_demo_asks_itself_for_a_first_look() {
    let demo = Demo::start(binary(), &["--no-frontend"], &[]);
    let url = format!("{}/api/traces", demo.console);
    for _ in 0..200 {
        let text = client().get(&url).send().await.expect("an answer").text().await.expect("text");
        if text.contains("GET /api/activities/home") && text.contains("GET /fail/error") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nothing to look at");
}

#[tokio::test]
async fn ctrl_c_drains_and_says_what_was_sent() {
    let mut demo = start();
    client().get(format!("{}/api/activities/home", demo.url)).send().await.expect("an answer");
    assert!(demo.stop().success());
    let said = demo.printed.join("\n");
    assert!(said.contains("telemetry is sent"), "{said}");
    let accounts = demo.printed.iter().filter_map(|it| it.trim().strip_prefix("otlp: "));
    let sent =
        accounts.filter_map(|it| it.split_once(" sent")).next().expect("an account of OTLP").0;
    // The server's span, the handler's, two queries, and a line of the log at least.
    assert!(sent.parse::<u32>().expect("a number") >= 5, "{said}");
    assert!(!said.contains(" lost"), "{said}");
}

#[test]
fn a_setting_that_can_t_be_used_is_one_message() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let check = |variables: &[(&str, &str)], code: i32, words: &[&str]| {
        let mut command = command(binary(), &["--quiet", "--no-frontend"]);
        command.env("PORT", "0").env("CONSOLE_PORT", "0").envs(variables.iter().copied());
        let output = command.output().expect("the demo runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(said.lines().count() <= 3, "one message: {said}");
    };
    check(&[("PORT", &port)], 1, &["PORT", &port, "in use"]);
    check(&[("CONSOLE_PORT", &port)], 1, &["CONSOLE_PORT", &port]);
    check(&[("PORT", "none")], 2, &["PORT", "none"]);
    check(&[("FRONTEND_URL", "*")], 2, &["FRONTEND_URL", "one exact origin"]);
    check(&[("DATABASE_URL", "postgres://db/x")], 2, &["DATABASE_URL", "postgres"]);
    check(&[("DATABASE_URL", "sqlite:///no/such/place.db")], 1, &["DATABASE_URL"]);
    check(&[("OTEL_TRACES_SAMPLER", "sometimes")], 2, &["OTEL_TRACES_SAMPLER", "sometimes"]);
}

#[tokio::test]
async fn the_health_check_says_whether_the_backend_is_up() {
    let demo = start();
    let port = demo.url.rsplit(':').next().expect("a port");
    let ask = |port: &str| {
        let mut command = command(binary(), &["healthcheck"]);
        command.env("PORT", port).status().expect("the demo runs").code()
    };
    assert_eq!(ask(port), Some(0));
    assert_eq!(ask("1"), Some(1));
}

#[tokio::test]
async fn each_way_of_failing_leaves_its_trace_and_its_item() {
    let demo = start();
    let ask = async |path: &str| {
        client().get(format!("{}{path}", demo.url)).send().await.expect("an answer")
    };
    let test = ask("/rollbar/test").await;
    let ids = test.headers()["x-error-id"].to_str().expect("text").split(", ").count();
    assert_eq!((test.status().as_u16(), ids), (200, 2));
    assert_eq!(test.text().await.expect("text"), "Hello World!");
    for (path, status) in [("/fail/error", 500), ("/fail/panic", 500), ("/fail/spawned", 200)] {
        assert_eq!(ask(path).await.status(), status, "{path}");
    }
    let stream = ask("/fail/stream").await;
    assert_eq!(stream.status(), 200);
    assert!(stream.text().await.is_err(), "it breaks off");

    let wanted = [
        "Hello World!",
        "Die World!",
        "`forty-two` is no count",
        "index out of bounds",
        "the spawned task gave up",
        "the stream broke off after 3 chunks",
    ];
    let url = format!("{}/api/errors/occurrences", demo.console);
    let mut seen = String::new();
    for _ in 0..200 {
        seen = client().get(&url).send().await.expect("an answer").text().await.expect("text");
        if wanted.iter().all(|it| seen.contains(it)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not all items came: {seen}");
}
