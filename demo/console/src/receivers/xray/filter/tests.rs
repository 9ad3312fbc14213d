//! Expressions against a trace.

use super::*;
use crate::receivers::xray::validate::validate;
use crate::store::xray::StoredDocument;

fn trace() -> StoredTrace {
    let json = r#"{"id":"000000000000000a","trace_id":"1-00000001-000000000000000000000001",
        "name":"cruddur-backend","start_time":1.0,"end_time":3.5,"user":"andrewbrown",
        "error":true,"http":{"request":{"url":"http://h/api","method":"GET"},
        "response":{"status":404}},"annotations":{"tier":"gold"},
        "subsegments":[{"id":"000000000000000b","name":"home","start_time":1.0,"end_time":2.0,
        "annotations":{"count":3}}]}"#;
    let valid = validate(json.as_bytes()).expect("valid");
    StoredTrace {
        documents: vec![StoredDocument {
            raw: json.to_owned(),
            document: valid.document,
            transport: "api",
            unknown: Vec::new(),
        }],
        ..StoredTrace::default()
    }
}

#[test]
fn expressions_select_traces() {
    let trace = trace();
    let check = |expression: &str, expected: bool| {
        let filter = Filter::parse(expression).expect(expression);
        assert_eq!(filter.matches(&trace), expected, "{expression}");
    };
    check(r#"service("cruddur-backend")"#, true);
    check(r#"service("other")"#, false);
    check(r#"service("cruddur-backend") { error AND http.status = 404 }"#, true);
    check(r#"service("cruddur-backend") { fault }"#, false);
    check(r#"service(id(name: "cruddur-backend", type: "AWS::EC2::Instance"))"#, false);
    check("responsetime > 2", true);
    check("duration >= 2.5 AND responsetime < 3", true);
    check(r#"http.url CONTAINS "/api" AND http.method = "GET""#, true);
    check(r#"annotation[tier] = "gold" AND annotation.count = 3"#, true);
    check("annotation.count > 3 OR annotation[missing]", false);
    check("!fault AND NOT ok", true);
    check("(fault = true OR error = true) AND error != false", true);
    check(r#"user BEGINSWITH "andrew" AND user ENDSWITH "brown""#, true);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let deep = "(".repeat(100);
    for bad in [
        "",
        "service(",
        r#"service("x"#,
        "responsetime >",
        "unknown = 1",
        "fault > 1",
        "a b",
        "%",
        &deep,
    ] {
        assert!(Filter::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_chain_that_would_be_nested_too_deep_is_refused() {
    let chain = |terms: usize| vec!["ok"; terms].join("||");
    Filter::parse(&chain(500)).expect("as long as the service takes");
    Filter::parse(&chain(1_000_000)).expect_err("too long");
}
