//! Ten thousand requests at once: none of their spans gets into another's trace, and every span
//! that was recorded was received or is counted as lost.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use serde_json::Value;
use tests::demo::{Demo, attribute, client};

const REQUESTS: u32 = 10_000;
/// Streams of one HTTP/2 connection that the server takes at once.
const STREAMS: u32 = 200;
/// The request's, the handler's, and two queries.
const SPANS: u32 = 4;

fn trace_id(tag: u32) -> String {
    format!("{:032x}", 0xfeed_0000_0000_0000_0000_0000_0000_0000_u128 + u128::from(tag) + 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_at_once_stay_in_their_traces() {
    let variables = [
        ("CONSOLE_MAX_TRACES", "20000"),
        ("CONSOLE_MAX_MEMORY_MB", "1024"),
        // Nothing but spans goes out, so that the account is one of spans.
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("RUST_LOG", "off"),
    ];
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    let mut demo = Demo::start(binary, &["--quiet", "--no-frontend"], &variables);

    let mut requests = tokio::task::JoinSet::new();
    for connection in 0..REQUESTS / STREAMS {
        let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build();
        let client = client.expect("a client");
        for stream in 0..STREAMS {
            let tag = connection * STREAMS + stream;
            let request = client
                .get(format!("{}/api/activities/home", demo.url))
                .header("traceparent", format!("00-{}-00f067aa0ba902b7-01", trace_id(tag)))
                .header("user-agent", format!("tag {tag}"));
            requests.spawn(async move {
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), 200);
                let timing = answer.headers()["server-timing"].to_str().expect("text").to_owned();
                assert!(timing.contains(&trace_id(tag)), "{timing}");
            });
        }
    }
    while let Some(done) = requests.join_next().await {
        done.expect("a request that was answered");
    }
    // What is under way arrives; nothing more does when two looks show the same.
    let total = async || -> u64 {
        let url = format!("{}/api/traces?limit=20000", demo.console);
        let list: Vec<Value> =
            client().get(url).send().await.expect("an answer").json().await.expect("a list");
        list.iter().filter_map(|it| it["spans"].as_u64()).sum()
    };
    let mut received = total().await;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = total().await;
        if now == received {
            break;
        }
        received = now;
    }

    let reader = client();
    let looks = stream::iter(0..REQUESTS).map(|tag| {
        let request = reader.get(format!("{}/api/traces/{}", demo.console, trace_id(tag)));
        async move {
            let answer = request.send().await.expect("an answer");
            if answer.status() == 404 {
                return 0;
            }
            let spans: Vec<Value> = answer.json().await.expect("spans");
            check(tag, &spans);
            spans.len() as u64
        }
    });
    let seen: u64 = looks.buffer_unordered(16).fold(0, |sum, it| async move { sum + it }).await;
    assert_eq!(seen, received, "no span is in a trace that nobody asked for");

    assert!(demo.stop().success());
    let mut accounts = demo.printed.iter().filter_map(|it| it.trim().strip_prefix("otlp: "));
    let account = accounts.find(|it| it.contains(" sent")).expect("an account").to_owned();
    let number = |word: &str| -> u64 {
        let before = account.split(word).next().filter(|_| account.contains(word));
        let digits = before.and_then(|it| it.trim().rsplit(' ').next());
        digits.and_then(|it| it.parse().ok()).unwrap_or(0)
    };
    let (sent, lost) = (number(" sent"), number(" lost"));
    assert_eq!(received, sent, "{account}");
    assert_eq!(sent + lost, u64::from(REQUESTS * SPANS), "{}", demo.printed.join("\n"));
}

/// All spans of a trace belong together, and the request's is that of the tag.
fn check(tag: u32, spans: &[Value]) {
    let names: Vec<&str> = spans.iter().filter_map(|it| it["name"].as_str()).collect();
    let count = |name: &str| names.iter().filter(|it| **it == name).count();
    assert!(
        count("GET /api/activities/home") <= 1
            && count("get-activities") <= 1
            && count("SELECT activities") <= 2
            && names.len() <= 4,
        "{tag}: {names:?}"
    );
    for span in spans {
        let parent = &span["parent_id"];
        let is_known = spans.iter().any(|it| it["span_id"] == *parent);
        if span["name"] == "GET /api/activities/home" {
            assert_eq!(attribute(span, "user_agent.original"), &Value::from(format!("tag {tag}")));
            assert_eq!(parent, "00f067aa0ba902b7");
        } else {
            assert!(is_known || spans.len() < 4, "{tag}: a parent of another trace");
        }
    }
}
