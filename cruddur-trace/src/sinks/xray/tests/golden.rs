//! What each row of the field table looks like, and the eleven faults of the other Rust exporter.

use serde_json::json;

use super::*;
use crate::record::{ErrorChain, Link, SpanEvent};

#[test]
fn a_notifications_request_is_one_segment_with_a_nested_subsegment() {
    let root = server(&[
        ("http.request.method", "GET".into()),
        ("url.scheme", "http".into()),
        ("server.address", "localhost".into()),
        ("server.port", 4567.into()),
        ("url.path", "/api/activities/notifications".into()),
        ("http.route", "/api/activities/notifications".into()),
        ("http.response.status_code", 200.into()),
    ]);
    let child = with(
        span(2, Some(1), "home_notifications"),
        SpanKind::Internal,
        &[("app.now", "2026-11-22T16:00:00.000000Z".into()), ("app.result_length", 2.into())],
    );
    let found = encode(vec![root, child]);
    assert_eq!(found.len(), 1);
    let shown = serde_json::to_string_pretty(&found[0]).unwrap();
    let shown = shown.replace(env!("CARGO_PKG_VERSION"), "[version]");
    insta::assert_snapshot!(shown, @r#"
    {
      "annotations": {
        "http_route": "/api/activities/notifications"
      },
      "aws": {
        "xray": {
          "sdk": "cruddur-trace for Rust",
          "sdk_version": "[version]"
        }
      },
      "end_time": 1795363200.0015,
      "http": {
        "request": {
          "method": "GET",
          "url": "http://localhost:4567/api/activities/notifications"
        },
        "response": {
          "status": 200
        }
      },
      "id": "0000000000000001",
      "metadata": {
        "cruddur_trace": {
          "span_name": "GET /api/activities/notifications"
        },
        "resource": {
          "service.name": "cruddur-backend"
        }
      },
      "name": "cruddur-backend",
      "start_time": 1795363200.0,
      "subsegments": [
        {
          "end_time": 1795363200.0015,
          "id": "0000000000000002",
          "metadata": {
            "default": {
              "app.now": "2026-11-22T16:00:00.000000Z",
              "res.length": 2
            }
          },
          "name": "home_notifications",
          "start_time": 1795363200.0
        }
      ],
      "trace_id": "1-6b02f0c0-bd862e3fe1be46a994272793"
    }
    "#);
}

#[test]
fn flags_follow_the_http_status_whatever_the_span_status() {
    // Fault 1 of the other exporter: a 404 or 500 with unset status got no flag.
    let check = |status: i64, flags: [bool; 3]| {
        let document = encode_one(server(&[("http.response.status_code", status.into())]));
        let is_set = |key: &str| document.get(key).is_some_and(|it| it == true);
        assert_eq!([is_set("error"), is_set("throttle"), is_set("fault")], flags, "{status}");
        assert_eq!(document["http"]["response"]["status"], status);
    };
    check(200, [false, false, false]);
    check(404, [true, false, false]);
    check(429, [true, true, false]);
    check(500, [false, false, true]);
}

#[test]
fn every_parentless_span_is_a_segment() {
    // Fault 2: root INTERNAL and CLIENT spans were lost.
    for kind in [SpanKind::Internal, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer] {
        let document = encode_one(with(span(1, None, "work"), kind, &[]));
        assert_eq!(document["name"], "cruddur-backend");
        assert_eq!(document.get("type"), None);
        assert_eq!(document["metadata"]["cruddur_trace"]["span_name"], "work");
    }
}

#[test]
fn a_remote_parent_makes_a_segment_and_a_local_one_elsewhere_a_subsegment() {
    let mut remote = span(3, Some(9), "consume");
    remote.parent_is_remote = true;
    let segment = encode_one(remote);
    assert_eq!(segment["parent_id"], "0000000000000009");
    assert_eq!(segment.get("type"), None);
    let alone = encode_one(span(4, Some(9), "late"));
    assert_eq!(alone["type"], "subsegment");
    assert_eq!(alone["trace_id"], "1-6b02f0c0-bd862e3fe1be46a994272793");
}

#[test]
fn names_with_braces_and_names_of_emoji_are_not_lost() {
    // Fault 3, and the complaint "InvalidName".
    let mut emoji = span(3, Some(1), "x");
    emoji.name = "🦀".repeat(500).into();
    let route = span(2, Some(1), "GET /users/{id}");
    let document = &encode(vec![server(&[]), route, emoji])[0];
    let subsegments = &document["subsegments"];
    assert_eq!(subsegments[0]["name"], "GET /users/id");
    assert_eq!(subsegments[0]["metadata"]["cruddur_trace"]["span_name"], "GET /users/{id}");
    assert_eq!(subsegments[1]["name"], "unnamed");
}

#[test]
fn the_message_of_an_error_status_becomes_an_exception() {
    // Fault 6.
    let mut failed = server(&[]);
    failed.status = Status::Error { message: "no such user".into() };
    let document = encode_one(failed);
    assert_eq!(document["fault"], true);
    assert_eq!(document["cause"]["exceptions"][0]["message"], "no such user");
}

#[test]
fn links_are_kept() {
    // Fault 7.
    let mut linked = server(&[]);
    linked.links.push(Link {
        trace_id: trace_id(),
        span_id: SpanId::new(5).unwrap(),
        trace_flags: TraceFlags::SAMPLED,
        attributes: vec![Attribute::new("why", "batch")],
    });
    assert_eq!(
        encode_one(linked)["links"],
        json!([{"trace_id": "1-6b02f0c0-bd862e3fe1be46a994272793", "id": "0000000000000005",
            "attributes": {"why": "batch"}}])
    );
}

#[test]
fn an_error_is_a_chain_of_exceptions_with_frames() {
    let mut failed = server(&[("http.response.status_code", 500.into())]);
    failed.outcome = Outcome::Error;
    failed.error = Some(Box::new(ErrorChain {
        class: "app::AppError".into(),
        message: "can't load".into(),
        cause_classes: Vec::new(),
        causes: vec!["database is locked".into(), "busy".into()],
        place: Some(("src/routes.rs", 12)),
        backtrace: None,
        is_panic: false,
    }));
    let mut event = SpanEvent {
        name: "exception".into(),
        time: UnixNanos(START),
        attributes: vec![
            Attribute::new("exception.type", "app::AppError"),
            Attribute::new("exception.message", "can't load"),
        ],
    };
    failed.events.push(event.clone());
    event.attributes[1] = Attribute::new("exception.message", "another");
    event.attributes.push(Attribute::new(
        "exception.stacktrace",
        "   0: app::fail\n             at ./src/main.rs:3:5",
    ));
    failed.events.push(event);
    let document = encode_one(failed);
    let list = document["cause"]["exceptions"].as_array().unwrap();
    let messages: Vec<&str> = list.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["can't load", "database is locked", "busy", "another"]);
    assert_eq!(list[0]["cause"], list[1]["id"]);
    assert_eq!(list[1]["cause"], list[2]["id"]);
    assert_eq!(list[2].get("cause"), None);
    assert_eq!(
        list[0]["stack"],
        json!([{"path": "src/routes.rs", "line": 12, "label": "app::routes::notifications"}])
    );
    assert_eq!(
        list[3]["stack"],
        json!([{"path": "./src/main.rs", "line": 3, "label": "app::fail"}])
    );
    assert_eq!(document.pointer("/metadata/cruddur_trace/events"), None);
}

#[test]
fn below_the_segment_that_lambda_made_everything_is_a_subsegment() {
    let mut settings = settings();
    settings.resource.set("cloud.provider", "aws");
    settings.resource.set("cloud.platform", "aws_lambda");
    let mut root = server(&[
        ("http.request.method", "GET".into()),
        ("url.path", "/api/activities/home".into()),
        ("enduser.id", "andrewbrown".into()),
        ("http.response.status_code", 200.into()),
    ]);
    root.parent_id = SpanId::new(9);
    root.parent_is_remote = true;
    let found = encode_with(&settings, vec![root, span(2, Some(1), "home")]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["type"], "subsegment");
    assert_eq!(found[0]["parent_id"], "0000000000000009");
    assert_eq!(found[0]["name"], "GET /api/activities/notifications");
    assert_eq!(found[0]["http"]["response"]["status"], 200);
    assert_eq!(found[0]["metadata"]["default"]["enduser.id"], "andrewbrown");
    assert_eq!(found[0]["subsegments"][0]["name"], "home");
    // What begins outside of any invocation has no segment above it.
    assert_eq!(encode_with(&settings, vec![server(&[])])[0].get("type"), None);
}
