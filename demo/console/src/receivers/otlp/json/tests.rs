use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use super::super::schema;
use super::*;

fn span(json: &serde_json::Value) -> Result<Span, String> {
    let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [json] }] }] }).to_string();
    let bytes = to_protobuf(&schema::TRACES, request.as_bytes(), 1 << 20)
        .map_err(|error| error.to_string())?;
    let mut request = ExportTraceServiceRequest::decode(&*bytes).expect("it is protobuf");
    Ok(request.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0))
}

/// What an attribute's value is read as, or a part of the complaint.
fn check(value: &serde_json::Value, expected: Result<Option<Value>, &str>) {
    let read = span(&json!({ "attributes": [{ "key": "k", "value": value }] }));
    match (read, expected) {
        (Ok(mut span), Ok(expected)) => {
            let read = span.attributes.remove(0).value.and_then(|any| any.value);
            assert_eq!(format!("{read:?}"), format!("{expected:?}"), "{value}");
        }
        (Err(said), Err(part)) => assert!(said.contains(part), "{value}: {said}"),
        (read, _) => panic!("{value}: {read:?}"),
    }
}

#[test]
fn values_are_read_as_the_specification_says() {
    check(&json!({ "stringValue": "a\u{1F600}\n" }), Ok(Some(Value::StringValue("a😀\n".into()))));
    for one in [json!("-7"), json!(-7), json!(-7.0)] {
        check(&json!({ "intValue": one }), Ok(Some(Value::IntValue(-7))));
    }
    for most in [json!("9223372036854775807"), json!(i64::MAX)] {
        check(&json!({ "intValue": most }), Ok(Some(Value::IntValue(i64::MAX))));
    }
    for (text, number) in [("NaN", f64::NAN), ("Infinity", f64::INFINITY)] {
        check(&json!({ "doubleValue": text }), Ok(Some(Value::DoubleValue(number))));
    }
    check(&json!({"doubleValue": "-Infinity"}), Ok(Some(Value::DoubleValue(f64::NEG_INFINITY))));
    for half in [json!(0.5), json!("0.5"), json!("5e-1")] {
        check(&json!({ "doubleValue": half }), Ok(Some(Value::DoubleValue(0.5))));
    }
    check(&json!({ "doubleValue": 3 }), Ok(Some(Value::DoubleValue(3.0))));
    check(&json!({ "boolValue": false }), Ok(Some(Value::BoolValue(false))));
    for sent in ["+/8=", "+/8", "-_8="] {
        check(&json!({ "bytesValue": sent }), Ok(Some(Value::BytesValue(vec![0xfb, 0xff]))));
    }
    check(&json!({}), Ok(None));
    check(&json!(null), Ok(None));
    check(&json!({ "newValue": [{}], "boolValue": true }), Ok(Some(Value::BoolValue(true))));

    check(&json!({ "intValue": "9223372036854775808" }), Err("intValue"));
    check(&json!({ "intValue": 1.5 }), Err("intValue"));
    check(&json!({ "intValue": "" }), Err("intValue"));
    check(&json!({ "doubleValue": "nan" }), Err("doubleValue"));
    check(&json!({ "bytesValue": "a" }), Err("base64"));
    check(&json!({ "boolValue": "true" }), Err("boolValue"));
    check(&json!({ "stringValue": {} }), Err("stringValue"));
    check(&json!({ "arrayValue": { "values": [null] } }), Err("null"));
    check(&json!({ "arrayValue": [] }), Err("list"));
    check(&json!([]), Err("value"));
}

#[test]
fn a_span_has_ids_in_either_case_and_enumerations_either_way() {
    let read = span(&json!({
        "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "eee19b7ec3c1b174",
        "name": "n", "kind": 2, "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1_544_712_661_000_000_000_u64, "flags": 257, "unknown": [{"a": {}}],
        "droppedAttributesCount": "3", "status": { "code": "STATUS_CODE_ERROR" },
        "trace_state": "snake", "links": null,
    }));
    let read = read.expect("it is valid");
    assert_eq!(read.trace_id[..2], [0x5b, 0x8e]);
    assert_eq!((read.span_id.len(), read.kind, read.flags), (8, 2, 257));
    assert_eq!(read.end_time_unix_nano - read.start_time_unix_nano, 1_000_000_000);
    assert_eq!((read.dropped_attributes_count, read.status.expect("status").code), (3, 2));
    assert_eq!(read.trace_state, "", "original names are not valid");
    assert_eq!(span(&json!({ "kind": "SPAN_KIND_CLIENT" })).map(|it| it.kind), Ok(3));
    for wrong in [json!({"traceId": "xy"}), json!({"traceId": "abc"}), json!({"kind": "server"})] {
        assert!(span(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn metrics_of_every_kind_are_read() {
    let point = json!({ "timeUnixNano": "5", "count": "3", "sum": 0.0, "bucketCounts": ["1", 2],
        "explicitBounds": [1.5, "Infinity"] });
    let request = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [
        { "name": "a", "gauge": { "dataPoints": [{ "asInt": "-4" }, { "asDouble": "NaN" }] } },
        { "name": "b", "histogram": { "aggregationTemporality": 2, "dataPoints": [point] } },
        { "name": "c", "exponentialHistogram": { "dataPoints": [
            { "scale": -3, "positive": { "offset": -1, "bucketCounts": ["1", "300"] } }] } },
        { "name": "d", "summary": { "dataPoints": [
            { "quantileValues": [{ "quantile": 0.5, "value": 7 }] }] } },
    ] }] }] });
    let text = request.to_string();
    let bytes = to_protobuf(&schema::METRICS, text.as_bytes(), 1 << 20).expect("it is valid");
    let mut read = ExportMetricsServiceRequest::decode(&*bytes).expect("it is protobuf");
    let read = read.resource_metrics.remove(0).scope_metrics.remove(0).metrics;
    let data: Vec<_> = read.into_iter().filter_map(|metric| metric.data).collect();
    let [
        Data::Gauge(gauge),
        Data::Histogram(histogram),
        Data::ExponentialHistogram(exponential),
        Data::Summary(summary),
    ] = &data[..]
    else {
        panic!("{data:?}")
    };
    assert_eq!(gauge.data_points[0].value, Some(number_data_point::Value::AsInt(-4)));
    let point = &histogram.data_points[0];
    assert_eq!((point.count, point.sum, point.max), (3, Some(0.0), None));
    assert_eq!(point.bucket_counts, [1, 2]);
    assert_eq!(point.explicit_bounds, [1.5, f64::INFINITY]);
    let point = &exponential.data_points[0];
    let buckets = point.positive.as_ref().expect("buckets");
    assert_eq!((point.scale, buckets.offset, &buckets.bucket_counts[..]), (-3, -1, &[1, 300][..]));
    assert_eq!(summary.data_points[0].quantile_values[0].value, 7.0);
}

#[test]
fn what_grows_stops_at_the_limit() {
    let counts = vec!["0"; 1_000].join(",");
    let text = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"histogram":{{"dataPoints":[{{"bucketCounts":[{counts}]}}]}}}}]}}]}}]}}"#
    );
    let error = to_protobuf(&schema::METRICS, text.as_bytes(), 4_000).expect_err("9 bytes each");
    assert!(error.to_string().contains(TOO_LARGE), "{error}");
    for broken in ["", "[]", "null", "{} x", "{\"resourceMetrics\":", "\"\""] {
        assert!(to_protobuf(&schema::METRICS, broken.as_bytes(), 99).is_err(), "{broken}");
    }
}
