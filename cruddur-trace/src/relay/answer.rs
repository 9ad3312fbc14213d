//! What the browser is told: OTLP's own answers, in the encoding that was sent.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::admit::{Encoding, Signal};
use super::cleanse::Refusal;

/// A request that was refused as a whole, and the counter that says why.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    pub(crate) reason: &'static str,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refused {
    pub(crate) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason, header: None }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    /// 429, with the whole seconds to wait.
    pub(crate) fn for_now(reason: &'static str, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        Self::new(StatusCode::TOO_MANY_REQUESTS, reason)
            .with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(crate) fn answer(self) -> Response<Full<Bytes>> {
        // The reason's name and nothing of what was sent: an answer must not carry a page.
        let body = serde_json::json!({ "code": 3, "message": self.reason }).to_string();
        let mut answer = answer(self.status, "application/json", body.into_bytes());
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// 200: taken, all of it or but for some records.
pub(crate) fn taken(
    signal: Signal,
    encoding: Encoding,
    refused: &[Refusal],
) -> Response<Full<Bytes>> {
    let mut reasons: BTreeMap<Refusal, usize> = BTreeMap::new();
    for refusal in refused {
        *reasons.entry(*refusal).or_default() += 1;
    }
    let message: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count}: {}", reason.as_str())).collect();
    let message = message.join("; ");
    match encoding {
        Encoding::Json => {
            let body = if refused.is_empty() {
                "{}".to_owned()
            } else {
                let key = match signal {
                    Signal::Traces => "rejectedSpans",
                    Signal::Logs => "rejectedLogRecords",
                };
                // 64-bit integers are text in OTLP/JSON.
                let count = refused.len().to_string();
                let success = serde_json::json!({ key: count, "errorMessage": message });
                serde_json::json!({ "partialSuccess": success }).to_string()
            };
            answer(StatusCode::OK, "application/json", body.into_bytes())
        }
        Encoding::Protobuf => {
            let body = if refused.is_empty() {
                Vec::new()
            } else {
                let mut partial = vec![0x08];
                varint(&mut partial, refused.len() as u64);
                field(&mut partial, 0x12, message.as_bytes());
                let mut body = Vec::new();
                field(&mut body, 0x0a, &partial);
                body
            };
            answer(StatusCode::OK, "application/x-protobuf", body)
        }
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    answer
}

fn field(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
