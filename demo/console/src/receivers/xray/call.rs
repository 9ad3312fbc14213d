//! Requests and answers as X-Ray's API writes them: JSON objects, errors named in a header.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error in the service's words.
#[derive(Debug)]
pub(super) struct CallError {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl CallError {
    /// The one that callers can act on.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: "InvalidRequestException", message: message.into() }
    }
}

impl IntoResponse for CallError {
    fn into_response(self) -> Response {
        let body = json!({ "Message": self.message }).to_string();
        let headers = [("content-type", "application/json"), ("x-amzn-errortype", self.code)];
        (StatusCode::BAD_REQUEST, headers, body).into_response()
    }
}

/// What every call gives.
pub(super) type Answer = Result<axum::Json<Value>, CallError>;

/// The request's object. An empty body is an empty object, as AWS's clients send none.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, CallError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(request)) => Ok(request),
        Ok(_) => Err(CallError::invalid("the request is no JSON object")),
        Err(error) => Err(CallError::invalid(format!("the request is no JSON: {error}"))),
    }
}

/// Text of a request, where it is given.
pub(super) fn text<'a>(
    request: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a str>, CallError> {
    match request.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(CallError::invalid(format!("{key} is no text"))),
    }
}

/// Text that must be given, of so many characters.
pub(super) fn bounded<'a>(
    request: &'a Map<String, Value>,
    key: &str,
    chars: std::ops::RangeInclusive<usize>,
) -> Result<&'a str, CallError> {
    let Some(found) = text(request, key)? else {
        return Err(CallError::invalid(format!("{key} is required")));
    };
    if !chars.contains(&found.chars().count()) {
        let message = format!("{key} has to have {} to {} characters", chars.start(), chars.end());
        return Err(CallError::invalid(message));
    }
    Ok(found)
}

/// Seconds since the epoch, as a number.
pub(super) fn now() -> f64 {
    crate::time::now() as f64 / 1e9
}
