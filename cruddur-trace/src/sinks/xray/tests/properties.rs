//! Any tree of records: only valid documents, all within the limit, every span in exactly one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::record::{ErrorChain, SpanEvent, Usage};

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,40}".prop_map(Value::from),
        any::<i64>().prop_map(Value::I64),
        any::<f64>().prop_map(Value::F64),
        any::<bool>().prop_map(Value::Bool),
        proptest::sample::select(vec![0_usize, 10, 1_000, 40_000])
            .prop_map(|len| Value::from("\u{1}é".repeat(len))),
        proptest::collection::vec(any::<f64>().prop_map(Value::F64), 0..20).prop_map(Value::Array),
    ]
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "aws\\.xray\\.metadata\\.[a-c]",
        proptest::sample::select(vec![
            "http.request.method",
            "url.full",
            "url.path",
            "server.address",
            "server.port",
            "client.address",
            "http.response.status_code",
            "http.response.body.size",
            "db.system.name",
            "db.query.text",
            "db.namespace",
            "rpc.system",
            "rpc.method",
            "aws.dynamodb.table_names",
            "aws.xray.annotations",
            "aws.retries",
            "enduser.id",
            "aws.xray.traced",
            "peer.service",
            "app.result_length",
        ])
        .prop_map(String::from),
    ]
}

fn any_attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let usage = prop_oneof![Just(Usage::Default), Just(Usage::Indexed), Just(Usage::Detail)];
    proptest::collection::btree_map(any_key(), (any_value(), usage), 0..8).prop_map(|all| {
        all.into_iter()
            .map(|(key, (value, usage))| Attribute { key: key.into(), value, usage })
            .collect()
    })
}

fn any_error() -> impl Strategy<Value = Option<Box<ErrorChain>>> {
    let parts = (".{0,300}", ".{0,20}", proptest::collection::vec(".{0,9}", 0..60), 0_usize..500);
    proptest::option::weighted(
        0.3,
        parts.prop_map(|(class, message, causes, frames)| {
            Box::new(ErrorChain {
                class: class.into(),
                message,
                causes,
                cause_classes: Vec::new(),
                place: Some(("src/x.rs", 1)),
                backtrace: Some("  1: app::function\n    at ./src/x.rs:1:2\n".repeat(frames)),
                is_panic: false,
            })
        }),
    )
}

prop_compose! {
    fn any_span(of: u64)(
        id in 1..=of, parent in proptest::option::of(1..=of + 2), remote in proptest::bool::weighted(0.1),
        kind in 0..5_u8, name in ".{0,260}", attributes in any_attributes(), error in any_error(),
        event in proptest::option::weighted(0.2, any_attributes()), times in any::<(u32, u32)>(),
        outcome in 0..5_u8,
    ) -> SpanRecord {
        let mut made = span(id, parent, "");
        made.name = name.into();
        made.parent_is_remote = remote;
        made.kind = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer,
            SpanKind::Consumer][usize::from(kind)];
        made.outcome = [Outcome::Ok, Outcome::Error, Outcome::Panic, Outcome::Cancelled,
            Outcome::Unfinished][usize::from(outcome)];
        made.attributes = attributes;
        made.error = error;
        made.start = UnixNanos(u64::from(times.0) * 1_000_000_000);
        made.end = UnixNanos(u64::from(times.1) * 1_000_000_000);
        made.events.extend(event.map(|attributes| SpanEvent {
            name: "exception".into(), time: made.start, attributes,
        }));
        made
    }
}

fn ids(document: &Json, found: &mut BTreeMap<String, usize>) {
    *found.entry(document["id"].as_str().unwrap().to_owned()).or_default() += 1;
    for nested in document["subsegments"].as_array().into_iter().flatten() {
        ids(nested, found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_becomes_valid_documents_and_no_span_is_lost(
        spans in proptest::collection::vec(any_span(30), 1..40),
        limit in 1_500_usize..MAX_DOCUMENT_BYTES,
    ) {
        let mut expected = BTreeMap::new();
        for span in &spans {
            *expected.entry(span.span_id.to_string()).or_insert(0) += 1;
        }
        let total = spans.len() as u64;
        let fragment = Fragment::new(trace_id(), spans, Sampling::ALWAYS);
        let (documents, lost) = documents(&Translator::new(&settings()), [&fragment], limit);
        let mut found = BTreeMap::new();
        for document in &documents {
            prop_assert!(document.bytes.len() <= limit);
            ids(&checked(&document.bytes), &mut found);
        }
        prop_assert_eq!(documents.iter().map(|it| it.spans).sum::<u64>() + lost, total);
        if lost == 0 {
            prop_assert_eq!(found, expected);
        }
        // A limit like the real one loses nothing at all.
        prop_assert!(lost == 0 || limit < 24_000, "{lost} lost within {limit} bytes");
    }
}
