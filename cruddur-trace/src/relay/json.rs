//! Decodes OTLP/JSON requests, within limits.
//!
//! Follows the OTLP specification's JSON mapping: lower camel case, ids in hexadecimal, 64-bit
//! integers as text or numbers, unknown fields ignored. Limits hold while reading: a list that is
//! too long ends the reading there. Pure.

mod read;

use serde::Deserialize;

use read::{Any, List, Number, TOO_LONG};

use super::wire::{
    DecodeError, Structure, WireAttribute, WireEvent, WireLink, WireLog, WireSpan, WireValue,
    within,
};

type Result<T> = std::result::Result<T, DecodeError>;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Request {
    #[serde(alias = "resourceLogs")]
    resource_spans: List<Resource, 2>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Resource {
    #[serde(alias = "scopeLogs")]
    scope_spans: List<Scope, 16>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Scope {
    spans: List<Span, { Structure::STANDARD.records }>,
    log_records: List<Log, { Structure::STANDARD.records }>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Span {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: String,
    kind: Number,
    start_time_unix_nano: Number,
    end_time_unix_nano: Number,
    attributes: Attributes,
    events: List<Event, { Structure::STANDARD.events }>,
    links: List<Link, { Structure::STANDARD.links }>,
    status: Status,
}

type Attributes = List<KeyValue, { Structure::STANDARD.attributes }>;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    time_unix_nano: Number,
    name: String,
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Link {
    trace_id: String,
    span_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    code: Number,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Log {
    time_unix_nano: Number,
    observed_time_unix_nano: Number,
    severity_number: Number,
    body: Option<Any>,
    attributes: Attributes,
    trace_id: String,
    span_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyValue {
    key: String,
    value: Any,
}

/// The spans of a request, whatever resource and scope they claim.
pub(crate) fn spans(body: &[u8], limits: &Structure) -> Result<Vec<WireSpan>> {
    let request: Request = serde_json::from_slice(body).map_err(|error| decode_error(&error))?;
    let scopes = request.resource_spans.0.into_iter().flat_map(|it| it.scope_spans.0);
    let spans: Vec<Span> = scopes.flat_map(|it| it.spans.0).collect();
    within(spans.len(), limits.records, "spans")?;
    spans.into_iter().map(|it| span(it, limits)).collect()
}

/// The log records of a request.
pub(crate) fn logs(body: &[u8], limits: &Structure) -> Result<Vec<WireLog>> {
    let request: Request = serde_json::from_slice(body).map_err(|error| decode_error(&error))?;
    let scopes = request.resource_spans.0.into_iter().flat_map(|it| it.scope_spans.0);
    let logs: Vec<Log> = scopes.flat_map(|it| it.log_records.0).collect();
    within(logs.len(), limits.records, "log records")?;
    logs.into_iter().map(|it| log(it, limits)).collect()
}

fn decode_error(error: &serde_json::Error) -> DecodeError {
    if error.is_data() && error.to_string().contains(TOO_LONG) {
        DecodeError::TooMany("entries in a list")
    } else {
        DecodeError::Malformed
    }
}

fn span(span: Span, limits: &Structure) -> Result<WireSpan> {
    let event = |event: Event| {
        Ok(WireEvent {
            time: event.time_unix_nano.unsigned(),
            name: text(event.name, limits.value_bytes)?,
            attributes: attributes(event.attributes, limits)?,
        })
    };
    let link = |link: Link| {
        Ok(WireLink { trace_id: identifier(&link.trace_id)?, span_id: identifier(&link.span_id)? })
    };
    Ok(WireSpan {
        trace_id: identifier(&span.trace_id)?,
        span_id: identifier(&span.span_id)?,
        parent_id: identifier(&span.parent_span_id)?,
        name: text(span.name, limits.value_bytes)?,
        kind: span.kind.signed(),
        start: span.start_time_unix_nano.unsigned(),
        end: span.end_time_unix_nano.unsigned(),
        attributes: attributes(span.attributes, limits)?,
        events: span.events.0.into_iter().map(event).collect::<Result<_>>()?,
        links: span.links.0.into_iter().map(link).collect::<Result<_>>()?,
        status_code: span.status.code.signed(),
        status_message: text(span.status.message, limits.value_bytes)?,
    })
}

fn log(log: Log, limits: &Structure) -> Result<WireLog> {
    Ok(WireLog {
        time: log.time_unix_nano.unsigned(),
        observed: log.observed_time_unix_nano.unsigned(),
        severity: log.severity_number.signed(),
        body: log.body.map(|it| value(it.0, limits, 0)).transpose()?,
        attributes: attributes(log.attributes, limits)?,
        trace_id: identifier(&log.trace_id)?,
        span_id: identifier(&log.span_id)?,
    })
}

fn attributes(list: Attributes, limits: &Structure) -> Result<Vec<WireAttribute>> {
    let attribute = |it: KeyValue| {
        let key = text(it.key, limits.key_bytes)?;
        Ok(WireAttribute { key, value: value(it.value.0, limits, 0)? })
    };
    list.0.into_iter().map(attribute).collect()
}

fn value(found: WireValue, limits: &Structure, depth: usize) -> Result<WireValue> {
    within(depth, limits.depth, "levels of values")?;
    Ok(match found {
        WireValue::Text(found) => WireValue::Text(text(found, limits.value_bytes)?),
        WireValue::List(values) => {
            let values = values.into_iter().map(|it| value(it, limits, depth + 1));
            WireValue::List(values.collect::<Result<_>>()?)
        }
        other => other,
    })
}

fn text(text: String, max_bytes: usize) -> Result<String> {
    within(text.len(), max_bytes, "bytes in a text")?;
    Ok(text)
}

/// The bytes of a hexadecimal id; nothing where there is none.
fn identifier(hex: &str) -> Result<Vec<u8>> {
    within(hex.len(), 32, "digits in an id")?;
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(DecodeError::Malformed);
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError::Malformed);
    }
    pairs.iter().map(|pair| Ok((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}
