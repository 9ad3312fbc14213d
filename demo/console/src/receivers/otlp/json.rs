//! OTLP's JSON as protobuf: reads one and writes the other, by the table in `schema`.
//!
//! The rules are those of "JSON Protobuf Encoding" in OTLP 1.9 (read 2026-11): ids in hexadecimal of
//! either case, other bytes in base64; 64-bit integers as text or numbers; doubles as numbers, or as
//! `"NaN"`, `"Infinity"` and `"-Infinity"`; unknown fields ignored; `null` is a field that is not
//! there. Enumerations have to be numbers, but as the Collector does, their names are taken too.
//! Names in snake case are unknown fields, as the specification has it.
//!
//! It writes as it reads, so that a request never stands in memory as a tree. Nesting beyond what
//! `serde_json` reads is an error.

use std::borrow::Cow;
use std::fmt;

use prost::encoding::{WireType, encode_key, encode_varint};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::schema::{Field, Kind, Schema};

/// The request in protobuf, of at most `limit` bytes.
pub(super) fn to_protobuf(
    schema: &'static Schema,
    json: &[u8],
    limit: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    Object { schema, out: &mut out, limit }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(out)
}

/// An object that is a message.
struct Object<'a> {
    schema: &'static Schema,
    out: &'a mut Vec<u8>,
    limit: usize,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Name<'_>>()? {
            let Some(field) = self.schema.named(&name.0) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = Member { field, out: self.out, limit: self.limit, is_element: false };
            map.next_value_seed(value)?;
        }
        Ok(())
    }
}

/// A key, copied only when it has escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Name)
    }
}

/// The value of a field, or one element of its list.
struct Member<'a> {
    field: &'static Field,
    out: &'a mut Vec<u8>,
    limit: usize,
    is_element: bool,
}

impl Member<'_> {
    fn is_many(&self) -> bool {
        !self.is_element && (self.field.is_list || matches!(self.field.kind, Kind::Many(_)))
    }

    fn wrong<E: Error>(&self, found: impl fmt::Display) -> E {
        E::custom(format_args!("{} can't be {found}", self.field.name))
    }

    fn key(&mut self, wire: WireType) {
        encode_key(self.field.number, wire, self.out);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.key(WireType::LengthDelimited);
        encode_varint(bytes.len() as u64, self.out);
        self.out.extend_from_slice(bytes);
    }

    fn varint(&mut self, number: u64) {
        self.key(WireType::Varint);
        encode_varint(number, self.out);
    }

    fn fixed64(&mut self, bytes: [u8; 8]) {
        self.key(WireType::SixtyFourBit);
        self.out.extend_from_slice(&bytes);
    }

    /// A whole number, however it was written.
    fn integer<E: Error>(&mut self, number: i128) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("a number: it is a list"));
        }
        let range = |error| self.wrong::<E>(format_args!("{number}: {error}"));
        match self.field.kind {
            Kind::Double => self.fixed64((number as f64).to_le_bytes()),
            Kind::Uint32 => {
                let number = u32::try_from(number).map_err(range)?;
                self.varint(number.into());
            }
            Kind::Fixed32 => {
                let number = u32::try_from(number).map_err(range)?;
                self.key(WireType::ThirtyTwoBit);
                self.out.extend_from_slice(&number.to_le_bytes());
            }
            // Unknown numbers of an enumeration stay what they are.
            Kind::Enum(..) => {
                let number = i32::try_from(number).map_err(range)?;
                self.varint(i64::from(number).cast_unsigned());
            }
            Kind::Sint32 => {
                let number = i32::try_from(number).map_err(range)?;
                self.varint(((number << 1) ^ (number >> 31)).cast_unsigned().into());
            }
            Kind::Int64 => {
                let number = i64::try_from(number).map_err(range)?;
                self.varint(number.cast_unsigned());
            }
            Kind::SFixed64 => {
                let number = i64::try_from(number).map_err(range)?;
                self.fixed64(number.to_le_bytes());
            }
            Kind::Uint64 => {
                let number = u64::try_from(number).map_err(range)?;
                self.varint(number);
            }
            Kind::Fixed64 => {
                let number = u64::try_from(number).map_err(range)?;
                self.fixed64(number.to_le_bytes());
            }
            _ => return Err(self.wrong("a number")),
        }
        Ok(())
    }

    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        match self.field.kind {
            Kind::Text => self.bytes(text.as_bytes()),
            Kind::Hex => {
                let bytes = hex(text).ok_or_else(|| self.wrong::<E>("other than hexadecimal"))?;
                self.bytes(&bytes);
            }
            Kind::Base64 => {
                let bytes = base64(text).ok_or_else(|| self.wrong::<E>("other than base64"))?;
                self.bytes(&bytes);
            }
            Kind::Enum(prefix, names) => {
                let name = text.strip_prefix(prefix);
                let number = names.iter().position(|known| name == Some(known));
                let number = number.ok_or_else(|| self.wrong::<E>(format_args!("{text:?}")))?;
                self.varint(number as u64);
            }
            Kind::Double => {
                let number =
                    double(text).ok_or_else(|| self.wrong::<E>(format_args!("{text:?}")))?;
                self.fixed64(number.to_le_bytes());
            }
            Kind::Bool | Kind::One(_) | Kind::Many(_) => return Err(self.wrong("text")),
            _ => match text.parse::<i128>() {
                Ok(number) => return self.integer(number),
                Err(_) => return Err(self.wrong(format_args!("{text:?}"))),
            },
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.out.len() > self.limit {
            return Err(D::Error::custom(TOO_LARGE));
        }
        deserializer.deserialize_any(self)
    }
}

