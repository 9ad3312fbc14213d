//! Conformance with W3C trace context level 2: every rule of the specification, by a real client
//! over loopback.
//!
//! The service under test is `tests::w3c`, which the W3C's own harness tests as well. Requests are
//! written byte by byte, so that they can be wrong; what the service sends on is read by a listener.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::post;
use cruddur_trace::ObserveLayer;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

/// The service, and the headers that it sends on.
struct Harness {
    service: String,
    callback: String,
    sent_on: mpsc::UnboundedReceiver<HeaderMap>,
}

impl Harness {
    async fn start() -> Self {
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer = ObserveLayer::new().collect_into(capture.collector());
        let service = serve(tests::w3c::app_with(layer)).await;
        let (sender, sent_on) = mpsc::unbounded_channel();
        let callback =
            axum::Router::new().route("/callback", post(note)).with_state(Arc::new(sender));
        let callback = format!("http://{}/callback", serve(callback).await);
        Self { service, callback, sent_on }
    }

    /// What the service sends on after a request with these header lines.
    async fn send(&mut self, lines: &[&str]) -> HeaderMap {
        let mut sent = self.send_times(lines, 1).await;
        sent.remove(0)
    }

    async fn send_times(&mut self, lines: &[&str], times: usize) -> Vec<HeaderMap> {
        let call = serde_json::json!({"url": self.callback, "arguments": []});
        let body = serde_json::Value::Array(vec![call; times]).to_string();
        let mut request = format!(
            "POST /test HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n",
            self.service,
            body.len()
        );
        for line in lines {
            request.push_str(line);
            request.push_str("\r\n");
        }
        let mut stream = TcpStream::connect(&self.service).await.expect("the service listens");
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{lines:?}: {answer}");
        let mut sent = Vec::new();
        for _ in 0..times {
            sent.push(self.sent_on.recv().await.expect("the callback listens"));
        }
        sent
    }

    /// The trace, span and flags that are sent on; exactly one header, of version 00.
    async fn traceparent(&mut self, lines: &[&str]) -> (String, String, String) {
        let headers = self.send(lines).await;
        parts(&headers)
    }
}

fn parts(headers: &HeaderMap) -> (String, String, String) {
    let all: Vec<_> = headers.get_all("traceparent").iter().collect();
    assert_eq!(all.len(), 1, "{headers:?}");
    let text = all[0].to_str().expect("text");
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags] = parts[..] else { panic!("{text}") };
    assert_eq!((version, trace.len(), span.len(), flags.len()), ("00", 32, 16, 2), "{text}");
    (trace.to_owned(), span.to_owned(), flags.to_owned())
}

fn tracestate(headers: &HeaderMap) -> String {
    let lines = headers.get_all("tracestate").iter().map(|line| line.to_str().expect("text"));
    lines.collect::<Vec<_>>().join(",")
}

async fn note(
    State(sender): State<Arc<mpsc::UnboundedSender<HeaderMap>>>,
    headers: HeaderMap,
) -> Json<()> {
    sender.send(headers).expect("the test waits");
    Json(())
}

async fn serve(app: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test]
async fn a_valid_traceparent_is_continued() {
    let mut harness = Harness::start().await;
    for line in [
        PARENT.to_owned(),
        format!("  {PARENT}  "),
        format!("\t{PARENT}\t "),
        // Versions to come: what follows is ignored.
        PARENT.replacen("00", "01", 1),
        format!("{}-what-the-future-brings", PARENT.replacen("00", "cc", 1)),
        format!("{}-", PARENT.replacen("00", "fe", 1)),
    ] {
        let (trace, span, flags) = harness.traceparent(&[&format!("traceparent: {line}")]).await;
        assert_eq!((trace.as_str(), flags.as_str()), (TRACE, "01"), "{line}");
        assert_ne!(span, "1234567890123456");
    }
    for name in ["TraceParent", "TRACEPARENT", "tRaCePaReNt"] {
        let (trace, ..) = harness.traceparent(&[&format!("{name}: {PARENT}")]).await;
        assert_eq!(trace, TRACE, "{name}");
    }
}

#[tokio::test]
async fn an_invalid_traceparent_restarts_the_trace() {
    let mut harness = Harness::start().await;
    for line in [
        "00-12345678901234567890123456789012-1234567890123456-01-",
        "00-12345678901234567890123456789012-1234567890123456-01.what",
        "cc-12345678901234567890123456789012-1234567890123456-01.what",
        "ff-12345678901234567890123456789012-1234567890123456-01",
        "CC-12345678901234567890123456789012-1234567890123456-01",
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "000-12345678901234567890123456789012-1234567890123456-01",
        "0-12345678901234567890123456789012-1234567890123456-01",
        "00-00000000000000000000000000000000-1234567890123456-01",
        "00-1234567890123456789012345678901-1234567890123456-01",
        "00-123456789012345678901234567890123-1234567890123456-01",
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901A-1234567890123456-01",
        "00-+2345678901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-0000000000000000-01",
        "00-12345678901234567890123456789012-123456789012345-01",
        "00-12345678901234567890123456789012-12345678901234567-01",
        "00-12345678901234567890123456789012-123456789012345.-01",
        "00-12345678901234567890123456789012-1234567890123456-+1",
        "00-12345678901234567890123456789012-1234567890123456-1",
        "00-12345678901234567890123456789012-1234567890123456-001",
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456",
        "",
    ] {
        let headers = harness.send(&[&format!("traceparent: {line}"), "tracestate: foo=1"]).await;
        assert_ne!(parts(&headers).0, TRACE, "{line}");
        assert_eq!(tracestate(&headers), "", "{line}");
    }
    // Two of them, equal or not.
    let twice = format!("traceparent: {PARENT}");
    assert_ne!(harness.traceparent(&[&twice, &twice]).await.0, TRACE);
    // Another header's name.
    assert_ne!(harness.traceparent(&[&format!("trace-parent: {PARENT}")]).await.0, TRACE);
    assert_ne!(harness.traceparent(&[&format!("trace.parent: {PARENT}")]).await.0, TRACE);
}

