//! The abuse list: what a hostile page or a stranger would try.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

#[tokio::test]
async fn abuse_quota_burn() {
    let policy = policy().session_rate(Rate { burst: 3, per_second: 0.5 });
    let bench = bench_with(Kept::default(), policy);
    for _ in 0..3 {
        assert_eq!(bench.spans(json!([span()])).await.0, 200);
    }
    let body = Full::new(Bytes::from(traces(json!([span()])).to_string()));
    let (status, headers, _) =
        bench.send(request("/v1/traces").body(body).expect("a request")).await;
    assert_eq!((status.as_u16(), headers["retry-after"].to_str().unwrap()), (429, "2"));

    // Few requests of many spans are no way around it.
    let policy = self::policy().record_rate(Rate { burst: 100, per_second: 1.0 });
    let bench = bench_with(Kept::default(), policy);
    let many = |count| Json::from(vec![span(); count]);
    assert_eq!(bench.spans(many(99)).await.0, 200);
    assert_eq!(bench.spans(many(99)).await.0, 429);
    assert_eq!(bench.records().len(), 99);
}

#[tokio::test]
async fn abuse_forged_user() {
    let bench = bench();
    let forged = json!({ "attributes": [
        text("app.userId", "andrewbrown"),
        text("app.userId.claimed", "x"),
        { "key": "app.userId.mismatch", "value": { "boolValue": false } },
    ] });
    assert_eq!(bench.spans(json!([with(span(), forged)])).await.0, 200);
    let span = &bench.records()[0];
    assert_eq!(span.attribute("app.userId").and_then(Value::as_str), Some("worf"));
    assert_eq!(span.attribute("app.userId.claimed").and_then(Value::as_str), Some("andrewbrown"));
    assert_eq!(span.attribute("app.userId.mismatch"), Some(&Value::Bool(true)));
    assert_eq!(bench.relay.stats().users_forged, 1);
}

#[tokio::test]
async fn abuse_forged_sample_rate() {
    let bench = bench();
    let forged = json!({
        "traceState": "ot=th:fffffff",
        "attributes": [
            { "key": "SampleRate", "value": { "intValue": "2000000000" } },
            { "key": "sampleRate", "value": { "intValue": "2000000000" } },
            { "key": "meta.annotation_type", "value": { "stringValue": "span_event" } },
            { "key": "duration_ms", "value": { "intValue": "0" } },
            { "key": "trace.parent_id", "value": { "stringValue": "x" } },
        ],
    });
    assert_eq!(bench.spans(json!([with(span(), forged)])).await.0, 200);
    let span = &bench.records()[0];
    assert_eq!((span.attributes.len(), &span.trace_state), (0, &None));
    assert_eq!(bench.relay.stats().attributes_dropped, 5);
}

#[tokio::test]
async fn abuse_dataset_sprawl() {
    let bench = bench();
    for name in ["a", "b", "cruddur-backend"] {
        let body = json!({ "resourceSpans": [{
            "resource": { "attributes": [text("service.name", name)] },
            "scopeSpans": [{ "spans": [with(span(), json!({ "attributes": [text("service.name", name)] }))] }],
        }] });
        assert_eq!(bench.post("/v1/traces", &body).await.0, 200);
    }
    for fragment in bench.kept.fragments.lock().expect("a lock").iter() {
        let resource = fragment.resource.as_ref().expect("a resource");
        assert_eq!(resource.service_name(), "cruddur-frontend");
        assert!(fragment.spans[0].attributes.is_empty());
    }
}

#[tokio::test]
async fn abuse_column_explosion() {
    let bench = bench();
    let columns = |prefix: &str, count: usize| -> Json {
        (0..count).map(|index| text(&format!("{prefix}{index}"), "x")).collect()
    };
    let odd = json!({ "attributes": columns("column_", 100) });
    assert_eq!(bench.spans(json!([with(span(), odd)])).await.0, 200);
    assert!(bench.records()[0].attributes.is_empty());
    let many = json!({ "attributes": columns("app.", 100) });
    assert_eq!(bench.spans(json!([with(span(), many)])).await.0, 200);
    assert_eq!(bench.records()[1].attributes.len(), 64);
    let too_many = json!({ "attributes": columns("app.", 129) });
    assert_eq!(bench.spans(json!([with(span(), too_many)])).await.0, 413);
    let long_key = json!({ "attributes": [text(&format!("app.{}", "x".repeat(200)), "x")] });
    assert_eq!(bench.spans(json!([with(span(), long_key)])).await.0, 413);
    assert_eq!(bench.spans(Json::from(vec![span(); 513])).await.0, 413);
}

