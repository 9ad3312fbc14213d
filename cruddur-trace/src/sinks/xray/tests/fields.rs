//! What of a span becomes which field: the request, the call, annotations, metadata, where it ran.

use serde_json::json;

use super::*;
use crate::record::Usage;

pub(super) fn client(attributes: &[(&'static str, Value)]) -> Json {
    let child = with(span(2, Some(1), "call"), SpanKind::Client, attributes);
    let mut found = encode(vec![server(&[]), child]);
    assert_eq!(found.len(), 1);
    found[0]["subsegments"][0].take()
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
