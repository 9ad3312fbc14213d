//! X-Ray against independents: the SDK for Python, moto, and the console's stand-in.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use cruddur_console::{Console, Options};
use cruddur_trace::bridge::otel_xray::{XrayExporter, XrayShouldSample};
use cruddur_trace::record::UnixNanos;
use cruddur_trace::sampling::xray::{
    CentralRules, LocalRules, RequestToSample, RulesPage, SampledService, Statistics, TargetsReply,
    wildcard_match,
};
use cruddur_trace::setup::{Exit, Setup};
use opentelemetry::KeyValue;
use opentelemetry::trace::{
    Span as _, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use serde_json::{Value, json};
use tests::tools;

const RULE: &str = include_str!("../../aws/json/xray.json");

fn console() -> Console {
    Console::start(
        Options::from_lookup(|name| (name == "CONSOLE_PORT").then(|| "0".to_owned()))
            .expect("valid"),
    )
    .expect("a free port")
}

async fn read(console: &Console, path: &str) -> Value {
    let url = format!("http://{}{path}", console.address());
    let answer = reqwest::get(url).await.expect("an answer");
    answer.json().await.expect("JSON")
}

fn script(python: &Path, name: &str, arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let path = tools::workspace().join("tests/interop").join(name);
    let mut child = Command::new(python)
        .arg(path)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn set_up(console: &Console, arguments: &[&str]) -> (Exit, String) {
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS".to_owned(), console.address().to_string());
    let setup = Setup::new([daemon]).service("cruddur-backend").group("Cruddur").xray_rule(RULE);
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let mut output = Vec::new();
    let exit = setup.run(&arguments, &mut output).await;
    (exit, String::from_utf8_lossy(&output).into_owned())
}

/// Keeps what finishes.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("not poisoned").append(&mut batch);
        Ok(())
    }
}

impl Kept {
    fn spans(&self) -> Vec<SpanData> {
        self.0.lock().expect("not poisoned").clone()
    }
}

/// A request to the notifications endpoint, by the OpenTelemetry SDK.
fn request(provider: &SdkTracerProvider) {
    let tracer = provider.tracer("app");
    let root = tracer
        .span_builder("GET /api/activities/notifications")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("url.path", "/api/activities/notifications"),
            KeyValue::new("server.address", "localhost"),
            KeyValue::new("http.response.status_code", 200),
        ])
        .start(&tracer);
    let context = opentelemetry::Context::new().with_span(root);
    let mut child = tracer.start_with_context("home_notifications", &context);
    child.set_attribute(KeyValue::new("app.now", "2026-11-22T16:00:00Z"));
    child.set_attribute(KeyValue::new("app.result_length", 2));
    child.end();
    context.span().end();
}

