//! What is larger than a request or a record may be: cut and marked, split, never lost.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use proptest::prelude::*;
use prost::Message as _;

use super::encoding::{encode, otlp, traces};
use crate::pipeline::fixtures;
use crate::record::{Attribute, Outcome, Sampling, Severity, Status, Value};
use crate::sinks::otlp::*;

#[test]
fn a_span_over_the_limit_is_cut_and_marked_rather_than_lost() {
    let mut sink = otlp();
    sink.limits.max_record_bytes = 200_000;
    let mut large = fixtures::span(1, Outcome::Ok);
    large.attributes = vec![
        Attribute::new("body", Value::from("é".repeat(150_000))),
        Attribute::new("kept", Value::from("whole")),
    ];
    let mut huge = fixtures::span(2, Outcome::Ok);
    // More attributes than fit, however short they are; and a text that is no attribute.
    let many = (0..20_000).map(|index| Attribute::new(format!("key {index}"), index as i64));
    huge.attributes = many.collect();
    huge.status = Status::Error { message: "no".repeat(150_000).into() };
    let fragment = Fragment::new(large.trace_id, vec![large, huge], Sampling::ALWAYS);
    let batch = Batch { fragments: vec![Arc::new(fragment)], ..Batch::default() };
    let encoded = encode(&mut sink, batch);
    assert_eq!(encoded.refused, []);
    let request = traces(&encoded.requests[0].request);
    let spans = &request.resource_spans[0].scope_spans[0].spans;
    assert!(spans.iter().all(|span| span.encoded_len() <= 200_000));
    let text = format!("{:?}", spans[0].attributes);
    assert!(text.contains("… [300000 bytes]") && text.contains("whole"));
    assert_eq!(spans[1].dropped_attributes_count, 20_000 - 1_024);
    let status = spans[1].status.as_ref().expect("a status");
    assert!(status.message.ends_with("… [300000 bytes]"));
}

#[test]
fn a_log_record_over_the_limit_is_cut_and_marked_rather_than_lost() {
    let mut sink = otlp();
    sink.limits.max_record_bytes = 200_000;
    let record = |body: String, attributes: Vec<Attribute>| {
        let mut record = LogRecord::new(7, UnixNanos(1), Severity::Info, body);
        record.attributes = attributes;
        Arc::new(record)
    };
    let text = |key: &str, bytes: usize| Attribute::new(key.to_owned(), "é".repeat(bytes / 2));
    let many = (0..20_000).map(|index| Attribute::new(format!("key {index}"), index as i64));
    let logs = vec![
        record("é".repeat(1_500_000), vec![text("kept", 60_000)]),
        record("short".to_owned(), vec![text("large", 3_000_000), text("kept", 100)]),
        record("é".repeat(1_500_000), vec![text("large", 3_000_000)]),
        record("short".to_owned(), many.collect()),
        record(String::new(), vec![Attribute::new("k".repeat(300_000), 1)]),
    ];
    let encoded = encode(&mut sink, Batch { logs, ..Batch::default() });
    assert_eq!(encoded.refused, [(Loss::TooLarge, 1)], "a key of that size can't be helped");
    let mut found = Vec::new();
    for outgoing in &encoded.requests {
        let request = ExportLogsServiceRequest::decode(outgoing.request.body.clone());
        let request = request.expect("valid protobuf");
        found.extend(request.resource_logs[0].scope_logs[0].log_records.clone());
    }
    assert!(found.iter().all(|it| it.encoded_len() <= 200_000));
    let shown = |at: usize| {
        let record = &found[at];
        let Some(any_value::Value::StringValue(body)) =
            record.body.as_ref().and_then(|it| it.value.clone())
        else {
            panic!("a message")
        };
        let texts = record.attributes.iter().filter(|it| it.key != "log_id");
        let texts: Vec<_> = texts.map(|it| format!("{it:?}").len()).collect();
        (body, texts, record.dropped_attributes_count)
    };
    let (body, texts, dropped) = shown(0);
    assert!(body.ends_with("é… [3000000 bytes]") && body.len() > 130_000, "{}", body.len());
    assert!(texts[0] > 30_000 && dropped == 0, "the rest is left as it is");
    let (body, texts, dropped) = shown(1);
    assert_eq!((body.as_str(), texts.len(), dropped), ("short", 2, 0));
    assert!((30_000..40_000).contains(&texts[0]), "{texts:?}");
    let (body, ..) = shown(2);
    assert!(body.ends_with("… [3000000 bytes]") && body.len() > 100_000, "{}", body.len());
    let (body, _, dropped) = shown(3);
    assert_eq!((body.as_str(), dropped), ("short", 20_000 - 1_024));
}

proptest! {
    #[test]
    fn no_request_is_over_its_limit_and_every_span_is_in_one(
        lengths in proptest::collection::vec(0..3_000_usize, 1..60),
        max_bytes in 500..6_000_usize, max_records in 1..20_usize,
    ) {
        // Made once: it reads the system's certificates.
        static SINK: Mutex<Option<Otlp>> = Mutex::new(None);
        let mut sink = SINK.lock().unwrap_or_else(PoisonError::into_inner);
        let sink = sink.get_or_insert_with(otlp);
        sink.limits = RequestLimits { max_bytes, max_records, max_record_bytes: max_bytes };
        let fragments = (1..).zip(&lengths).map(|(id, length)| {
            let mut span = fixtures::span(id, Outcome::Ok);
            span.attributes = vec![Attribute::new("text", Value::from("x".repeat(*length)))];
            Arc::new(Fragment::new(span.trace_id, vec![span], Sampling::ALWAYS))
        });
        let batch = Batch { fragments: fragments.collect(), ..Batch::default() };
        let encoded = encode(sink, batch);
        let mut seen = 0;
        let mut pending: Vec<_> = encoded.requests.into_iter().collect();
        let mut halved = 0;
        while let Some(outgoing) = pending.pop() {
            prop_assert!(outgoing.request.body.len() <= max_bytes);
            let decoded = traces(&outgoing.request);
            let spans = &decoded.resource_spans[0].scope_spans[0].spans;
            prop_assert_eq!(spans.len() as u64, outgoing.records);
            prop_assert!(spans.len() <= max_records);
            // Halve some of them: the halves hold the same.
            if halved < 3 && outgoing.records > 1 {
                halved += 1;
                let halves = sink.split(outgoing.request).map_err(|_| TestCaseError::fail("no halves"))?;
                pending.extend(halves);
            } else {
                seen += spans.len() as u64;
            }
        }
        let refused: u64 = encoded.refused.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(seen + refused, lengths.len() as u64);
    }
}
