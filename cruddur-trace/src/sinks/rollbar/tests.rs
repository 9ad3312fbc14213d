//! Items as Rollbar takes them, and never too large.

use super::item::item as item_of;
use super::*;
use crate::errors::{ErrorReport, Frame, ReportKind, ReportedRequest};
use crate::pipeline::SendError;
use crate::record::{
    Attribute, ErrorChain, LogRecord, Severity, SpanId, TraceFlags, TraceId, TraceLink,
};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn about() -> About {
    About {
        environment: "production".into(),
        code_version: Some("v1".into()),
        service: "cruddur-backend".into(),
        host: Some("host-1".into()),
        root: None,
        framework: Some("axum"),
    }
}

fn frame(function: &str, line: u32) -> Frame {
    Frame { function: function.into(), file: "src/app.rs".into(), line: Some(line), column: None }
}

fn report(kind: ReportKind) -> ErrorReport {
    let error = ErrorChain {
        class: "app::AppError".into(),
        message: "cannot load".into(),
        causes: vec!["no such table".into()],
        place: Some(("src/app.rs", 7)),
        ..ErrorChain::default()
    };
    let mut report = ErrorReport::new(kind, error, UnixNanos(1_795_363_200_000_000_000));
    report.id = "6f1d1e5c-4b52-4f3a-9d53-5b1f6f4b1c11".into();
    report.frames = vec![frame("app::home", 3), frame("app::load", 5)];
    report.trace = Some(TraceLink {
        trace_id: TraceId::new(0xabc).expect("not zero"),
        span_id: SpanId::new(0xdef).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
    });
    report.request = Some(ReportedRequest {
        method: "GET".into(),
        url: "http://h/api?a=1&token=REDACTED".into(),
        route: Some("/api".into()),
        headers: vec![("accept".into(), "a".into()), ("accept".into(), "b".into())],
        query: vec![("a".into(), "1".into()), ("token".into(), "REDACTED".into())],
        client_address: Some("192.0.2.1".into()),
        status: Some(500),
        request_id: Some("r-1".into()),
        ..ReportedRequest::default()
    });
    report.user_id = Some("andrewbrown".into());
    report.is_uncaught = true;
    let event = LogRecord::new(1, report.time, Severity::Info, "before".into());
    report.events = vec![Arc::new(event)];
    report
}

#[test]
fn an_error_becomes_an_item() {
    let item = item(&report(ReportKind::Error), &about());
    check_schema(&item);
    let mut item = item;
    item["data"]["notifier"]["version"] = "x".into();
    item["data"]["platform"] = "x".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&item).expect("JSON"), @r#"
    {
      "data": {
        "attributes": [
          {
            "key": "is_uncaught",
            "value": "true"
          },
          {
            "key": "trace_id",
            "value": "00000000000000000000000000000abc"
          },
          {
            "key": "span_id",
            "value": "0000000000000def"
          }
        ],
        "body": {
          "telemetry": [
            {
              "body": {
                "message": "before"
              },
              "level": "info",
              "source": "server",
              "timestamp_ms": 1795363200000,
              "type": "log"
            }
          ],
          "trace_chain": [
            {
              "exception": {
                "class": "app::AppError",
                "message": "cannot load"
              },
              "frames": [
                {
                  "filename": "src/app.rs",
                  "lineno": 3,
                  "method": "app::home"
                },
                {
                  "filename": "src/app.rs",
                  "lineno": 5,
                  "method": "app::load"
                },
                {
                  "filename": "src/app.rs",
                  "lineno": 7,
                  "method": "error"
                }
              ]
            },
            {
              "exception": {
                "class": "cause",
                "message": "no such table"
              },
              "frames": []
            }
          ]
        },
        "code_version": "v1",
        "context": "/api",
        "custom": {
          "request_id": "r-1",
          "service": "cruddur-backend",
          "span_id": "0000000000000def",
          "status": 500,
          "trace_id": "00000000000000000000000000000abc"
        },
        "environment": "production",
        "framework": "axum",
        "language": "rust",
        "level": "error",
        "notifier": {
          "name": "cruddur-trace",
          "version": "x"
        },
        "person": {
          "id": "andrewbrown"
        },
        "platform": "x",
        "request": {
          "GET": {
            "a": "1",
            "token": "REDACTED"
          },
          "headers": {
            "accept": "a, b"
          },
          "method": "GET",
          "query_string": "a=1&token=REDACTED",
          "url": "http://h/api?a=1&token=REDACTED",
          "user_ip": "192.0.2.1"
        },
        "server": {
          "code_version": "v1",
          "host": "host-1"
        },
        "timestamp": 1795363200,
        "uuid": "6f1d1e5c-4b52-4f3a-9d53-5b1f6f4b1c11"
      }
    }
    "#);
}

