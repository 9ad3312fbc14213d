//! The relay as browsers and as attackers meet it. The abuse list is in `abuse`.

mod abuse;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::{Value as Json, json};
use tower_service::Service;

use super::forward::{Forward, RelayDestination};
use super::*;
use crate::record::{Fragment, LogRecord, SpanRecord, TraceId, UnixNanos, Value};

const ORIGIN: &str = "http://127.0.0.1:4567";
const NOW: u64 = 1_795_363_200_000_000_000;
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[derive(Default)]
struct Kept {
    fragments: Mutex<Vec<Fragment>>,
    logs: Mutex<Vec<LogRecord>>,
    is_full: bool,
}

impl Forward for Kept {
    fn spans(&self, fragments: Vec<Fragment>) -> bool {
        self.fragments.lock().expect("a lock").extend(fragments);
        !self.is_full
    }

    fn logs(&self, logs: Vec<LogRecord>) -> bool {
        self.logs.lock().expect("a lock").extend(logs);
        !self.is_full
    }
}

struct Bench {
    relay: Relay,
    kept: Arc<Kept>,
}

/// The application's session is the header `x-session`, the user `x-user`.
fn visitor(parts: &http::request::Parts) -> Visitor {
    let text =
        |name: &str| parts.headers.get(name).map(|value| Arc::from(value.to_str().expect("text")));
    Visitor {
        session: text("x-session"),
        user_id: text("x-user"),
        address: Some(IpAddr::from([127, 0, 0, 1])),
    }
}

fn bench_with(kept: Kept, policy: RelayPolicy) -> Bench {
    let kept = Arc::new(kept);
    let destination = RelayDestination(Arc::clone(&kept) as Arc<dyn Forward>);
    Bench { relay: Relay::at(policy, destination, visitor, || UnixNanos(NOW)), kept }
}

fn policy() -> RelayPolicy {
    RelayPolicy::new("cruddur-frontend", [ORIGIN]).allow_span_names(["fetch_*", "click *"])
}

fn bench() -> Bench {
    bench_with(Kept::default(), policy())
}

fn request(path: &str) -> http::request::Builder {
    Request::post(path)
        .header("content-type", "application/json")
        .header("origin", ORIGIN)
        .header("x-session", "worf's browser")
        .header("x-user", "worf")
}

impl Bench {
    async fn send(&self, request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, Bytes) {
        let answer = self.relay.clone().call(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.expect("a body").to_bytes())
    }

    async fn post(&self, path: &str, body: &Json) -> (u16, Json) {
        let body = Full::new(Bytes::from(body.to_string()));
        let (status, _, answer) = self.send(request(path).body(body).expect("a request")).await;
        (status.as_u16(), serde_json::from_slice(&answer).expect("JSON"))
    }

    async fn spans(&self, spans: Json) -> (u16, Json) {
        self.post("/v1/traces", &traces(spans)).await
    }

