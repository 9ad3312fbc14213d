//! Specifications as tables, and answers over a few spans whose numbers are worked out by hand.

#![expect(clippy::needless_pass_by_value, reason = "every caller of a `check` makes it in place")]

mod specifications;

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Sent};
use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, Status, span};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{parse, run};
use crate::store::span::{Sender, Span};
use crate::store::value::Keys;

/// 2026-11-22T17:06:00Z.
const NOW: u64 = 1_795_367_160 * SECOND;
const SECOND: u64 = 1_000_000_000;

fn pair(key: &str, value: Sent) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// A span that started `ago` seconds before now and took `ms`.
fn span(number: u8, ago: u64, ms: u64, attributes: Vec<(&str, Sent)>) -> Span {
    let mut keys = Keys::default();
    let resource = vec![pair("service.name", Sent::StringValue("cruddur-backend".to_owned()))];
    let resource = keys.attributes(resource);
    let sender = Arc::new(Sender::new(&mut keys, resource, None));
    let start = NOW - ago * SECOND;
    let sent = SentSpan {
        trace_id: vec![1; 16],
        span_id: vec![number; 8],
        parent_span_id: if number == 1 { Vec::new() } else { vec![1; 8] },
        name: format!("span {number}"),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + ms * 1_000_000,
        attributes: attributes.into_iter().map(|(key, value)| pair(key, value)).collect(),
        status: (number == 3).then(|| Status { code: 2, message: "boom".to_owned() }),
        events: if number == 3 {
            let kind = pair("exception.type", Sent::StringValue("IoError".to_owned()));
            let attributes = vec![kind];
            vec![span::Event { name: "exception".to_owned(), attributes, ..Default::default() }]
        } else {
            Vec::new()
        },
        ..SentSpan::default()
    };
    Span::new(&mut keys, &sender, sent).expect("ids are ids")
}

fn user(name: &str) -> (&'static str, Sent) {
    ("app.userId", Sent::StringValue(name.to_owned()))
}

/// andrewbrown: 10 ms (10 times), 40 ms; worf: 100 ms (failed); nobody: 1 ms; worf, 3 h ago: 5 s.
fn spans() -> Vec<Span> {
    vec![
        span(1, 60, 10, vec![user("andrewbrown"), ("SampleRate", Sent::IntValue(10))]),
        span(2, 50, 40, vec![user("andrewbrown"), ("rows", Sent::IntValue(4))]),
        span(3, 10, 100, vec![user("worf"), ("rows", Sent::StringValue("many".to_owned()))]),
        span(4, 5, 1, vec![("SampleRate", Sent::IntValue(0)), ("rows", Sent::DoubleValue(4.0))]),
        span(5, 10_800, 5_000, vec![user("worf")]),
    ]
}

fn ask(spec: &Json) -> Json {
    let spec = parse(spec.to_string().as_bytes(), NOW).expect("a good specification");
    let answer = run(&spec, spans().iter());
    serde_json::to_value(answer).expect("plain data")
}

fn check_rows(spec: Json, expected: Json) {
    assert_eq!(ask(&spec)["results"], expected, "{spec}");
}