#[test]
fn a_panic_and_a_message_become_items() {
    let mut panic = report(ReportKind::Panic);
    panic.error.causes.clear();
    let item = item_of(&panic, &about());
    check_schema(&item);
    let trace = &item["data"]["body"]["trace"];
    assert_eq!(trace["exception"], json!({ "class": "panic", "message": "cannot load" }));
    let methods: Vec<_> =
        trace["frames"].as_array().expect("frames").iter().map(|it| &it["method"]).collect();
    assert_eq!(methods, ["app::home", "app::load", "panic"], "the most recent call last");

    let item = item_of(&report(ReportKind::Message), &about());
    check_schema(&item);
    assert_eq!(item["data"]["body"]["message"]["body"], "cannot load");
}

#[test]
fn files_are_named_alike_wherever_they_were_built() {
    let mut report = report(ReportKind::Panic);
    let check = |report: &mut ErrorReport, file: &'static str, expected: &str| {
        report.error.place = Some((file, 1));
        let item = item(report, &about());
        assert_eq!(item["data"]["body"]["trace_chain"][0]["frames"][2]["filename"], expected);
    };
    check(
        &mut report,
        "/h/.cargo/registry/src/index-1949/axum-0.8.9/src/lib.rs",
        "axum-0.8.9/src/lib.rs",
    );
    check(&mut report, "/rustc/59807616/library/core/src/option.rs", "library/core/src/option.rs");
    check(&mut report, "src\\app.rs", "src/app.rs");
}

/// An independent reading of Rollbar's schema.
fn check_schema(item: &Value) {
    let data = &item["data"];
    let text = |value: &Value, most: usize| {
        value.as_str().is_some_and(|it| !it.is_empty() && it.chars().count() <= most)
    };
    assert!(text(&data["environment"], 255), "environment: {data}");
    let body = data["body"].as_object().expect("a body");
    let kinds = ["trace", "trace_chain", "message", "crash_report"];
    assert_eq!(body.keys().filter(|it| kinds.contains(&it.as_str())).count(), 1, "{body:?}");
    let mut traces: Vec<&Value> = body.get("trace").into_iter().collect();
    if let Some(chain) = body.get("trace_chain") {
        traces.extend(chain.as_array().expect("a list"));
        assert!(!traces.is_empty());
    }
    for trace in traces {
        assert!(trace["exception"]["class"].is_string(), "{trace}");
        for frame in trace["frames"].as_array().expect("frames") {
            assert!(frame["filename"].is_string());
        }
    }
    if let Some(message) = body.get("message") {
        assert!(message["body"].is_string());
    }
    assert!(
        ["critical", "error", "warning", "info", "debug"].iter().any(|it| data["level"] == *it)
    );
    assert!(text(&data["uuid"], 36));
    assert!(data["code_version"].is_null() || text(&data["code_version"], 40));
    assert!(data["person"].is_null() || text(&data["person"]["id"], 40));
}

fn hostile(
    frames: usize,
    message: usize,
    telemetry: usize,
    custom: usize,
    headers: usize,
) -> ErrorReport {
    let mut report = report(ReportKind::Panic);
    report.error.message = "ä\u{0}\"".repeat(message / 4);
    report.frames = (0..frames).map(|it| frame(&format!("app::f{it}"), 1)).collect();
    report.native_frames = report.frames.clone();
    let event = Arc::new(LogRecord::new(1, UnixNanos(1), Severity::Info, "x".repeat(5_000)));
    report.events = vec![event; telemetry];
    report.custom = (0..custom).map(|it| Attribute::new(format!("key{it}"), it)).collect();
    let request = report.request.as_mut().expect("a request");
    request.headers = (0..headers).map(|it| (format!("h{it}"), "v".repeat(100))).collect();
    report
}

