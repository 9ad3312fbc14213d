//! Against the console's stand-in, over a real socket.

use cruddur_console::{Console, Options};

use crate::setup::{Exit, Setup};

const CONFIG: &str = "hcxlk_local0123456789";

fn console() -> Console {
    let mut options = Options::default();
    options.port = 0;
    Console::start(options).expect("a free port")
}

async fn setup(console: &Console, key: &str, arguments: &[&str]) -> (Exit, String) {
    let base = format!("http://{}", console.address());
    setup_at(&base, key, arguments, vec![]).await
}

async fn setup_at(
    base: &str,
    key: &str,
    arguments: &[&str],
    regions: Vec<String>,
) -> (Exit, String) {
    let environment = [("HONEYCOMB_API_ENDPOINT", base), ("HONEYCOMB_CONFIG_KEY", key)];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut setup = Setup::new(environment).service("cruddur-backend").also_dataset("Cruddur Page");
    setup.honeycomb_regions = regions;
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let mut output = Vec::new();
    let exit = setup.run(&arguments, &mut output).await;
    (exit, String::from_utf8(output).expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn ensuring_twice_changes_once_and_a_dry_run_never() {
    let console = console();
    let (exit, output) = setup(&console, CONFIG, &["honeycomb", "--dry-run"]).await;
    assert_eq!((exit, output.matches("would be created").count()), (Exit::Differs, 12), "{output}");
    let (exit, output) = setup(&console, CONFIG, &["honeycomb"]).await;
    assert_eq!((exit, output.matches("was created").count()), (Exit::Done, 12), "{output}");
    let (exit, output) = setup(&console, CONFIG, &["honeycomb"]).await;
    assert_eq!((exit, output.matches("is as it should be").count()), (Exit::Done, 12), "{output}");
    assert_eq!(setup(&console, CONFIG, &["honeycomb", "--dry-run"]).await.0, Exit::Done);
    // The link opens: the stand-in sends it on to its own Query tab.
    let link = output.lines().find_map(|it| it.strip_prefix("Average latency by userId: "));
    let answer = reqwest::get(link.expect("a link")).await.expect("an answer");
    assert_eq!(answer.url().path(), "/tab/query");
    assert!(answer.url().query().is_some_and(|it| it.contains("op=AVG")), "{}", answer.url());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_somebody_changed_is_made_anew() {
    let console = console();
    setup(&console, CONFIG, &["honeycomb", "--dataset", "d"]).await;
    let http = reqwest::Client::new();
    let base = format!("http://{}", console.address());
    let call = async |method: reqwest::Method, path: &str, body: &str| {
        let request = http.request(method, format!("{base}{path}"));
        let answer = request.header("x-honeycomb-team", CONFIG).body(body.to_owned()).send().await;
        answer.expect("an answer").text().await.expect("text")
    };
    let names = call(reqwest::Method::GET, "/1/query_annotations/d", "").await;
    let names: serde_json::Value = serde_json::from_str(&names).expect("JSON");
    let id = names[0]["id"].as_str().expect("an id");
    call(reqwest::Method::DELETE, &format!("/1/query_annotations/d/{id}"), "").await;
    let other = call(reqwest::Method::POST, "/1/queries/d", r#"{"limit":10}"#).await;
    let other: serde_json::Value = serde_json::from_str(&other).expect("JSON");
    let name =
        serde_json::json!({ "name": super::QUERY_NAME, "query_id": other["id"] }).to_string();
    call(reqwest::Method::POST, "/1/query_annotations/d", &name).await;

    let dry = setup(&console, CONFIG, &["honeycomb", "--dataset=d", "--dry-run"]).await;
    assert!(dry.0 == Exit::Differs && dry.1.contains("limit: 10 -> 100"), "{}", dry.1);
    let (exit, output) = setup(&console, CONFIG, &["honeycomb", "--dataset=d"]).await;
    assert!(exit == Exit::Done && output.contains("was updated"), "{output}");
    let (_, output) = setup(&console, CONFIG, &["honeycomb", "--dataset=d"]).await;
    assert!(!output.contains("updated"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_can_not_is_told_apart() {
    let console = console();
    let check = async |key: &str, expected_exit: Exit, expected: &str| {
        let (exit, output) = setup(&console, key, &["honeycomb"]).await;
        assert_eq!(exit, expected_exit, "{output}");
        assert!(output.contains(expected) && !output.contains("hcx"), "{output}");
    };
    check("", Exit::Usage, "HONEYCOMB_CONFIG_KEY is not set").await;
    check("hcxik_ingest0123456789", Exit::Failed, "is an ingest key").await;
    check("hcxlk_invalid", Exit::Failed, "copy the key again").await;
    let told = r#"{"key": "hcxlk_few", "access": ["events", "columns"]}"#;
    let url = format!("http://{}/api/honeycomb/keys", console.address());
    reqwest::Client::new().post(url).body(told).send().await.expect("an answer");
    check("hcxlk_few", Exit::Failed, "lacks Create Datasets: edit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_other_region_is_found_there() {
    let (us, eu) = (console(), console());
    let base = |console: &Console| format!("http://{}", console.address());
    // Known in the one region, unknown in the other.
    let told = r#"{"key": "abcinvalid", "access": ["events", "columns", "createDatasets"]}"#;
    let url = format!("{}/api/honeycomb/keys", base(&eu));
    reqwest::Client::new().post(url).body(told).send().await.expect("an answer");
    let regions = vec![base(&us), base(&eu)];
    let (exit, output) = setup_at(&base(&us), "abcinvalid", &["honeycomb"], regions).await;
    assert_eq!(exit, Exit::Failed);
    assert!(output.contains(&format!("set HONEYCOMB_API_ENDPOINT={}", base(&eu))), "{output}");
}

#[tokio::test]
async fn where_nobody_listens_that_is_said() {
    let (exit, output) = setup_at("http://127.0.0.1:1", CONFIG, &["honeycomb"], vec![]).await;
    assert_eq!(exit, Exit::Failed);
    assert!(output.contains("refused"), "{output}");
}
