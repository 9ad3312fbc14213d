//! Decodes OTLP protobuf requests, within limits: a reader of our own, since a general decoder
//! would first build everything that a hostile body asks for.
//!
//! Follows opentelemetry-proto 1.x: `ExportTraceServiceRequest` and `ExportLogsServiceRequest`.
//! Unknown fields are skipped. Pure.

use super::wire::{
    DecodeError, Structure, WireAttribute, WireEvent, WireLink, WireLog, WireSpan, WireValue,
    within,
};

type Result<T> = std::result::Result<T, DecodeError>;

/// One field of a message.
struct Field<'a> {
    number: u64,
    value: FieldValue<'a>,
}

enum FieldValue<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The spans of a request, whatever resource and scope they claim.
pub(crate) fn spans(body: &[u8], limits: &Structure) -> Result<Vec<WireSpan>> {
    let mut found = Vec::new();
    each_record(body, |record| {
        within(found.len() + 1, limits.records, "spans")?;
        found.push(span(record, limits)?);
        Ok(())
    })?;
    Ok(found)
}

/// The log records of a request.
pub(crate) fn logs(body: &[u8], limits: &Structure) -> Result<Vec<WireLog>> {
    let mut found = Vec::new();
    each_record(body, |record| {
        within(found.len() + 1, limits.records, "log records")?;
        found.push(log(record, limits)?);
        Ok(())
    })?;
    Ok(found)
}

/// Traces and logs nest alike: request 1 → resource 2 → scope 2 → record.
fn each_record(body: &[u8], mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    each_field(body, |resource| match (resource.number, resource.value) {
        (1, FieldValue::Bytes(resource)) => {
            each_field(resource, |scope| match (scope.number, scope.value) {
                (2, FieldValue::Bytes(scope)) => {
                    each_field(scope, |record| match (record.number, record.value) {
                        (2, FieldValue::Bytes(record)) => take(record),
                        _ => Ok(()),
                    })
                }
                _ => Ok(()),
            })
        }
        _ => Ok(()),
    })
}

fn span(bytes: &[u8], limits: &Structure) -> Result<WireSpan> {
    let mut span = WireSpan::default();
    each_field(bytes, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Bytes(id)) => span.trace_id = identifier(id)?,
            (2, FieldValue::Bytes(id)) => span.span_id = identifier(id)?,
            (4, FieldValue::Bytes(id)) => span.parent_id = identifier(id)?,
            (5, FieldValue::Bytes(name)) => span.name = text(name, limits.value_bytes)?,
            (6, FieldValue::Number(kind)) => span.kind = kind as i64,
            (7, FieldValue::Number(time)) => span.start = time,
            (8, FieldValue::Number(time)) => span.end = time,
            (9, FieldValue::Bytes(found)) => push_attribute(&mut span.attributes, found, limits)?,
            (11, FieldValue::Bytes(found)) => {
                within(span.events.len() + 1, limits.events, "events")?;
                span.events.push(event(found, limits)?);
            }
            (13, FieldValue::Bytes(found)) => {
                within(span.links.len() + 1, limits.links, "links")?;
                span.links.push(link(found)?);
            }
            (15, FieldValue::Bytes(status)) => each_field(status, |field| {
                match (field.number, field.value) {
                    (2, FieldValue::Bytes(message)) => {
                        span.status_message = text(message, limits.value_bytes)?;
                    }
                    (3, FieldValue::Number(code)) => span.status_code = code as i64,
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(span)
}

fn event(bytes: &[u8], limits: &Structure) -> Result<WireEvent> {
    let mut event = WireEvent::default();
    each_field(bytes, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Number(time)) => event.time = time,
            (2, FieldValue::Bytes(name)) => event.name = text(name, limits.value_bytes)?,
            (3, FieldValue::Bytes(found)) => push_attribute(&mut event.attributes, found, limits)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(event)
}

fn link(bytes: &[u8]) -> Result<WireLink> {
    let mut link = WireLink::default();
    each_field(bytes, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Bytes(id)) => link.trace_id = identifier(id)?,
            (2, FieldValue::Bytes(id)) => link.span_id = identifier(id)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(link)
}

fn log(bytes: &[u8], limits: &Structure) -> Result<WireLog> {
    let mut log = WireLog::default();
    each_field(bytes, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Number(time)) => log.time = time,
            (2, FieldValue::Number(severity)) => log.severity = severity as i64,
            (5, FieldValue::Bytes(body)) => log.body = Some(value(body, limits, 0)?),
            (6, FieldValue::Bytes(found)) => push_attribute(&mut log.attributes, found, limits)?,
            (9, FieldValue::Bytes(id)) => log.trace_id = identifier(id)?,
            (10, FieldValue::Bytes(id)) => log.span_id = identifier(id)?,
            (11, FieldValue::Number(time)) => log.observed = time,
            _ => {}
        }
        Ok(())
    })?;
    Ok(log)
}