/// The relay keeps markup as the text that it is; whoever shows it must show text. (The console's
/// page is tested for that with the same strings.)
#[tokio::test]
async fn abuse_stored_xss() {
    let bench = bench();
    let evil = "<img src=x onerror=alert(1)>";
    assert_eq!(bench.spans(json!([with(span(), json!({ "name": evil }))])).await.0, 200);
    assert!(bench.records().is_empty(), "a name that is not on the list");
    let (_, answer) = bench.spans(json!([with(span(), json!({ "name": evil }))])).await;
    assert!(!answer.to_string().contains('<'), "an answer repeats nothing");
}

#[tokio::test]
async fn abuse_log_injection() {
    let bench = bench();
    let forged = "ok\n2026-11-22T16:00:00Z ERROR forged\r\u{1b}[2J\u{2028}x\u{202e}y";
    let log = json!({ "timeUnixNano": NOW.to_string(), "body": { "stringValue": forged },
        "attributes": [text("app.note", forged)] });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
    assert_eq!(bench.post("/v1/logs", &body).await.0, 200);
    let logs = bench.kept.logs.lock().expect("a lock");
    for text in [logs[0].body.clone(), logs[0].attributes[0].value.to_string()] {
        assert!(!text.contains(['\n', '\r', '\u{1b}', '\u{2028}', '\u{202e}']), "{text:?}");
    }
}

#[tokio::test]
async fn abuse_trace_id_poisoning() {
    let bench = bench();
    let trace_id: TraceId = TRACE.parse().expect("an id");
    let victim: Arc<str> = Arc::from("andrew's browser");
    bench.relay.traces().claim(trace_id, Some(&victim));
    let (status, answer) = bench.spans(json!([span()])).await;
    assert_eq!((status, &answer["partialSuccess"]["rejectedSpans"]), (200, &json!("1")));

    // A trace that nobody knows is taken with its root only.
    let unknown = "5bf92f3577b34da6a3ce929d0e0e4736";
    let child = json!({ "traceId": unknown, "parentSpanId": "00f067aa0ba902b8" });
    let (_, answer) = bench.spans(json!([with(span(), child.clone())])).await;
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1");
    let root = json!({ "traceId": unknown, "spanId": "00f067aa0ba902b8" });
    let (_, answer) = bench.spans(json!([with(span(), child.clone()), with(span(), root)])).await;
    assert_eq!(answer, json!({}));
    assert_eq!(bench.spans(json!([with(span(), child)])).await.1, json!({}));

    // Nor may a span link to what is not the session's.
    let link = json!({ "traceId": "6bf92f3577b34da6a3ce929d0e0e4736",
        "links": [{ "traceId": TRACE, "spanId": "00f067aa0ba902b7" }] });
    assert_eq!(bench.spans(json!([with(span(), link)])).await.1, json!({}));
    assert!(bench.records().last().expect("a span").links.is_empty());
}

#[tokio::test]
async fn abuse_gzip_bomb() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("bytes in memory");
        Bytes::from(encoder.finish().expect("bytes in memory"))
    };
    let check = async |body: Bytes, status: u16, reason: &str| {
        let bench = bench();
        let request = request("/v1/traces").header("content-encoding", "gzip");
        let (found, _, _) = bench.send(request.body(Full::new(body)).expect("a request")).await;
        assert_eq!(found.as_u16(), status, "{reason}");
        let counted = bench.relay.stats().requests_refused;
        assert_eq!(counted.get(reason), (status != 200).then_some(&1), "{counted:?}");
    };
    let spans = Json::from(vec![span(); 100]);
    check(gzip(traces(spans).to_string().as_bytes()), 200, "").await;
    check(gzip(&vec![b' '; 50 * 1024 * 1024]), 413, "unpacked_size").await;
    check(gzip(&vec![b' '; 512 * 1024]), 413, "unpacked_size").await;
    check(Bytes::from(vec![0; 300 * 1024]), 413, "body_size").await;
    check(Bytes::from_static(b"no gzip"), 400, "gzip").await;
    let mut cut = gzip(traces(json!([span()])).to_string().as_bytes()).to_vec();
    cut.truncate(cut.len() / 2);
    check(Bytes::from(cut), 400, "gzip").await;
}