/// How an error of a request that grew too large ends.
pub(super) const TOO_LARGE: &str = "the request is too large as protobuf";

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of OTLP")
    }

    /// `null` is as if the field were not there; in a list it is nothing that protobuf can say.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.is_element { Err(self.wrong("null in a list")) } else { Ok(()) }
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        if !matches!(self.field.kind, Kind::Bool) {
            return Err(self.wrong(value));
        }
        self.varint(value.into());
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, number: u64) -> Result<(), E> {
        self.integer(number.into())
    }

    fn visit_i64<E: Error>(mut self, number: i64) -> Result<(), E> {
        self.integer(number.into())
    }

    fn visit_f64<E: Error>(mut self, number: f64) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("a number: it is a list"));
        }
        if matches!(self.field.kind, Kind::Double) {
            self.fixed64(number.to_le_bytes());
            return Ok(());
        }
        // `1.0` and `1e3` are whole numbers, too.
        if number.fract() == 0.0 && number.abs() < 1e19 {
            return self.integer(number as i128);
        }
        Err(self.wrong(number))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("text: it is a list"));
        }
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.is_many() {
            return Err(self.wrong("a list"));
        }
        let Self { field, out, limit, .. } = self;
        loop {
            let element = Member { field, out: &mut *out, limit, is_element: true };
            if list.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let (Kind::One(schema) | Kind::Many(schema)) = self.field.kind else {
            return Err(self.wrong("an object"));
        };
        if self.is_many() {
            return Err(self.wrong("an object: it is a list"));
        }
        let mut inner = Vec::new();
        let limit = self.limit.saturating_sub(self.out.len());
        Object { schema, out: &mut inner, limit }.visit_map(map)?;
        self.bytes(&inner);
        Ok(())
    }
}

fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads `inf` and `nan`, which JSON does not know.
        _ if text.ends_with(|last: char| last.is_ascii_digit() || last == '.') => text.parse().ok(),
        _ => None,
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// Standard or URL-safe, padded or not, as protobuf's JSON has it.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in digits.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
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
        let request =
            json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [json] }] }] }).to_string();
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
        check(
            &json!({ "stringValue": "a\u{1F600}\n" }),
            Ok(Some(Value::StringValue("a😀\n".into()))),
        );
        for one in [json!("-7"), json!(-7), json!(-7.0)] {
            check(&json!({ "intValue": one }), Ok(Some(Value::IntValue(-7))));
        }
        for most in [json!("9223372036854775807"), json!(i64::MAX)] {
            check(&json!({ "intValue": most }), Ok(Some(Value::IntValue(i64::MAX))));
        }
        for (text, number) in [("NaN", f64::NAN), ("Infinity", f64::INFINITY)] {
            check(&json!({ "doubleValue": text }), Ok(Some(Value::DoubleValue(number))));
        }
        check(
            &json!({"doubleValue": "-Infinity"}),
            Ok(Some(Value::DoubleValue(f64::NEG_INFINITY))),
        );
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
        for wrong in
            [json!({"traceId": "xy"}), json!({"traceId": "abc"}), json!({"kind": "server"})]
        {
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
        assert_eq!(
            (point.scale, buckets.offset, &buckets.bucket_counts[..]),
            (-3, -1, &[1, 300][..])
        );
        assert_eq!(summary.data_points[0].quantile_values[0].value, 7.0);
    }

    #[test]
    fn what_grows_stops_at_the_limit() {
        let counts = vec!["0"; 1_000].join(",");
        let text = format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"histogram":{{"dataPoints":[{{"bucketCounts":[{counts}]}}]}}}}]}}]}}]}}"#
        );
        let error =
            to_protobuf(&schema::METRICS, text.as_bytes(), 4_000).expect_err("9 bytes each");
        assert!(error.to_string().contains(TOO_LARGE), "{error}");
        for broken in ["", "[]", "null", "{} x", "{\"resourceMetrics\":", "\"\""] {
            assert!(to_protobuf(&schema::METRICS, broken.as_bytes(), 99).is_err(), "{broken}");
        }
    }
}