#[test]
fn the_average_latency_by_user() {
    let preset = json!({
        "calculations": [{"op": "AVG", "column": "duration_ms"}],
        "breakdowns": ["app.userId"],
        "filters": [{"column": "app.userId", "op": "exists"}],
        "orders": [{"op": "AVG", "column": "duration_ms", "order": "descending"}],
        "limit": 100,
        "time_range": 7200,
    });
    let answer = ask(&preset);
    assert_eq!(answer["columns"], json!(["app.userId", "AVG(duration_ms)"]));
    let andrew = (10.0 * 10.0 + 40.0) / 11.0;
    assert_eq!(
        answer["results"],
        json!([
            {"app.userId": "worf", "AVG(duration_ms)": 100.0},
            {"app.userId": "andrewbrown", "AVG(duration_ms)": andrew},
        ])
    );
    assert_eq!(answer["spans_scanned"], 5);
    assert_eq!(answer["spans_matched"], 3);
    // 60 s buckets: 17:05:00 has both of andrewbrown's and worf's.
    assert_eq!(answer["granularity"], 60);
    assert_eq!(answer["series"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["series"][0]["time"], "2026-11-22T17:05:00.000000000Z");
    assert_eq!(answer["series"][1]["AVG(duration_ms)"], andrew);
}

#[test]
fn each_calculation_is_weighted() {
    let calculations: Vec<_> = ["AVG", "MIN", "MAX", "SUM", "P50", "P90", "P99"]
        .map(|op| json!({"op": op, "column": "duration_ms"}))
        .into_iter()
        .chain([json!({"op": "COUNT"})])
        .collect();
    // Weights: 10 ms ten times, 40 ms, 100 ms, and 1 ms once, as a rate of 0 makes no sense.
    check_rows(
        json!({"calculations": calculations}),
        json!([{
            "COUNT": 13.0, "SUM(duration_ms)": 241.0, "AVG(duration_ms)": 241.0 / 13.0,
            "MIN(duration_ms)": 1.0, "MAX(duration_ms)": 100.0,
            "P50(duration_ms)": 10.0, "P90(duration_ms)": 40.0, "P99(duration_ms)": 100.0,
        }]),
    );
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    let many: Vec<_> = (1..=100_u8).map(|it| span(it, 5, u64::from(it), vec![user("x")])).collect();
    for (op, expected) in [("P50", 50.0), ("P90", 90.0), ("P99", 99.0)] {
        let spec = json!({"calculations": [{"op": op, "column": "duration_ms"}]}).to_string();
        let answer = run(&parse(spec.as_bytes(), NOW).expect("good"), many.iter());
        let answer = serde_json::to_value(answer).expect("plain data");
        assert_eq!(answer["results"][0][format!("{op}(duration_ms)")], expected);
    }
}

#[test]
fn missing_columns_are_null_and_come_last() {
    for order in ["ascending", "descending"] {
        let spec = json!({
            "calculations": [{"op": "AVG", "column": "rows"}],
            "breakdowns": ["app.userId"],
            "orders": [{"op": "AVG", "column": "rows", "order": order}],
        });
        check_rows(
            spec,
            json!([
                {"app.userId": "andrewbrown", "AVG(rows)": 4.0},
                {"app.userId": null, "AVG(rows)": 4.0},
                {"app.userId": "worf", "AVG(rows)": null},
            ]),
        );
    }
    check_rows(
        json!({"calculations": [{"op": "MAX", "column": "nothing"}]}),
        json!([{"MAX(nothing)": null}]),
    );
}

#[test]
fn rows_come_in_the_order_asked_for() {
    fn check(orders: Json, expected: [&str; 4]) {
        let spec = json!({
            "calculations": [{"op": "SUM", "column": "duration_ms"}],
            "breakdowns": ["name", "app.userId"],
            "orders": orders,
        });
        let answer = ask(&spec);
        let rows = answer["results"].as_array().expect("rows");
        let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap_or("?")).collect();
        assert_eq!(names, expected, "{spec}");
    }
    // SUM: 100 (10 × 10), 40, 100, 1. Without an order, the greatest first, then by name.
    check(json!([]), ["span 1", "span 3", "span 2", "span 4"]);
    let sum = |order| json!({"op": "SUM", "column": "duration_ms", "order": order});
    check(json!([sum("ascending")]), ["span 4", "span 2", "span 1", "span 3"]);
    let last_name = json!({"column": "name", "order": "descending"});
    check(json!([last_name]), ["span 4", "span 3", "span 2", "span 1"]);
    check(json!([sum("descending"), last_name]), ["span 3", "span 1", "span 2", "span 4"]);
    check(json!([{"column": "app.userId"}]), ["span 1", "span 2", "span 3", "span 4"]);
}

#[test]
fn filters_pass_what_they_say() {
    fn check(filters: Json, expected: f64) {
        let answer = ask(&json!({ "filters": filters }));
        let count = answer["results"][0].get("COUNT").and_then(Json::as_f64).unwrap_or(0.0);
        assert_eq!(count, expected, "{filters}");
    }
    let one =
        |column: &str, op: &str, value: Json| json!([{"column": column, "op": op, "value": value}]);
    check(json!([{"column": "app.userId", "op": "exists"}]), 12.0);
    check(json!([{"column": "app.userId", "op": "does-not-exist"}]), 1.0);
    check(one("app.userId", "=", json!("worf")), 1.0);
    // Nobody is not worf either.
    check(one("app.userId", "!=", json!("worf")), 12.0);
    check(one("app.userId", "starts-with", json!("andrew")), 11.0);
    check(one("app.userId", "contains", json!("or")), 1.0);
    check(one("duration_ms", ">", json!(40)), 1.0);
    check(one("duration_ms", ">=", json!(40)), 2.0);
    check(one("duration_ms", "<", json!("10")), 1.0);
    check(one("duration_ms", "<=", json!(10.0)), 11.0);
    check(one("rows", "=", json!(4)), 2.0);
    check(one("rows", ">", json!("many")), 0.0);
    check(one("error", "=", json!(true)), 1.0);
    check(one("status", "=", json!("error")), 1.0);
    check(one("status_message", "=", json!("boom")), 1.0);
    check(one("exception.type", "=", json!("IoError")), 1.0);
    check(one("span.kind", "=", json!("server")), 13.0);
    check(one("service.name", "=", json!("cruddur-backend")), 13.0);
    check(one("trace.trace_id", "starts-with", json!("0101")), 13.0);
    check(one("trace.span_id", "=", json!("0202020202020202")), 1.0);
    check(json!([{"column": "trace.parent_id", "op": "does-not-exist"}]), 10.0);
    let both = json!([
        {"column": "app.userId", "op": "=", "value": "worf"},
        {"column": "duration_ms", "op": "<", "value": 5},
    ]);
    check(both.clone(), 0.0);
    let either = ask(&json!({"filters": both, "filter_combination": "OR"}));
    assert_eq!(either["results"][0]["COUNT"], 2.0);
}

