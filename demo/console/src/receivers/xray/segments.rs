//! Documents in (datagrams, `PutTraceSegments`) and out (`BatchGetTraces`, `GetTraceSummaries`).

use axum::extract::State;
use bytes::Bytes;
use serde_json::{Value, json};

use super::call::{Answer, CallError, object, text};
use super::filter::Filter;
use super::summary::summary;
use super::validate::{self, Invalid};
use crate::store::xray::{Refused, StoredDocument, XrayData};
use crate::{App, Shared};

/// Documents of one `PutTraceSegments` call.
const MAX_DOCUMENTS: usize = 50;
/// Traces of one `BatchGetTraces` call.
const MAX_TRACES: usize = 5;
/// Summaries of one page.
const PAGE: usize = 1_000;

pub(super) fn datagram(app: &App, bytes: &[u8]) {
    let header_end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (header, rest) = bytes.split_at(header_end);
    let header: Value = serde_json::from_slice(header).unwrap_or_default();
    let document = rest.get(1..).unwrap_or_default();
    app.store.xray.with(|data| {
        if header["format"] != "json" || header["version"] != 1 {
            let message = r#"the datagram does not begin with {"format":"json","version":1}"#;
            let invalid = Invalid { code: "InvalidHeader", message: message.to_owned() };
            refuse(data, bytes, &invalid, "udp");
        } else if let Err(invalid) = take(data, document, "udp") {
            refuse(data, document, &invalid, "udp");
        }
    });
    app.live.changed("xray");
}

/// Stores a document, or each of a list of subsegments.
fn take(data: &mut XrayData, bytes: &[u8], transport: &'static str) -> Result<(), Invalid> {
    if let Ok(Value::Array(list)) = serde_json::from_slice::<Value>(bytes) {
        for one in list {
            take(data, one.to_string().as_bytes(), transport)?;
        }
        return Ok(());
    }
    let valid = validate::validate(bytes)?;
    data.segments.insert(StoredDocument {
        raw: String::from_utf8_lossy(bytes).into_owned(),
        document: valid.document,
        transport,
        unknown: valid.unknown,
    });
    Ok(())
}

fn refuse(data: &mut XrayData, bytes: &[u8], invalid: &Invalid, transport: &'static str) {
    let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    data.segments.refuse(Refused {
        time: crate::time::now(),
        code: invalid.code,
        message: invalid.message.clone(),
        transport,
        begins,
    });
}

/// `PutTraceSegments`.
pub(super) async fn put(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let Some(Value::Array(documents)) = request.get("TraceSegmentDocuments") else {
        return Err(CallError::invalid("TraceSegmentDocuments is required"));
    };
    if documents.len() > MAX_DOCUMENTS {
        return Err(CallError::invalid(format!("at most {MAX_DOCUMENTS} documents a call")));
    }
    let Some(texts) = documents.iter().map(Value::as_str).collect::<Option<Vec<&str>>>() else {
        return Err(CallError::invalid("TraceSegmentDocuments are not all text"));
    };
    let unprocessed = app.store.xray.with(|data| {
        let mut unprocessed = Vec::new();
        for document in texts {
            if let Err(invalid) = take(data, document.as_bytes(), "api") {
                refuse(data, document.as_bytes(), &invalid, "api");
                let mut entry = json!({"ErrorCode": invalid.code, "Message": invalid.message});
                // The service names a document only where it could read its id.
                let parsed: Value = serde_json::from_str(document).unwrap_or_default();
                if let Some(id) = parsed["id"].as_str() {
                    entry["Id"] = json!(id);
                }
                unprocessed.push(entry);
            }
        }
        unprocessed
    });
    app.live.changed("xray");
    Ok(axum::Json(json!({ "UnprocessedTraceSegments": unprocessed })))
}

/// `PutTelemetryRecords`: what the daemon says of itself.
pub(super) async fn telemetry(body: Bytes) -> Answer {
    object(&body)?;
    Ok(axum::Json(json!({})))
}

/// `BatchGetTraces`.
pub(super) async fn batch_get(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let Some(Value::Array(ids)) = request.get("TraceIds") else {
        return Err(CallError::invalid("TraceIds is required"));
    };
    if ids.len() > MAX_TRACES {
        return Err(CallError::invalid(format!("at most {MAX_TRACES} traces a call")));
    }
    if !ids.iter().all(validate::is_trace_id) {
        return Err(CallError::invalid("TraceIds are not all of the form 1-8 hex-24 hex"));
    }
    let (mut traces, mut unprocessed) = (Vec::new(), Vec::new());
    app.store.xray.with(|data| {
        for id in ids.iter().filter_map(Value::as_str) {
            let Some(trace) = data.segments.find(id) else {
                unprocessed.push(json!(id));
                continue;
            };
            let (start, end) = trace.times();
            let documents = trace.documents.iter();
            traces.push(json!({
                "Id": id, "Duration": end - start, "LimitExceeded": trace.is_cut,
                "Segments": documents.map(|it| json!({"Id": it.text("id"), "Document": it.raw}))
                    .collect::<Vec<_>>(),
            }));
        }
    });
    Ok(axum::Json(json!({ "Traces": traces, "UnprocessedTraceIds": unprocessed })))
}

/// `GetTraceSummaries`.
pub(super) async fn summaries(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let time = |key: &str| {
        let found = request.get(key).and_then(Value::as_f64);
        found.ok_or_else(|| CallError::invalid(format!("{key} is required, as epoch seconds")))
    };
    let (from, to) = (time("StartTime")?, time("EndTime")?);
    if to < from {
        return Err(CallError::invalid("EndTime is before StartTime"));
    }
    if to - from > 86_400.0 {
        return Err(CallError::invalid("the time range is longer than 24 hours"));
    }
    let filter = match text(&request, "FilterExpression")? {
        Some(expression) => {
            let filter = Filter::parse(expression);
            Some(filter.map_err(|error| CallError::invalid(format!("FilterExpression: {error}")))?)
        }
        None => None,
    };
    let skip = match text(&request, "NextToken")? {
        Some(token) => {
            token.parse().map_err(|_| CallError::invalid("NextToken is not one of ours"))?
        }
        None => 0_usize,
    };
    let (found, total) = app.store.xray.with(|data| {
        let all = data.segments.newest_first();
        let inside: Vec<_> =
            all.filter(|(_, trace)| (from..=to).contains(&trace.times().0)).collect();
        let matching = inside
            .iter()
            .filter(|(_, trace)| filter.as_ref().is_none_or(|filter| filter.matches(trace)));
        let found: Vec<Value> =
            matching.skip(skip).take(PAGE).map(|(id, trace)| summary(id, trace)).collect();
        (found, inside.len())
    });
    let mut answer = json!({"ApproximateTime": super::call::now(), "TracesProcessedCount": total});
    if found.len() == PAGE {
        answer["NextToken"] = json!((skip + PAGE).to_string());
    }
    answer["TraceSummaries"] = json!(found);
    Ok(axum::Json(answer))
}