fn backend() -> Resource {
    Resource::builder_empty().with_service_name("cruddur-backend").build()
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_makes_the_group_and_the_rule_once() {
    let console = console();
    let (exit, shown) = set_up(&console, &["xray", "--dry-run"]).await;
    assert_eq!(exit, Exit::Differs, "{shown}");
    let (exit, shown) = set_up(&console, &["xray"]).await;
    assert_eq!((exit, shown.matches("was created").count()), (Exit::Done, 2), "{shown}");
    let (exit, shown) = set_up(&console, &["xray", "--dry-run"]).await;
    assert_eq!((exit, shown.matches("as it should be").count()), (Exit::Done, 2), "{shown}");
    let settings = read(&console, "/api/xray/settings").await;
    assert_eq!(settings["groups"][1]["FilterExpression"], "service(\"cruddur-backend\")");
    let rule = &settings["rules"][1]["SamplingRule"];
    assert_eq!((&rule["FixedRate"], &rule["ReservoirSize"]), (&json!(0.1), &json!(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exporter_for_the_opentelemetry_sdk_shows_one_segment_that_the_group_selects() {
    let console = console();
    set_up(&console, &["xray"]).await;
    let exporter = XrayExporter::new(&console.address().to_string()).expect("an address");
    let provider =
        SdkTracerProvider::builder().with_resource(backend()).with_batch_exporter(exporter).build();
    request(&provider);
    provider.shutdown().expect("flushed");
    let filter = "/api/xray/traces?filter=service(%22cruddur-backend%22)";
    let mut found = Value::Null;
    for _ in 0..100 {
        found = read(&console, filter).await;
        if found["received"] == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let id = found["traces"][0]["Id"].as_str().expect("one trace");
    let trace = read(&console, &format!("/api/xray/traces/{id}")).await;
    let documents = trace["documents"].as_array().expect("a list");
    assert_eq!(documents.len(), 1);
    let document = &documents[0]["document"];
    assert_eq!(documents[0]["unknown"], json!([]));
    assert_eq!(document["name"], "cruddur-backend");
    let nested = &document["subsegments"][0];
    assert_eq!(nested["name"], "home_notifications");
    let metadata = json!({"app.now": "2026-11-22T16:00:00Z", "res.length": 2});
    assert_eq!(nested["metadata"]["default"], metadata);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sampler_for_the_opentelemetry_sdk_follows_rules_and_reports() {
    let console = console();
    set_up(&console, &["xray"]).await;
    let (sampler, refresh) =
        XrayShouldSample::central("cruddur-backend", &console.address().to_string())
            .expect("an address");
    let refresh = tokio::spawn(refresh);
    let spans = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_resource(backend())
        .with_simple_exporter(spans.clone())
        .build();
    // Until rules are fetched the fallback decides, and names none.
    for _ in 0..200 {
        request(&provider);
        let finished = spans.spans();
        let names_rule = |it: &KeyValue| {
            it.key.as_str() == "aws.xray.sampling_rule" && it.value.as_str() == "Cruddur"
        };
        if finished.iter().any(|span| span.attributes.iter().any(names_rule)) {
            refresh.abort();
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no span was sampled by the rule");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_for_python_samples_reports_and_sends_as_against_aws() {
    let Some(python) = tools::python() else {
        return tools::skip("the_sdk_for_python", "python");
    };
    let console = console();
    set_up(&console, &["xray"]).await;
    let address = console.address().to_string();
    let told = tokio::task::spawn_blocking(move || {
        parsed(&script(&python, "xray_sdk.py", &[&address], ""))
    });
    let told = told.await.expect("no panic");
    assert_eq!(told["rules"], json!(["Cruddur", "Default"]));
    // What it says that it reported is what arrived; a borrow is counted as sampled by us and by it.
    let settings = read(&console, "/api/xray/settings").await;
    let arrived = &settings["rules"][1]["Reported"];
    let reported = &told["reported"][0];
    assert_eq!(arrived["requests"], 200);
    assert_eq!(arrived["requests"], reported["requests"]);
    assert_eq!(arrived["borrowed"], reported["borrowed"]);
    assert_eq!(told["quotas"]["Cruddur"], 5);
    let id = told["trace_id"].as_str().expect("an id");
    let mut trace = Value::Null;
    for _ in 0..100 {
        trace = read(&console, &format!("/api/xray/traces/{id}")).await;
        if trace["documents"].is_array() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let document = &trace["documents"][0]["document"];
    assert_eq!(document["subsegments"][0]["metadata"]["default"]["res.length"], 2);
    assert_eq!(read(&console, "/api/xray/refused").await["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_takes_our_documents_and_gives_the_trace_back() {
    let Some(python) = tools::python() else { return tools::skip("moto", "python") };
    let spans = Kept::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    request(&provider);
    let exporter = XrayExporter::new("127.0.0.1:2000").expect("an address");
    let exporter = exporter.segment_name("cruddur-backend");
    let (documents, lost) = exporter.documents(spans.spans());
    assert_eq!((documents.len(), lost), (1, 0));
    let texts: Vec<String> =
        documents.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    let input = json!(texts).to_string();
    let read =
        tokio::task::spawn_blocking(move || parsed(&script(&python, "xray_moto.py", &[], &input)));
    let read = read.await.expect("no panic");
    assert_eq!(read["unprocessed"], json!([]));
    let back = read["traces"][0]["Segments"][0]["Document"].as_str().expect("a document");
    let (back, sent): (Value, Value) =
        (serde_json::from_str(back).expect("JSON"), serde_json::from_str(&texts[0]).expect("JSON"));
    assert_eq!(back["subsegments"][0]["name"], "home_notifications");
    assert_eq!(back["id"], sent["id"]);
    assert_eq!(read["summaries"].as_array().map(Vec::len), Some(1));
}

#[test]
fn matching_and_reservoirs_are_those_of_the_sdk_for_python() {
    let Some(python) = tools::python() else { return tools::skip("the oracle", "python") };
    let output = script(&python, "xray_oracle.py", &["7", "20000"], "");
    let lines = String::from_utf8(output.stdout).expect("text");
    let (mut patterns, mut matched, mut reservoirs) = (0, 0, 0);
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        if let Some(pattern) = case["pattern"].as_str() {
            let text = case["text"].as_str().expect("text");
            assert_eq!(json!(wildcard_match(pattern, text)), case["matches"], "{line}");
            patterns += 1;
            matched += u32::from(case["matches"] == true);
        } else {
            compare_reservoir(&case);
            reservoirs += 1;
        }
    }
    assert_eq!((patterns, reservoirs), (20_000, 1_000));
    assert!(matched > 500, "only {matched} patterns match: the oracle tells nothing");
}

/// Plays one reservoir of the oracle against ours, with a rate of 0, so that only it decides.
fn compare_reservoir(case: &Value) {
    let size = u64::from(case["can_borrow"] == true);
    let rules = json!({"SamplingRuleRecords": [{"SamplingRule": {"RuleName": "r", "Version": 1,
        "FixedRate": 0.0, "ReservoirSize": size, "Priority": 1}}]});
    let rules = RulesPage::parse(rules.to_string().as_bytes()).expect("a page").rules;
    let central = CentralRules::new(SampledService::default(), LocalRules::default(), 1);
    let nanos = |second: &Value| UnixNanos(second.as_u64().expect("a second") * 1_000_000_000);
    let steps = case["steps"].as_array().expect("a list");
    central.replace(rules, nanos(&steps[0]["second"]));
    for step in steps {
        let now = nanos(&step["second"]);
        if let Some(sampled) = step["sampled"].as_bool() {
            let decision = central.decide(&RequestToSample::default(), now, 0);
            assert_eq!(decision.sampled, sampled, "{step} of {case}");
        } else {
            let target = json!({"SamplingTargetDocuments": [{"RuleName": "r",
                "ReservoirQuota": step["quota"], "ReservoirQuotaTTL": step["ttl"]}]});
            let reply = TargetsReply::parse(target.to_string().as_bytes()).expect("an answer");
            let none: &[Statistics] = &[];
            assert!(!central.assign(&reply, none));
        }
    }
}
