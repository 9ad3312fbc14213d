//! Events as Sentry takes them, read back by a reader of our own.

use super::event::{About, MAX_BYTES, encode};
use crate::errors::{ErrorReport, Frame, ReportKind, ReportedRequest};
use crate::record::{Attribute, ErrorChain, SpanId, TraceFlags, TraceId, TraceLink, UnixNanos};
use serde_json::Value;
use std::time::Duration;

fn report(kind: ReportKind) -> ErrorReport {
    let error = ErrorChain {
        class: "app::AppError".into(),
        message: "cannot load".into(),
        causes: vec!["no such table".into()],
        place: Some(("src/app.rs", 7)),
        ..ErrorChain::default()
    };
    let mut report = ErrorReport::new(kind, error, UnixNanos(1_795_363_200_500_000_000));
    report.id = "6f1d1e5c-4b52-4f3a-9d53-5b1f6f4b1c11".into();
    report.frames = vec![Frame {
        function: "app::home".into(),
        file: "src/app.rs".into(),
        line: Some(3),
        column: None,
    }];
    report.trace = TraceId::new(0xabc).zip(SpanId::new(0xdef)).map(|(trace_id, span_id)| {
        TraceLink { trace_id, span_id, trace_flags: TraceFlags::SAMPLED }
    });
    report.request = Some(ReportedRequest {
        method: "GET".into(),
        url: "http://h/api?a=1".into(),
        route: Some("/api".into()),
        client_address: Some("192.0.2.0".into()),
        ..ReportedRequest::default()
    });
    report.is_uncaught = true;
    report
}

/// An envelope: a header line, an item's header line, and the item, whose length is told.
fn read(bytes: &[u8]) -> (Value, Value) {
    let mut lines = bytes.splitn(3, |it| *it == b'\n');
    let mut next = || lines.next().expect("a line");
    let header: Value = serde_json::from_slice(next()).expect("the envelope's header");
    let item: Value = serde_json::from_slice(next()).expect("the item's header");
    let rest = next();
    assert_eq!(item["type"], "event");
    let length = item["length"].as_u64().expect("a length") as usize;
    (header, serde_json::from_slice(&rest[..length]).expect("an event"))
}

fn about() -> About {
    About { environment: "production".into(), release: Some("v1".into()), server_name: None }
}

#[test]
fn an_error_becomes_an_event() {
    let bytes = encode(&report(ReportKind::Error), &about());
    // Sentry's own types take it as well.
    let envelope = sentry::Envelope::from_slice(&bytes).expect("an envelope");
    let known = envelope.event().expect("an event");
    assert_eq!((known.exception.len(), known.transaction.as_deref()), (2, Some("/api")));
    let (header, event) = read(&bytes);
    assert_eq!(header["event_id"], "6f1d1e5c-4b52-4f3a-9d53-5b1f6f4b1c11");
    assert_eq!(event["event_id"], "6f1d1e5c4b524f3a9d535b1f6f4b1c11");
    assert_eq!(event["contexts"]["trace"]["trace_id"], "00000000000000000000000000000abc");
    assert_eq!(event["contexts"]["trace"]["span_id"], "0000000000000def");
    assert_eq!(event["transaction"], "/api");
    assert_eq!(event["user"]["ip_address"], "192.0.2.0");
    assert_eq!((&event["environment"], &event["release"]), (&"production".into(), &"v1".into()));
    let exceptions = event["exception"]["values"].as_array().expect("a list");
    assert_eq!(exceptions[0]["value"], "no such table", "the oldest cause first");
    assert_eq!(exceptions[1]["type"], "app::AppError");
    assert_eq!(exceptions[1]["mechanism"]["handled"], false);
    let frames = exceptions[1]["stacktrace"]["frames"].as_array().expect("frames");
    assert_eq!((&frames[0]["function"], &frames[1]["lineno"]), (&"app::home".into(), &7.into()));
}

#[test]
fn a_message_becomes_an_event() {
    let (_, event) = read(&encode(&report(ReportKind::Message), &about()));
    assert_eq!(event["message"], "cannot load");
    assert!(event["exception"].is_null());
}

#[test]
fn no_event_is_too_large() {
    let mut hostile = report(ReportKind::Panic);
    hostile.error.message = "x".repeat(5 << 20);
    hostile.frames = vec![hostile.frames[0].clone(); 10_000];
    hostile.native_frames = hostile.frames.clone();
    hostile.custom =
        (0..50_000).map(|it| Attribute::new(format!("k{it}"), "v".repeat(50))).collect();
    let bytes = encode(&hostile, &about());
    assert!(bytes.len() <= MAX_BYTES, "{}", bytes.len());
    let (_, event) = read(&bytes);
    assert_eq!(event["exception"]["values"][0]["type"], "cause");
}

#[test]
fn rate_limits_are_understood() {
    let check = |header: &str, expected: Option<u64>| {
        assert_eq!(super::client::pause(header), expected.map(Duration::from_secs), "{header}");
    };
    check("60:error;default:organization", Some(60));
    check("60:transaction:key, 5::key", Some(5));
    check("60:transaction:key", None);
    check("x", None);
    check("999999::", Some(3600));
}