fn push_attribute(
    attributes: &mut Vec<WireAttribute>,
    bytes: &[u8],
    limits: &Structure,
) -> Result<()> {
    within(attributes.len() + 1, limits.attributes, "attributes")?;
    let mut attribute = WireAttribute { key: String::new(), value: WireValue::Other };
    each_field(bytes, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Bytes(key)) => attribute.key = text(key, limits.key_bytes)?,
            (2, FieldValue::Bytes(found)) => attribute.value = value(found, limits, 0)?,
            _ => {}
        }
        Ok(())
    })?;
    attributes.push(attribute);
    Ok(())
}

fn value(bytes: &[u8], limits: &Structure, depth: usize) -> Result<WireValue> {
    within(depth, limits.depth, "levels of values")?;
    let mut found = WireValue::Other;
    each_field(bytes, |field| {
        found = match (field.number, field.value) {
            (1, FieldValue::Bytes(value)) => WireValue::Text(text(value, limits.value_bytes)?),
            (2, FieldValue::Number(value)) => WireValue::Bool(value != 0),
            (3, FieldValue::Number(value)) => WireValue::Int(value as i64),
            (4, FieldValue::Number(value)) => WireValue::Double(f64::from_bits(value)),
            (5, FieldValue::Bytes(list)) => {
                let mut values = Vec::new();
                each_field(list, |item| {
                    if let (1, FieldValue::Bytes(item)) = (item.number, item.value) {
                        within(values.len() + 1, limits.list, "values in a list")?;
                        values.push(value(item, limits, depth + 1)?);
                    }
                    Ok(())
                })?;
                WireValue::List(values)
            }
            _ => WireValue::Other,
        };
        Ok(())
    })?;
    Ok(found)
}

/// Longer ids than a trace's are of no use; their length is checked with the other rules.
fn identifier(bytes: &[u8]) -> Result<Vec<u8>> {
    within(bytes.len(), 16, "bytes in an id")?;
    Ok(bytes.to_vec())
}

fn text(bytes: &[u8], max_bytes: usize) -> Result<String> {
    within(bytes.len(), max_bytes, "bytes in a text")?;
    String::from_utf8(bytes.to_vec()).map_err(|_| DecodeError::Malformed)
}

fn each_field(mut rest: &[u8], mut take: impl FnMut(Field<'_>) -> Result<()>) -> Result<()> {
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let value = match tag & 7 {
            0 => FieldValue::Number(varint(&mut rest)?),
            1 => {
                let bytes = split(&mut rest, 8)?.try_into().map_err(|_| DecodeError::Malformed)?;
                FieldValue::Number(u64::from_le_bytes(bytes))
            }
            2 => {
                let length = usize::try_from(varint(&mut rest)?);
                FieldValue::Bytes(split(&mut rest, length.map_err(|_| DecodeError::Malformed)?)?)
            }
            5 => {
                let bytes = split(&mut rest, 4)?.try_into().map_err(|_| DecodeError::Malformed)?;
                FieldValue::Number(u64::from(u32::from_le_bytes(bytes)))
            }
            _ => return Err(DecodeError::Malformed),
        };
        take(Field { number: tag >> 3, value })?;
    }
    Ok(())
}

fn split<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count).ok_or(DecodeError::Malformed)?;
    *rest = left;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, left) = rest.split_first().ok_or(DecodeError::Malformed)?;
        *rest = left;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DecodeError::Malformed)
}