#[test]
fn ten_thousand_frames_and_a_message_of_50_mb_fit() {
    let item = item(&hostile(10_000, 50 << 20, 200, 10, 10), &about());
    let bytes = truncate::fit(item, truncate::MAX_BYTES);
    assert!(bytes.len() <= truncate::MAX_BYTES);
    let item: Value = serde_json::from_slice(&bytes).expect("JSON");
    check_schema(&item);
    let frames = item["data"]["body"]["trace_chain"][0]["frames"].as_array().expect("frames");
    assert_eq!(frames.len(), 60);
    assert_eq!(frames[0]["method"], "app::f0");
    assert_eq!(frames[59]["method"], "panic", "the most recent call stays");
    assert!(item["data"]["request"]["headers"].is_object(), "what fits stays");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn no_item_is_ever_too_large(
        frames in 0_usize..3_000, message in 0_usize..800_000, telemetry in 0_usize..300,
        custom in 0_usize..5_000, headers in 0_usize..3_000, max in 2_000_usize..600_000,
    ) {
        let item = item(&hostile(frames, message, telemetry, custom, headers), &about());
        let bytes = truncate::fit(item, max);
        prop_assert!(bytes.len() <= max, "{} > {}", bytes.len(), max);
        let item: Value = serde_json::from_slice(&bytes).expect("JSON");
        check_schema(&item);
        prop_assert_eq!(&item["data"]["uuid"], "6f1d1e5c-4b52-4f3a-9d53-5b1f6f4b1c11");
    }
}

#[test]
fn answers_are_understood() {
    let read = |status: u16, headers: &[(&'static str, &'static str)], body: &str| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header value"));
        }
        match answer::read(StatusCode::from_u16(status).expect("a status"), &map, body.as_bytes()) {
            answer::Answer::Taken(_) => "taken".to_owned(),
            answer::Answer::TooLarge => "too large".to_owned(),
            answer::Answer::Failed(SendError::Retry { after, .. }) => format!("retry {after:?}"),
            answer::Answer::Failed(error) => format!("{error:?}"),
        }
    };
    assert_eq!(read(200, &[], r#"{"err":0,"result":{"uuid":"x"}}"#), "taken");
    assert_eq!(read(200, &[], "<html>"), "retry None");
    assert_eq!(read(200, &[], "[]"), "retry None");
    assert_eq!(read(200, &[], r#"{"err":1,"message":"no"}"#), r#"Refused { cause: "no" }"#);
    assert_eq!(
        read(422, &[], r#"{"err":1,"message":"bad body"}"#),
        r#"Refused { cause: "bad body" }"#
    );
    assert_eq!(read(400, &[], "\u{0}"), r#"Refused { cause: "400 Bad Request" }"#);
    assert_eq!(read(413, &[], ""), "too large");
    assert_eq!(read(429, &[("x-rate-limit-remaining-seconds", "7")], ""), "retry Some(7s)");
    assert_eq!(read(429, &[("x-rate-limit-remaining-seconds", "x")], ""), "retry Some(60s)");
    assert_eq!(read(429, &[("retry-after", "999999")], ""), "retry Some(3600s)");
    assert_eq!(read(503, &[("retry-after", "3")], ""), "retry Some(3s)");
    assert!(read(403, &[], "").contains("ROLLBAR_ACCESS_TOKEN"));
    assert!(read(404, &[], "").contains("ROLLBAR_ENDPOINT"));
    let mut headers = HeaderMap::new();
    headers.insert("x-rate-limit-remaining", "0".parse().expect("a value"));
    headers.insert("x-rate-limit-remaining-seconds", "9".parse().expect("a value"));
    assert_eq!(answer::exhausted(&headers), Some(Duration::from_secs(9)));
}
