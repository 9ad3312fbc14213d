//! The abuse list against the relay of the running demo, over a real socket.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tests::demo::{Demo, attribute, client};

fn start() -> Demo {
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    Demo::start(binary, &["--quiet", "--no-frontend"], &[])
}

/// A page in somebody's browser.
struct Browser<'a> {
    demo: &'a Demo,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// Signed in as this user.
    async fn of(demo: &'a Demo, handle: &str) -> Self {
        let url = format!("{}/api/session", demo.url);
        let answer = client().post(url).json(&json!({ "handle": handle })).send().await;
        let answer = answer.expect("an answer");
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        Self { demo, cookie: cookie.split(';').next().unwrap_or_default().to_owned() }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        client()
            .post(format!("{}{path}", self.demo.url))
            .header("origin", &self.demo.url)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie)
    }

    async fn send(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.post(path).json(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn spans(&self, spans: Value) -> (u16, Value) {
        self.send("/v1/traces", &traces(spans)).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what is passed is made in place")]
fn traces(spans: Value) -> Value {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    u64::try_from(since.as_nanos()).expect("a time")
}

/// A root span of a trace of its own.
#[expect(clippy::needless_pass_by_value, reason = "what is passed is made in place")]
fn span(trace_id: &str, attributes: Value) -> Value {
    json!({
        "traceId": trace_id, "spanId": "00f067aa0ba902b7", "name": "click home",
        "startTimeUnixNano": (now() - 5_000_000).to_string(),
        "endTimeUnixNano": now().to_string(),
        "attributes": attributes,
    })
}

fn trace_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

async fn ask(url: String) -> Value {
    let answer = client().get(url).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn what_a_page_claims_of_user_service_and_sample_rate_does_not_count() {
    let demo = start();
    let worf = Browser::of(&demo, "worf").await;
    let id = trace_id();
    let columns = (0..60).map(|index| text(&format!("column_{index}"), "x"));
    let mut attributes = vec![
        text("app.userId", "andrewbrown"),
        json!({ "key": "SampleRate", "value": { "intValue": "2000000000" } }),
        text("service.name", "cruddur-backend"),
        text("aws.account", "1"),
        text("app.note", "<script>alert(1)</script>"),
    ];
    attributes.extend(columns);
    let mut body = traces(json!([span(&id, json!(attributes))]));
    body["resourceSpans"][0]["resource"] =
        json!({ "attributes": [text("service.name", "a-dataset-of-mine")] });
    assert_eq!(worf.send("/v1/traces", &body).await, (200, json!({})));
    let spans = demo.trace(&id, |spans| spans.len() == 1).await;
    let span = &spans[0];
    assert_eq!(attribute(span, "app.userId"), "worf");
    assert_eq!(attribute(span, "app.userId.claimed"), "andrewbrown");
    assert_eq!(attribute(span, "app.userId.mismatch"), true);
    assert_eq!(span["service"], "cruddur-frontend", "{span}");
    // Markup stays the text that it is.
    assert_eq!(attribute(span, "app.note"), "<script>alert(1)</script>");
    let all = span.to_string();
    for gone in ["SampleRate", "aws.account", "column_", "a-dataset-of-mine"] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    // And so it is one span for whoever counts by weight.
    let filters = json!([{ "column": "trace.trace_id", "op": "=", "value": id }]);
    let asked = json!({ "filters": filters });
    let url = format!("{}/api/query", demo.console);
    let counted = client().post(url).json(&asked).send().await.expect("an answer");
    let counted: Value = counted.json().await.expect("JSON");
    assert_eq!(counted["results"], json!([{ "COUNT": 1.0 }]));
}

#[tokio::test]
async fn a_quota_burns_out_and_says_when_to_come_back() {
    let demo = start();
    let worf = Browser::of(&demo, "worf").await;
    // At once, so that a slow machine does not give the bucket time to fill again: 16 times 512 is
    // twice the records that a session may send.
    let id = trace_id();
    let body = traces(Value::from(vec![span(&id, json!([])); 512]));
    let sent = (0..16).map(|_| worf.post("/v1/traces").json(&body).send());
    let answers = futures::future::join_all(sent).await;
    let last = answers.into_iter().map(|it| it.expect("an answer")).find_map(|answer| {
        let is_refused = answer.status() == 429;
        is_refused.then(|| answer.headers()["retry-after"].clone())
    });
    let wait: u64 = last.expect("429").to_str().expect("text").parse().expect("seconds");
    assert!((1..60).contains(&wait));
    // One request of more is refused for its structure, whoever sends it.
    let many = Value::from(vec![span(&id, json!([])); 513]);
    let other = Browser::of(&demo, "garek").await;
    assert_eq!(other.spans(many).await.0, 413);
}

#[tokio::test]
async fn a_trace_of_somebody_else_s_takes_no_spans() {
    let demo = start();
    let (andrew, worf) =
        (Browser::of(&demo, "andrewbrown").await, Browser::of(&demo, "worf").await);
    let id = trace_id();
    let url = format!("{}/api/activities/home", demo.url);
    let parent = format!("00-{id}-00f067aa0ba902b8-01");
    let request = client().get(url).header("cookie", &andrew.cookie).header("traceparent", parent);
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    let (status, answer) = worf.spans(json!([span(&id, json!([]))])).await;
    assert_eq!((status, &answer["partialSuccess"]["rejectedSpans"]), (200, &json!("1")));
    assert_eq!(andrew.spans(json!([span(&id, json!([]))])).await, (200, json!({})));
}

#[tokio::test]
async fn a_forged_line_stays_inside_its_own() {
    let demo = start();
    let worf = Browser::of(&demo, "worf").await;
    let marker = trace_id();
    let forged = format!("{marker} ok\n2026-11-22T16:00:00Z ERROR forged\r\u{1b}[2J");
    let log = json!({ "timeUnixNano": now().to_string(), "body": { "stringValue": forged } });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
    assert_eq!(worf.send("/v1/logs", &body).await, (200, json!({})));
    for _ in 0..200 {
        let logs = ask(format!("{}/api/logs", demo.console)).await.to_string();
        if let Some(start) = logs.find(&marker) {
            let line = &logs[start..logs.len().min(start + 200)];
            let line = line.split('"').next().unwrap_or(line);
            // As JSON writes them.
            assert!(!line.contains("\\n") && !line.contains("\\r") && !line.contains("\\u001b"));
            assert!(line.contains("forged"), "{line}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the line did not come");
}

#[tokio::test]
async fn bombs_foreign_origins_and_other_shapes_are_refused() {
    let demo = start();
    let worf = Browser::of(&demo, "worf").await;
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 50 << 20]).expect("bytes in memory");
    let bomb = bomb.finish().expect("bytes in memory");
    let request = worf.post("/v1/traces").header("content-type", "application/json");
    let answer = request.header("content-encoding", "gzip").body(bomb).send().await;
    assert_eq!(answer.expect("an answer").status(), 413);

    let body = traces(json!([span(&trace_id(), json!([]))])).to_string();
    let url = format!("{}/v1/traces", demo.url);
    let check = async |origin: Option<&str>, site: &str, kind: &str, status: u16| {
        let mut request = client().post(&url).header("content-type", kind).body(body.clone());
        request = request.header("sec-fetch-site", site).header("cookie", &worf.cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{origin:?} {site} {kind}");
        // A refusal to a stranger carries no permission to read it.
        let allowed = answer.headers().get("access-control-allow-origin");
        assert!(
            status == 200
                || allowed.is_none_or(|it| Some(it.as_bytes()) != origin.map(str::as_bytes))
                || status == 415
        );
    };
    let own = Some(demo.url.as_str());
    let json = "application/json";
    check(own, "same-origin", json, 200).await;
    check(Some("http://127.0.0.1:3000"), "same-site", json, 200).await;
    check(Some("https://evil.example"), "cross-site", json, 403).await;
    check(Some("null"), "cross-site", json, 403).await;
    check(None, "none", json, 403).await;
    check(own, "cross-site", json, 403).await;
    check(own, "same-origin", "text/plain", 415).await;
    assert_eq!(client().get(&url).send().await.expect("an answer").status(), 405);
}

#[tokio::test]
async fn the_relay_does_not_trace_itself() {
    let demo = start();
    let worf = Browser::of(&demo, "worf").await;
    let id = trace_id();
    assert_eq!(worf.spans(json!([span(&id, json!([]))])).await.0, 200);
    demo.trace(&id, |spans| spans.len() == 1).await;
    let traces = ask(format!("{}/api/traces", demo.console)).await.to_string();
    assert!(!traces.contains("/v1/traces"), "{traces}");
}

#[tokio::test]
async fn a_preflight_with_traceparent_passes_for_the_page_and_for_nobody_else() {
    let demo = start();
    let check = async |path: &str, origin: &str, passes: bool| {
        let request = client().request(reqwest::Method::OPTIONS, format!("{}{path}", demo.url));
        let answer = request
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "traceparent,tracestate,baggage")
            .send()
            .await
            .expect("an answer");
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .and_then(|it| it.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(header("access-control-allow-origin") == origin, passes, "{path} {origin}");
        if passes {
            assert!(header("access-control-allow-headers").contains("traceparent"));
            assert_eq!(header("access-control-allow-credentials"), "true");
        }
    };
    for path in ["/api/activities/home", "/v1/traces", "/v1/logs"] {
        check(path, "http://127.0.0.1:3000", true).await;
        check(path, "https://evil.example", false).await;
        check(path, "null", false).await;
    }
}
