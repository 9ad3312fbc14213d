//! What each row of the field table looks like, and the eleven faults of the other Rust exporter.

use serde_json::json;

use super::*;
use crate::record::{ErrorChain, Link, SpanEvent, Usage};

fn client(attributes: &[(&'static str, Value)]) -> Json {
    let child = with(span(2, Some(1), "call"), SpanKind::Client, attributes);
    let mut found = encode(vec![server(&[]), child]);
    assert_eq!(found.len(), 1);
    found[0]["subsegments"][0].take()
}

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
fn long_urls_and_names_are_cut_and_kept_whole_in_the_metadata() {
    // Fault 4.
    let url = format!("https://example.com/{}", "ä".repeat(400));
    let call = client(&[("http.request.method", "GET".into()), ("url.full", url.clone().into())]);
    assert_eq!(call["http"]["request"]["url"].as_str().unwrap().chars().count(), 250);
    assert_eq!(call["metadata"]["default"]["url.full"], url);
    let mut long = span(1, Some(7), "x");
    long.name = "n".repeat(300).into();
    assert_eq!(encode_one(long)["name"].as_str().unwrap().len(), 200);
}

#[test]
fn unknown_attributes_are_metadata_objects() {
    // Faults 5 and 8.
    let document = encode_one(server(&[
        ("app.now", "2026-11-22T16:00:00Z".into()),
        ("k", Value::from(vec![1])),
        ("not.a.number", f64::NAN.into()),
        ("AWS.secret", 1.into()),
    ]));
    assert_eq!(
        document["metadata"]["default"],
        json!({"app.now": "2026-11-22T16:00:00Z", "k": [1], "not.a.number": "NaN", "_AWS.secret": 1})
    );
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
fn one_large_document_of_five_loses_none() {
    // Fault 9 (10 and 11 are about the transport, and stand in its tests).
    let fragments: Vec<Fragment> = (1..=5_u64)
        .map(|index| {
            let mut root = server(&[]);
            root.trace_id = TraceId::new(u128::from(index)).unwrap();
            if index == 3 {
                root.attributes.push(Attribute::new("body", "x".repeat(70_000)));
            }
            Fragment::new(root.trace_id, vec![root], Sampling::ALWAYS)
        })
        .collect();
    let translator = Translator::new(&settings());
    let (found, lost) = documents(&translator, &fragments, MAX_DOCUMENT_BYTES);
    assert_eq!((found.len(), lost), (5, 0));
    let large = checked(&found[2].bytes);
    assert_eq!(large["metadata"]["cruddur_trace"]["trimmed"], 1);
    assert!(large["metadata"]["default"]["body"].as_str().unwrap().ends_with("… [70000 bytes]"));
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
fn the_request_of_a_segment_tells_user_and_forwarded_client() {
    let document = encode_one(server(&[
        ("http.request.method", "POST".into()),
        ("url.scheme", "https".into()),
        ("server.address", "::1".into()),
        ("server.port", 443.into()),
        ("url.path", "/a".into()),
        ("url.query", "b=c".into()),
        ("user_agent.original", "curl".into()),
        ("client.address", "203.0.113.9".into()),
        ("network.peer.address", "10.0.0.1".into()),
        ("http.response.status_code", 201.into()),
        ("http.response.body.size", 17.into()),
        ("enduser.id", "andrewbrown".into()),
    ]));
    assert_eq!(
        document["http"],
        json!({
            "request": {"method": "POST", "url": "https://[::1]:443/a?b=c", "user_agent": "curl",
                "client_ip": "203.0.113.9", "x_forwarded_for": true},
            "response": {"status": 201, "content_length": 17},
        })
    );
    assert_eq!(document["user"], "andrewbrown");
}

#[test]
fn calls_are_named_after_what_they_call() {
    let call = client(&[
        ("http.request.method", "GET".into()),
        ("url.full", "https://api.example.com/v1".into()),
        ("http.response.status_code", 503.into()),
        ("aws.xray.traced", true.into()),
    ]);
    assert_eq!(call["name"], "api.example.com");
    assert_eq!(call["namespace"], "remote");
    assert_eq!(call["fault"], true);
    assert_eq!(call["http"]["request"]["traced"], true);
    let query = client(&[
        ("db.system.name", "postgresql".into()),
        ("db.namespace", "cruddur".into()),
        ("server.address", "db.local".into()),
        ("db.query.text", "SELECT ?".into()),
        ("db.user", "app".into()),
    ]);
    assert_eq!(query["name"], "cruddur@db.local");
    assert_eq!(
        query["sql"],
        json!({"url": "db.local/cruddur", "sanitized_query": "SELECT ?",
            "database_type": "postgresql", "user": "app"})
    );
    let aws = client(&[
        ("rpc.system", "aws-api".into()),
        ("rpc.service", "DynamoDB".into()),
        ("rpc.method", "GetItem".into()),
        ("aws.region", "ca-central-1".into()),
        ("aws.request_id", "R1".into()),
        ("aws.dynamodb.table_names", Value::from(vec!["users"])),
    ]);
    assert_eq!(aws["name"], "DynamoDB");
    assert_eq!(aws["namespace"], "aws");
    assert_eq!(
        aws["aws"],
        json!({"operation": "GetItem", "region": "ca-central-1", "request_id": "R1",
            "table_name": "users"})
    );
}

#[test]
fn annotations_are_those_that_somebody_searches_by() {
    let mut root = server(&[
        ("app.userId", "andrewbrown".into()),
        ("kept", "as metadata".into()),
        ("aws.xray.annotations", Value::from(vec!["by.list"])),
        ("by.list", 3.into()),
        ("by_list", 4.into()),
        ("indexed", f64::INFINITY.into()),
        ("text", "é".repeat(1_500).into()),
    ]);
    for index in [4, 5, 6] {
        root.attributes[index].usage = Usage::Indexed;
    }
    let document = encode_one(root);
    let annotations = &document["annotations"];
    assert_eq!(annotations["app_userId"], "andrewbrown");
    assert_eq!(annotations["by_list"], 3);
    assert_eq!(annotations["text"].as_str().unwrap().chars().count(), 1_000);
    assert_eq!(annotations.as_object().unwrap().len(), 3);
    let default = &document["metadata"]["default"];
    // A key that is taken, a number that JSON has no word for, and a text that was cut.
    assert_eq!(default["by_list"], 4);
    assert_eq!(default["indexed"], "Infinity");
    assert_eq!(default["text"].as_str().unwrap().chars().count(), 1_500);
}

#[test]
fn metadata_may_have_namespaces_of_its_own() {
    let document = encode_one(server(&[
        ("aws.xray.metadata.shop", "{\"basket\": {\"items\": 2}}".into()),
        ("aws.xray.metadata.broken", "{".into()),
    ]));
    assert_eq!(document["metadata"]["shop"]["basket"]["items"], 2);
    assert_eq!(document["metadata"]["default"]["aws.xray.metadata.broken"], "{");
}

#[test]
fn a_segment_tells_where_its_service_runs_and_logs() {
    let mut settings = settings();
    settings.log_groups = vec!["cruddur".into()];
    for (key, value) in [
        ("service.version", "1.2.3"),
        ("cloud.provider", "aws"),
        ("cloud.platform", "aws_ecs"),
        ("cloud.account.id", "123456789012"),
        ("aws.ecs.launchtype", "fargate"),
        ("aws.ecs.task.family", "cruddur"),
        ("aws.log.group.arns", "arn:aws:logs:us-east-1:123456789012:log-group:cruddur:*"),
    ] {
        settings.resource.set(key, value);
    }
    let mut sampled = Sampling::ALWAYS;
    sampled.xray_rule = Some("Cruddur".into());
    let fragment = Fragment::new(trace_id(), vec![server(&[])], sampled);
    let (found, _) = documents(&Translator::new(&settings), [&fragment], MAX_DOCUMENT_BYTES);
    let document = checked(&found[0].bytes);
    assert_eq!(document["service"], json!({"version": "1.2.3"}));
    assert_eq!(document["origin"], "AWS::ECS::Fargate");
    let aws = &document["aws"];
    assert_eq!(aws["ecs"], json!({"task_family": "cruddur", "launch_type": "fargate"}));
    assert_eq!(
        aws["cloudwatch_logs"],
        json!([{"log_group": "cruddur",
            "arn": "arn:aws:logs:us-east-1:123456789012:log-group:cruddur:*"}])
    );
    assert_eq!(aws["xray"]["sampling_rule_name"], "Cruddur");
    assert_eq!(document["metadata"]["resource"]["service.version"], "1.2.3");
}

#[test]
fn a_segment_may_be_named_after_its_host() {
    let mut settings = settings();
    settings.dynamic_naming = Some("*4567-*".into());
    let name = |host: &'static str| {
        encode_with(&settings, vec![server(&[("server.address", host.into())])])[0]["name"].clone()
    };
    assert_eq!(name("4567-cruddur.gitpod.io"), "4567-cruddur.gitpod.io");
    assert_eq!(name("localhost"), "cruddur-backend");
    // A name in so many words (`AWS_XRAY_TRACING_NAME`) is stronger.
    settings.segment_name = Some("cruddur-backend".into());
    let host = server(&[("server.address", "4567-cruddur.gitpod.io".into())]);
    assert_eq!(encode_with(&settings, vec![host])[0]["name"], "cruddur-backend");
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

#[test]
fn a_long_trace_shows_its_open_segment_first() {
    let mut open = server(&[("url.path", "/slow".into())]);
    open.outcome = Outcome::Unfinished;
    let mut first = Fragment::new(trace_id(), vec![span(2, Some(1), "step")], Sampling::ALWAYS);
    first.in_progress = Some(Box::new(open));
    let translator = Translator::new(&settings());
    let (found, lost) = documents(&translator, [&first], MAX_DOCUMENT_BYTES);
    assert_eq!((found.len(), lost), (2, 0));
    // It is counted when it ends.
    assert_eq!(found.iter().map(|it| it.spans).collect::<Vec<_>>(), [0, 1]);
    let shown = checked(&found[0].bytes);
    assert_eq!((&shown["in_progress"], &shown["id"]), (&json!(true), &json!("0000000000000001")));
    assert_eq!(checked(&found[1].bytes)["parent_id"], "0000000000000001");
    // Where its end is in the same batch, the complete one alone is sent.
    let last = Fragment::new(trace_id(), vec![server(&[])], Sampling::ALWAYS);
    let (found, _) = documents(&translator, [&first, &last], MAX_DOCUMENT_BYTES);
    assert_eq!(found.len(), 1);
    assert_eq!(checked(&found[0].bytes).get("in_progress"), None);
}

#[test]
fn what_has_not_ended_is_in_progress() {
    let mut open = server(&[]);
    open.outcome = Outcome::Unfinished;
    let document = encode_one(open);
    assert_eq!(document["in_progress"], true);
    assert_eq!(document.get("end_time"), None);
}

#[test]
fn a_megabyte_of_metadata_is_cut_and_marked() {
    let attributes: Vec<(&'static str, Value)> =
        vec![("large", "é".repeat(500_000).into()), ("small", "kept".into())];
    let document = encode_one(server(&attributes));
    assert_eq!(document["metadata"]["default"]["small"], "kept");
    assert!(
        document["metadata"]["default"]["large"].as_str().unwrap().ends_with("[1000000 bytes]")
    );
}

#[test]
fn ten_thousand_subsegments_all_arrive() {
    let flat = (2..=10_000).map(|id| span(id, Some(1), "step"));
    let found = encode(std::iter::once(server(&[])).chain(flat).collect());
    assert_eq!(found.iter().map(count).sum::<usize>(), 10_000);
    let deep = (2..=10_000).map(|id| span(id, Some(id - 1), "step"));
    let found = encode(std::iter::once(server(&[])).chain(deep).collect());
    assert_eq!(found.iter().map(count).sum::<usize>(), 10_000);
}

/// Spans that a document shows.
fn count(document: &Json) -> usize {
    1 + document["subsegments"].as_array().map_or(0, |list| list.iter().map(count).sum())
}