    fn records(&self) -> Vec<SpanRecord> {
        let fragments = self.kept.fragments.lock().expect("a lock");
        fragments.iter().flat_map(|it| it.spans.clone()).collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what is passed is made in place")]
fn traces(spans: Json) -> Json {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "evil"), text("host.name", "evil")] },
        "scopeSpans": [{ "scope": { "name": "web" }, "spans": spans }],
    }] })
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn span() -> Json {
    json!({
        "traceId": TRACE,
        "spanId": "00f067aa0ba902b7",
        "name": "fetch_home_activities",
        "kind": 1,
        "startTimeUnixNano": (NOW - 2_000_000_000).to_string(),
        "endTimeUnixNano": (NOW - 1_000_000_000).to_string(),
        "attributes": [text("app.userId", "worf"), text("session.id", "tab")],
        "status": { "code": 0 },
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what is passed is made in place")]
fn with(mut span: Json, changes: Json) -> Json {
    let fields = changes.as_object().expect("an object").clone();
    span.as_object_mut().expect("an object").extend(fields);
    span
}

#[tokio::test]
async fn a_span_comes_through_as_the_frontend_s() {
    let bench = bench();
    assert_eq!(bench.spans(json!([span()])).await, (200, json!({})));
    let fragments = bench.kept.fragments.lock().expect("a lock").clone();
    let resource = fragments[0].resource.as_ref().expect("a resource of its own");
    assert_eq!(resource.service_name(), "cruddur-frontend");
    assert_eq!(resource.text("host.name"), None);
    assert!(fragments[0].sampling.otlp && !fragments[0].sampling.xray);
    let span = &fragments[0].spans[0];
    assert_eq!((&*span.name, span.trace_id.to_string().as_str()), ("fetch_home_activities", TRACE));
    assert_eq!(span.duration_nanos(), 1_000_000_000);
    assert_eq!(span.attribute("app.userId").and_then(Value::as_str), Some("worf"));
    assert_eq!(span.attribute("app.userId.mismatch"), None);
    assert_eq!(bench.relay.stats().records_forwarded, 1);
}

#[tokio::test]
async fn protobuf_and_json_mean_the_same() {
    let json_request = traces(json!([with(
        span(),
        json!({
            "parentSpanId": "00f067aa0ba902b8",
            "events": [{ "timeUnixNano": NOW.to_string(), "name": "exception",
                "attributes": [text("exception.message", "no honor")] }],
            "links": [{ "traceId": TRACE, "spanId": "00f067aa0ba902b9" }],
            "status": { "code": 2, "message": "failed" },
            "attributes": [
                { "key": "app.count", "value": { "intValue": "-7" } },
                { "key": "app.share", "value": { "doubleValue": 0.5 } },
                { "key": "app.on", "value": { "boolValue": true } },
                { "key": "app.list", "value": { "arrayValue": { "values": [{ "stringValue": "a" }] } } },
            ],
        })
    )]));
    let decoded: ExportTraceServiceRequest =
        serde_json::from_value(json_request.clone()).expect("OTLP/JSON");
    let bytes = decoded.encode_to_vec();
    let from_json = json::spans(json_request.to_string().as_bytes(), &wire::Structure::STANDARD);
    let from_protobuf = protobuf::spans(&bytes, &wire::Structure::STANDARD);
    assert_eq!(from_json, from_protobuf);
    let span = &from_json.expect("spans")[0];
    assert_eq!((span.attributes.len(), span.events.len(), span.links.len()), (4, 1, 1));
    assert_eq!((span.status_code, span.status_message.as_str()), (2, "failed"));
}

#[tokio::test]
async fn a_protobuf_request_gets_a_protobuf_answer() {
    let bench = bench();
    let body = traces(json!([span(), with(span(), json!({ "name": "evil" }))]));
    let decoded: ExportTraceServiceRequest = serde_json::from_value(body).expect("OTLP/JSON");
    let request = Request::post("/v1/traces")
        .header("content-type", "application/x-protobuf")
        .header("origin", ORIGIN)
        .body(Full::new(Bytes::from(decoded.encode_to_vec())));
    let (status, headers, body) = bench.send(request.expect("a request")).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::OK, &"application/x-protobuf".parse().unwrap())
    );
    let answer = ExportTraceServiceResponse::decode(body).expect("an answer");
    let partial = answer.partial_success.expect("something was refused");
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("name"), "{}", partial.error_message);
}

#[tokio::test]
async fn what_is_refused_is_said_with_its_reason() {
    let check = async |changes: Json, reason: &str| {
        let bench = bench();
        let (status, answer) = bench.spans(json!([with(span(), changes.clone())])).await;
        assert_eq!(
            (status, &answer["partialSuccess"]["rejectedSpans"]),
            (200, &json!("1")),
            "{changes}"
        );
        let message = answer["partialSuccess"]["errorMessage"].as_str().expect("a message");
        assert!(message.contains(reason), "{message}");
        assert_eq!(bench.records().len(), 0);
    };
    check(json!({ "name": "anything" }), "name").await;
    check(json!({ "endTimeUnixNano": (NOW - 3_000_000_000).to_string() }), "time").await;
    check(json!({ "startTimeUnixNano": (NOW - 601_000_000_000).to_string() }), "time").await;
    check(json!({ "endTimeUnixNano": (NOW + 61_000_000_000).to_string() }), "time").await;
    check(json!({ "spanId": "0000000000000000" }), "id").await;
    check(json!({ "spanId": "00f067" }), "id").await;
    check(json!({ "traceId": "" }), "id").await;
    check(json!({ "parentSpanId": "0000000000000000" }), "id").await;
}

