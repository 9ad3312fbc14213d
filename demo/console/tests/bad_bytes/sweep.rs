//! A console to send bad bytes to, and how each protocol refuses.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::running::Running;

pub(crate) const SIGNALS: [&str; 3] = ["/v1/traces", "/v1/metrics", "/v1/logs"];
pub(crate) const CALLS: [&str; 3] = [
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
];
pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const GRPC: (&str, &str) = ("content-type", "application/grpc");
pub(crate) const GZIP: (&str, &str) = ("content-encoding", "gzip");
pub(crate) const SIGNED: (&str, &str) =
    ("authorization", "AWS4-HMAC-SHA256 Credential=a/20261122/us-east-1/logs/aws4_request, x");

/// Names and values.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// How a service says no.
#[derive(Clone, Copy)]
pub(crate) enum Words {
    /// `google.rpc.Status` in protobuf: field 1 a code, field 2 a message.
    Rpc,
    RpcJson,
    /// HTTP 200 and this `grpc-status`.
    Grpc(u32),
    /// AWS JSON 1.1: `__type`, which the header repeats.
    Aws,
    XRay,
    Rollbar,
    Honeycomb,
}

#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

pub(crate) struct Sweep {
    pub(crate) console: Running,
    pub(crate) client: Client,
    http2: Client,
}

impl Sweep {
    pub(crate) fn start() -> Self {
        let builder = || Client::builder().no_proxy().timeout(Duration::from_secs(120));
        Self {
            console: Running::start(&[("CONSOLE_MAX_MEMORY_MB", "32")]),
            client: builder().build().expect("a client"),
            http2: builder().http2_prior_knowledge().build().expect("a client"),
        }
    }

    pub(crate) async fn send(
        &self,
        client: &Client,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut request = client.post(format!("{}{path}", self.console.url)).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap_or_else(|error| panic!("{path} {headers:?}: {error:?}"))
    }

    /// It answers with this status in these words.
    pub(crate) async fn refuses(
        &self,
        (path, headers): (&str, &[(&str, &str)]),
        body: &[u8],
        status: u16,
        words: Words,
    ) {
        let client = if matches!(words, Words::Grpc(_)) { &self.http2 } else { &self.client };
        let answer = self.send(client, path, headers, body).await;
        let begins = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let what = format!("{path} {headers:?} {begins:?}");
        assert_eq!(answer.status().as_u16(), status, "{what}");
        speaks(answer, words, &what).await;
    }

    /// A valid request is taken, so the console is still there.
    pub(crate) async fn answers(&self) {
        let sent = span("after");
        let answer = self.send(&self.client, "/v1/traces", &[JSON], sent.as_bytes()).await;
        assert_eq!(answer.status(), 200);
        let listed = self.client.get(format!("{}/api/traces", self.console.url)).send().await;
        let listed = listed.expect("an answer").text().await.expect("text");
        assert!(listed.contains("5b8efff798038103d269b633813fc60c"), "{listed}");
    }
}

pub(crate) async fn speaks(answer: Response, words: Words, what: &str) {
    let headers = answer.headers().clone();
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = header("content-type");
    let bytes = answer.bytes().await.expect("a body");
    let object = || -> Value {
        serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{what}: {bytes:?}"))
    };
    let is_text = |value: &Value| value.as_str().is_some_and(|it| !it.is_empty());
    match words {
        Words::Rpc => {
            assert_eq!(kind, PROTOBUF.1, "{what}");
            let status = RpcStatus::decode(&*bytes).expect("google.rpc.Status");
            assert!(status.code > 0 && !status.message.is_empty(), "{what}: {status:?}");
        }
        Words::RpcJson => {
            assert_eq!(kind, JSON.1, "{what}");
            let status = object();
            assert!(status["code"].as_i64() > Some(0) && is_text(&status["message"]), "{status}");
        }
        Words::Grpc(code) => {
            assert_eq!(kind, GRPC.1, "{what}");
            assert_eq!(header("grpc-status"), code.to_string(), "{what}");
            assert!(!header("grpc-message").is_empty() && bytes.is_empty(), "{what}");
        }
        Words::Aws => {
            assert_eq!(kind, "application/x-amz-json-1.1", "{what}");
            let error = object();
            assert_eq!(error["__type"], header("x-amzn-errortype"), "{what}");
            assert!(is_text(&error["__type"]) && is_text(&error["message"]), "{what}: {error}");
        }
        Words::XRay => {
            assert_eq!(kind, JSON.1, "{what}");
            assert!(header("x-amzn-errortype").ends_with("Exception"), "{what}");
            assert!(is_text(&object()["Message"]), "{what}");
        }
        Words::Rollbar => {
            let error = object();
            assert!(error["err"] == 1 && is_text(&error["message"]), "{what}: {error}");
        }
        Words::Honeycomb => {
            let problem = object();
            assert!(is_text(&problem["error"]) && is_text(&problem["type"]), "{what}: {problem}");
        }
    }
}

pub(crate) fn span(name: &str) -> String {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": name,
        "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000",
    }] }] }] })
    .to_string()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Bytes that look like nothing, the same in each run.
pub(crate) fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    // The first byte is a field of a wire type that does not exist.
    std::iter::once(0x0f).chain(std::iter::repeat_with(&mut next)).take(count).collect()
}

/// Nested messages: `length` bytes of `inner` inside fields 1, 2, 2 and 9 (a span's attributes).
pub(crate) fn within(fields: &[u8], inner: Vec<u8>) -> Vec<u8> {
    fields.iter().rev().fold(inner, |inner, field| {
        let mut outer = vec![field << 3 | 2];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(inner);
        outer
    })
}