#[test]
fn numbers_group_by_value_and_not_with_words() {
    check_rows(
        json!({"breakdowns": ["rows"], "filters": [{"column": "rows", "op": "exists"}]}),
        json!([{"rows": 4, "COUNT": 2.0}, {"rows": "many", "COUNT": 1.0}]),
    );
}

#[test]
fn limit_and_time_range_cut() {
    let limited = ask(&json!({"breakdowns": ["name"], "limit": 2}));
    assert_eq!(limited["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(limited["groups"], 4);
    fn check(range: Json, expected: u64) {
        assert_eq!(ask(&range)["spans_matched"], expected, "{range}");
    }
    let now = NOW / SECOND;
    check(json!({"time_range": 20}), 2);
    check(json!({"time_range": 86_400}), 5);
    check(json!({"start_time": now - 55, "end_time": now - 8}), 2);
    check(json!({"start_time": now - 10_900, "time_range": 200}), 1);
    check(json!({"end_time": now - 7_200}), 1);
}

#[test]
fn filters_by_lists_and_ends_and_their_opposites() {
    let users = |op: &str, value: Json| {
        let filter = json!({"column": "app.userId", "op": op, "value": value});
        let answer =
            ask(&json!({"calculations": [{"op": "COUNT_DISTINCT", "column": "trace.span_id"}],
            "filters": [filter], "filter_combination": "AND"}));
        answer["results"][0]["COUNT_DISTINCT(trace.span_id)"].as_f64().unwrap_or_default() as u32
    };
    assert_eq!(users("in", json!(["worf", "garek"])), 1);
    assert_eq!(users("not-in", json!(["worf", "garek"])), 3, "what isn't there is in no list");
    assert_eq!(users("contains", json!("brown")), 2);
    assert_eq!(users("does-not-contain", json!("brown")), 2);
    assert_eq!(users("ends-with", json!("brown")), 2);
    assert_eq!(users("does-not-end-with", json!("brown")), 2);
    assert_eq!(users("does-not-start-with", json!("w")), 3);
}

#[test]
fn percentiles_of_every_rank_and_distinct_values() {
    let calculations = json!([{"op": "P001", "column": "duration_ms"},
        {"op": "P75", "column": "duration_ms"}, {"op": "P999", "column": "duration_ms"},
        {"op": "COUNT_DISTINCT", "column": "app.userId"}, {"op": "COUNT_DISTINCT", "column": "rows"}]);
    let answer = ask(&json!({"calculations": calculations}));
    // Weights: 1 ms once, 10 ms ten times, 40 ms once, 100 ms once. 4 and 4.0 are one, "many" another.
    assert_eq!(
        answer["results"][0],
        json!({"P001(duration_ms)": 1.0, "P75(duration_ms)": 10.0, "P999(duration_ms)": 100.0,
            "COUNT_DISTINCT(app.userId)": 2.0, "COUNT_DISTINCT(rows)": 2.0})
    );
}

#[test]
fn havings_choose_rows_by_their_calculations() {
    let names = |havings: Json| {
        let answer = ask(&json!({"breakdowns": ["app.userId"], "havings": havings,
            "calculations": [{"op": "COUNT"}, {"op": "MAX", "column": "duration_ms"}]}));
        let rows = answer["results"].as_array().cloned().unwrap_or_default();
        assert_eq!(answer["groups"], rows.len());
        rows.iter().map(|row| row["app.userId"].to_string()).collect::<Vec<_>>().join(" ")
    };
    let having =
        |op: &str, value: f64| json!([{"calculate_op": "COUNT", "op": op, "value": value}]);
    assert_eq!(names(having(">", 1.0)), "\"andrewbrown\"");
    assert_eq!(names(having("<=", 1.0)), "\"worf\" null");
    assert_eq!(names(having("=", 11.0)), "\"andrewbrown\"");
    let both = json!([{"calculate_op": "MAX", "column": "duration_ms", "op": ">=", "value": 40},
        {"calculate_op": "COUNT", "op": "!=", "value": 11}]);
    assert_eq!(names(both), "\"worf\"");
}
