//! What a client gets when the handler panicked before there were headers: a 500 that says the
//! request's id and the report's, as JSON or text by `Accept`; for gRPC a status 13.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

/// A panic of a handler, for an answer of one's own ([`ObserveLayer::panic_answer`]).
///
/// [`ObserveLayer::panic_answer`]: crate::layer::ObserveLayer::panic_answer
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Panicked {
    /// What the panic said. Not for strangers' eyes.
    pub message: String,
    /// The request's id.
    pub request_id: Option<Arc<str>>,
    /// The report's id, if one was made.
    pub report_id: Option<Arc<str>>,
    /// Whether the client would rather have JSON than text.
    pub wants_json: bool,
    /// Whether the request was a gRPC call.
    pub is_grpc: bool,
}

/// Makes the answer to a panic.
pub(crate) type PanicAnswer = Arc<dyn Fn(&Panicked) -> Response<Vec<u8>> + Send + Sync>;

/// The usual answer.
pub(crate) fn answer(panicked: &Panicked) -> Response<Vec<u8>> {
    if panicked.is_grpc {
        return grpc_answer();
    }
    let ids = [("request_id", &panicked.request_id), ("error_id", &panicked.report_id)];
    let mut body = String::new();
    let content_type = if panicked.wants_json {
        body.push_str("{\"error\":\"internal server error\"");
        for (name, id) in ids {
            if let Some(id) = id {
                let _ = write!(body, ",\"{name}\":{}", JsonText(id));
            }
        }
        body.push('}');
        "application/json"
    } else {
        body.push_str("internal server error\n");
        for (name, id) in ids {
            if let Some(id) = id {
                let _ = writeln!(body, "{name}: {id}");
            }
        }
        "text/plain; charset=utf-8"
    };
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response
}

/// A response of trailers only, as gRPC has errors: HTTP 200, `grpc-status: 13` (internal).
fn grpc_answer() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from_static("13"));
    headers.insert("grpc-message", HeaderValue::from_static("internal server error"));
    response
}

/// Ids are harmless by their alphabet, but an answer must be valid JSON whoever made them.
struct JsonText<'a>(&'a str);

impl fmt::Display for JsonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

/// Whether an `Accept` header prefers JSON to text: the first of the two that it names.
pub(crate) fn wants_json(accept: Option<&HeaderValue>) -> bool {
    let Some(accept) = accept.and_then(|accept| accept.to_str().ok()) else { return false };
    let mut kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or("").trim());
    let named = kinds.find(|kind| kind.starts_with("text/") || is_json(kind));
    named.is_some_and(is_json)
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_chooses_json_or_text() {
        let check = |accept: &'static str, json: bool| {
            assert_eq!(wants_json(Some(&HeaderValue::from_static(accept))), json, "{accept}");
        };
        check("application/json", true);
        check("application/problem+json, */*", true);
        check("text/html,application/xhtml+xml,application/json;q=0.1", false);
        check("application/json;q=0.9, text/plain", true);
        check("*/*", false);
        assert!(!wants_json(None));
    }

    #[test]
    fn the_answer_is_valid_json_whatever_the_ids() {
        let panicked = Panicked {
            message: "secret".to_owned(),
            request_id: Some("a\"b\\\n".into()),
            report_id: Some("r".into()),
            wants_json: true,
            is_grpc: false,
        };
        let response = answer(&panicked);
        let text = String::from_utf8(response.into_body()).expect("text");
        assert_eq!(
            text,
            r#"{"error":"internal server error","request_id":"a\"b\\\u000a","error_id":"r"}"#
        );
        assert!(!text.contains("secret"));
    }
}