#[tokio::test]
async fn only_otlp_posts_of_known_origins_are_taken() {
    let check = async |change: &dyn Fn(&mut Request<Full<Bytes>>), status: u16, reason: &str| {
        let bench = bench();
        let body = Full::new(Bytes::from(traces(json!([span()])).to_string()));
        let mut request = request("/v1/traces").body(body).expect("a request");
        change(&mut request);
        let (found, headers, _) = bench.send(request).await;
        assert_eq!(found.as_u16(), status, "{reason}");
        let counted = bench.relay.stats().requests_refused;
        assert_eq!(counted.get(reason), (status != 200).then_some(&1), "{counted:?}");
        headers
    };
    let header = |name: &'static str, value: &'static str| {
        move |it: &mut Request<Full<Bytes>>| {
            it.headers_mut().insert(name, value.parse().expect("a header"));
        }
    };
    let headers = check(&|it| *it.method_mut() = Method::GET, 405, "method").await;
    assert_eq!(headers["allow"], "POST");
    check(&|it| *it.uri_mut() = "/v1/metrics".parse().expect("a path"), 404, "path").await;
    for kind in [
        "text/plain",
        "application/json; charset=utf-7",
        "application/jsonp",
        "multipart/form-data",
    ] {
        check(&header("content-type", kind), 415, "content_type").await;
    }
    check(&header("content-encoding", "br"), 415, "content_encoding").await;
    for origin in [
        "null",
        "*",
        "http://evil.example",
        "http://127.0.0.1:4567.evil.example",
        "http://127.0.0.1:4568",
    ] {
        check(&header("origin", origin), 403, "origin").await;
    }
    check(&|it| drop(it.headers_mut().remove("origin")), 403, "origin").await;
    check(
        &|it| {
            it.headers_mut().append("origin", ORIGIN.parse().expect("a header"));
        },
        403,
        "origin",
    )
    .await;
    check(&header("sec-fetch-site", "cross-site"), 403, "fetch_site").await;
    check(&header("sec-fetch-site", "none"), 403, "fetch_site").await;
    check(&header("sec-fetch-site", "same-site"), 200, "").await;
    check(&|it| *it.body_mut() = Full::new(Bytes::from("{")), 400, "malformed").await;
}

#[tokio::test]
async fn logs_come_through_with_their_trace() {
    let bench = bench();
    let log = json!({
        "timeUnixNano": NOW.to_string(), "severityNumber": 17, "body": { "stringValue": "it broke" },
        "traceId": TRACE, "spanId": "00f067aa0ba902b7", "attributes": [text("event.name", "exception")],
    });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
    assert_eq!(bench.post("/v1/logs", &body).await, (200, json!({})));
    let logs = bench.kept.logs.lock().expect("a lock");
    assert_eq!((logs[0].body.as_str(), logs[0].severity.as_str()), ("it broke", "ERROR"));
    assert_eq!(logs[0].trace.map(|it| it.trace_id.to_string()), Some(TRACE.to_owned()));
    assert_eq!(logs[0].user_id.as_deref(), Some("worf"));
}

#[tokio::test]
async fn a_full_queue_is_said_so() {
    let bench = bench_with(Kept { is_full: true, ..Kept::default() }, policy());
    let (status, _) = bench.spans(json!([span()])).await;
    assert_eq!(status, 503);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..256)) {
        let limits = &wire::Structure::STANDARD;
        let _ = protobuf::spans(&bytes, limits);
        let _ = protobuf::logs(&bytes, limits);
        let _ = json::spans(&bytes, limits);
        let _ = json::logs(&bytes, limits);
    }

    #[test]
    fn no_text_makes_the_redaction_panic_or_grow_over_its_limit(text in ".{0,200}", max in 0_usize..100) {
        proptest::prop_assert!(redact::text(&text, false, max).len() <= max);
    }
}
