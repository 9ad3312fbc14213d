//! The demo's second service: a post goes on beyond the backend, in one trace with two names.

use std::path::Path;

use serde_json::{Value, json};
use tests::demo::{Demo, attribute, client};

const TRACE: &str = "5759e988bd862e3fe1be46a994272793";

fn find<'a>(spans: &'a [Value], service: &str, name: &str) -> Option<&'a Value> {
    spans.iter().find(|it| it["service"] == service && it["name"] == name)
}

#[tokio::test]
async fn a_post_is_told_to_the_notifier_in_the_same_trace() {
    let binary = Path::new(env!("CARGO_BIN_EXE_cruddur-demo"));
    let demo = Demo::start(binary, &["--quiet", "--no-frontend"], &[]);
    let post = json!({ "message": "hello @bayko and @worf", "ttl": "1-day" });
    let request = client().post(format!("{}/api/activities", demo.url)).json(&post);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = request.header("traceparent", parent).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);

    let is_whole = |spans: &[Value]| {
        find(spans, "cruddur-notifier", "deliver-notifications").is_some()
            && find(spans, "cruddur-backend", "POST /api/activities").is_some()
    };
    let spans = demo.trace(TRACE, is_whole).await;
    // From the notifier's handler up to the backend's, by the client span between them.
    let handler = find(&spans, "cruddur-notifier", "deliver-notifications").expect("the handler");
    assert_eq!(attribute(handler, "app.mentions"), 2);
    let parent = |of: &Value| {
        spans.iter().find(|it| it["span_id"] == of["parent_id"]).cloned().unwrap_or_default()
    };
    let server = parent(handler);
    assert_eq!(server["name"], "POST /api/notifications");
    assert_eq!(server["service"], "cruddur-notifier");
    let call = parent(&server);
    assert_eq!((&call["service"], &call["name"]), (&"cruddur-backend".into(), &"POST".into()));
    assert_eq!(attribute(&call, "http.response.status_code"), 200);
    let names: Vec<Value> = std::iter::successors(Some(parent(&call)), |it| Some(parent(it)))
        .take_while(|it| !it.is_null())
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["notify", "create-activity", "POST /api/activities"]);

    // X-Ray has a segment of each, the notifier's below the backend's call.
    let segments = xray_segments(&demo.console).await;
    let notifier = segments.iter().find(|it| it["name"] == "cruddur-notifier").expect("a segment");
    assert_eq!(notifier["parent_id"], call["span_id"]);
    assert!(segments.iter().any(|it| it["name"] == "cruddur-backend"));
}

/// The trace's segment documents, once both services have sent theirs.
async fn xray_segments(console: &str) -> Vec<Value> {
    let asked = json!({ "TraceIds": ["1-5759e988-bd862e3fe1be46a994272793"] });
    let mut segments = Vec::new();
    for _ in 0..400 {
        let answer = client().post(format!("{console}/Traces")).json(&asked).send().await;
        let body: Value = answer.expect("an answer").json().await.unwrap_or_default();
        segments = body["Traces"][0]["Segments"].as_array().cloned().unwrap_or_default();
        segments = segments
            .iter()
            .filter_map(|it| serde_json::from_str(it["Document"].as_str()?).ok())
            .collect();
        if segments.len() >= 2 {
            return segments;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not all segments came: {segments:#?}");
}
