use proptest::prelude::*;

use super::*;
use crate::record::{Attribute, Key, Severity, SpanId, TraceFlags, TraceId, TraceLink, UnixNanos};

fn record(body: &str) -> LogRecord {
    LogRecord::new(7, UnixNanos(1_795_363_200_123_456_789), Severity::Info, body.to_owned())
}

fn parsed(line: &str) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::from_str(line) {
        Ok(serde_json::Value::Object(fields)) => fields,
        other => panic!("not a JSON object: {other:?}: {line:.200}"),
    }
}

#[test]
fn a_line_is_one_flat_object_with_both_trace_ids() {
    let mut record = record("get home activities");
    record.target = Key::Borrowed("cruddur::home");
    record.trace = Some(TraceLink {
        trace_id: TraceId::new(0x6921_dd40_1234_5678_90ab_cdef_0000_0001).expect("not zero"),
        span_id: SpanId::new(0xab).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
    });
    record.request_id = Some("r-1".into());
    record.user_id = Some("andrewbrown".into());
    record.place = Some((Key::Borrowed("src/home.rs"), 12));
    record.attributes = vec![
        Attribute::new("count", 4),
        Attribute::new("ratio", 1.0),
        Attribute::new("tags", vec!["a", "b"]),
        Attribute::new("@timestamp", true),
        Attribute::new("level", "mine"),
        Attribute::new("nan", f64::NAN),
    ];
    insta::assert_snapshot!(json_line(&record, "cruddur-backend", 4096), @r#"{"timestamp":"2026-11-22T16:00:00.123456Z","level":"INFO","message":"get home activities","target":"cruddur::home","service":"cruddur-backend","trace_id":"6921dd401234567890abcdef00000001","span_id":"00000000000000ab","trace_flags":"01","xray_trace_id":"1-6921dd40-1234567890abcdef00000001","request_id":"r-1","user_id":"andrewbrown","file":"src/home.rs","line":12,"log_id":7,"count":4,"ratio":1.0,"tags":["a","b"],"field_timestamp":true,"field_level":"mine","nan":"NaN"}"#);
}

#[test]
fn a_key_stands_once_with_its_last_value() {
    let mut record = record("x");
    record.attributes = vec![Attribute::new("a", 1), Attribute::new("@a", 2)];
    let line = json_line(&record, "", 4096);
    assert_eq!(line.matches("\"a\":").count(), 1, "{line}");
    assert_eq!(parsed(&line)["a"], 2);
}

#[test]
fn only_the_longest_texts_are_cut() {
    let mut record = record(&"é".repeat(10_000));
    record.attributes =
        vec![Attribute::new("short", "kept whole"), Attribute::new("long", "\n".repeat(10_000))];
    let line = json_line(&record, "", 8_192);
    assert!(line.len() <= 8_192 && line.len() > 8_192 - 16, "{}", line.len());
    let fields = parsed(&line);
    assert_eq!(fields["short"], "kept whole");
    assert_eq!(fields["truncated"], true);
    let message = fields["message"].as_str().expect("text");
    assert!(message.chars().all(|it| it == 'é') && message.len() > 3_000);
}

#[test]
fn fields_are_left_out_where_keys_and_numbers_alone_are_too_much() {
    let mut record = record("m");
    record.attributes = (0..4_000).map(|n| Attribute::new(format!("key{n:04}"), n)).collect();
    record.attributes.push(Attribute::new("numbers", vec![1_000_000; 100_000]));
    let line = json_line(&record, "", 8_192);
    assert!(line.len() <= 8_192);
    let fields = parsed(&line);
    assert_eq!((&fields["message"], &fields["truncated"]), (&"m".into(), &true.into()));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        ("\\PC{1,3}", 0..5_000_usize).prop_map(|(unit, n)| Value::from(unit.repeat(n))),
    ];
    leaf.prop_recursive(2, 16, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::Array))
}

proptest! {
    #[test]
    fn any_record_is_valid_json_within_its_size(
        body in prop_oneof![any::<String>(), ("[\\x00-\\x7f]{1,3}", 0..9_000_usize).prop_map(|(t, n)| t.repeat(n))],
        attributes in prop::collection::vec((any::<String>(), value()), 0..12),
        max_bytes in 4_096..40_000_usize,
    ) {
        let mut record = record(&body);
        record.attributes =
            attributes.into_iter().map(|(key, value)| Attribute::new(key, value)).collect();
        let line = json_line(&record, "service", max_bytes);
        prop_assert!(line.len() <= max_bytes);
        let fields = parsed(&line);
        prop_assert!(fields.keys().all(|key| !key.starts_with('@')));
        let message = fields["message"].as_str().expect("text");
        prop_assert!(body.starts_with(message));
        if !fields.contains_key("truncated") {
            prop_assert_eq!(message, body);
        }
    }
}