#[tokio::test]
async fn flags_stay_as_they_mean() {
    let mut harness = Harness::start().await;
    // The capture samples everything, so bit 0 is set; the random bit is the caller's.
    for (received, sent) in [("00", "01"), ("01", "01"), ("02", "03"), ("03", "03"), ("ff", "03")] {
        let line = format!("traceparent: 00-{TRACE}-1234567890123456-{received}");
        assert_eq!(harness.traceparent(&[&line]).await.2, sent, "{received}");
    }
    // A trace of our own is random.
    assert_eq!(harness.traceparent(&[]).await.2, "03");
}

#[tokio::test]
async fn tracestate_is_passed_on_or_discarded_as_a_whole() {
    let mut harness = Harness::start().await;
    let many =
        |count: usize| (0..count).map(|at| format!("k{at:02}=1")).collect::<Vec<_>>().join(",");
    let parent = format!("traceparent: {PARENT}");
    let cases: Vec<(Vec<String>, String)> = vec![
        (vec!["foo=1,bar=2".into()], "foo=1,bar=2".into()),
        (
            vec!["foo=1,bar=2".into(), "rojo=1,congo=2".into(), "baz=3".into()],
            "foo=1,bar=2,rojo=1,congo=2,baz=3".into(),
        ),
        (vec!["foo=1 \t , \t bar=2, \t baz=3".into()], "foo=1,bar=2,baz=3".into()),
        (vec!["".into(), "foo=1".into(), ", ,".into()], "foo=1".into()),
        (vec!["foo=1,foo=2".into()], "foo=1,foo=2".into()),
        (vec!["foo@=1,foo@@bar=1,0a_-*/=x".into()], "foo@=1,foo@@bar=1,0a_-*/=x".into()),
        (vec![many(32)], many(32)),
        (vec![many(33)], String::new()),
        (vec![many(20), many(13)], String::new()),
        (vec!["foo =1".into()], String::new()),
        (vec!["FOO=1".into()], String::new()),
        (vec!["foo.bar=1".into()], String::new()),
        (vec!["@foo=1,bar=2".into()], String::new()),
        (vec!["foo=bar=baz".into()], String::new()),
        (vec!["foo=,bar=3".into()], String::new()),
        (vec![format!("{}=1", "k".repeat(257))], String::new()),
        (vec![format!("k={}", "v".repeat(256))], format!("k={}", "v".repeat(256))),
        (vec![format!("k={}", "v".repeat(257))], String::new()),
    ];
    for (lines, expected) in cases {
        let lines: Vec<String> = lines.iter().map(|line| format!("tracestate: {line}")).collect();
        let mut all = vec![parent.as_str()];
        all.extend(lines.iter().map(String::as_str));
        let headers = harness.send(&all).await;
        assert_eq!(parts(&headers).0, TRACE, "{lines:?}");
        assert_eq!(tracestate(&headers), expected, "{lines:?}");
    }
    // Without a traceparent it means nothing.
    assert_eq!(tracestate(&harness.send(&["tracestate: foo=1"]).await), "");
}

#[tokio::test]
async fn every_call_has_a_span_of_its_own_and_the_same_trace() {
    let mut harness = Harness::start().await;
    for lines in [vec![], vec![format!("traceparent: {PARENT}")]] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let sent = harness.send_times(&lines, 3).await;
        let parts: Vec<_> = sent.iter().map(parts).collect();
        let spans: std::collections::HashSet<_> = parts.iter().map(|it| &it.1).collect();
        let traces: std::collections::HashSet<_> = parts.iter().map(|it| &it.0).collect();
        assert_eq!((spans.len(), traces.len()), (3, 1));
    }
}

#[tokio::test]
async fn a_folded_line_never_continues_a_trace_by_half() {
    // RFC 9112 lets a server refuse obsolete folding or replace it by blanks; either is well.
    let harness = Harness::start().await;
    let mut stream = TcpStream::connect(&harness.service).await.expect("the service listens");
    let request = format!(
        "POST /test HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: \
         application/json\r\nContent-Length: 2\r\ntraceparent: 00-{TRACE}-\r\n 1234567890123456-01\r\n\r\n[]"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(!answer.contains(TRACE), "{answer}");
}
