//! What a protobuf request would take in memory, counted before it is decoded.
//!
//! An empty attribute has two bytes on the wire and dozens in memory, an empty span two and
//! hundreds: 80 MiB of them would be gigabytes. This walks the wire format once, allocates nothing
//! and adds up the messages and the numbers of lists. What is not well-formed is `prost`'s to refuse.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::schema::{Field, Kind, Schema};

/// As deep as `prost` decodes.
const MAX_DEPTH: u32 = 100;

/// Whether `bytes` stay within `limit` when decoded; strings and bytes are not counted, as they take
/// what they take on the wire.
pub(super) fn is_within(schema: &Schema, bytes: &[u8], limit: usize) -> bool {
    let mut left = limit;
    walk(schema, bytes, &mut left, 0) != Walk::TooMuch
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Done,
    Malformed,
    TooMuch,
}

fn walk(schema: &Schema, mut bytes: &[u8], left: &mut usize, depth: u32) -> Walk {
    if depth > MAX_DEPTH {
        return Walk::Malformed;
    }
    while !bytes.is_empty() {
        let Ok((number, wire)) = decode_key(&mut bytes) else { return Walk::Malformed };
        if wire != WireType::LengthDelimited {
            if skip_field(wire, number, &mut bytes, DecodeContext::default()).is_err() {
                return Walk::Malformed;
            }
            // A number of a list that is not packed.
            if !spend(left, if is_list(schema.numbered(number)) { 8 } else { 0 }) {
                return Walk::TooMuch;
            }
            continue;
        }
        let length = decode_varint(&mut bytes).ok().and_then(|it| usize::try_from(it).ok());
        let Some((inner, rest)) = length.and_then(|length| bytes.split_at_checked(length)) else {
            return Walk::Malformed;
        };
        bytes = rest;
        let Some(field) = schema.numbered(number) else { continue };
        let (cost, nested) = match field.kind {
            Kind::One(nested) | Kind::Many(nested) => (nested.bytes, Some(nested)),
            Kind::Text if field.is_list => (size_of::<String>(), None),
            // The last byte of each packed number has its high bit clear.
            Kind::Uint64 => (8 * inner.iter().filter(|byte| **byte < 0x80).count(), None),
            _ => (inner.len(), None),
        };
        if !spend(left, cost) {
            return Walk::TooMuch;
        }
        if let Some(nested) = nested {
            let walked = walk(nested, inner, left, depth + 1);
            if walked != Walk::Done {
                return walked;
            }
        }
    }
    Walk::Done
}

fn is_list(field: Option<&Field>) -> bool {
    field.is_some_and(|field| field.is_list)
}

fn spend(left: &mut usize, cost: usize) -> bool {
    match left.checked_sub(cost) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::KeyValue;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message;

    use super::super::schema;
    use super::*;

    fn of_attributes(count: usize) -> Vec<u8> {
        let span = Span { attributes: vec![KeyValue::default(); count], ..Span::default() };
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    #[test]
    fn empty_attributes_weigh_what_they_take() {
        let bytes = of_attributes(1_000);
        assert!(bytes.len() < 2_100, "{}", bytes.len());
        let weight = 1_000 * size_of::<KeyValue>();
        assert!(!is_within(&schema::TRACES, &bytes, weight));
        assert!(is_within(&schema::TRACES, &bytes, weight + 1_000));
        // Malformed: `prost` says so.
        assert!(is_within(&schema::TRACES, &[0xff; 9], 0));
        assert!(is_within(&schema::TRACES, &[0x0a, 0x7f], 0));
    }
}
