//! Errors as Honeycomb answers them: RFC 7807 fields, with the message as `error` as well.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that is refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The last part of the problem's URI.
    kind: &'static str,
    title: &'static str,
    error: String,
    details: Vec<Value>,
}

impl Problem {
    fn new(status: u16, kind: &'static str, title: &'static str, error: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, kind, title, error: error.into(), details: Vec::new() }
    }

    pub(super) fn unknown_key() -> Self {
        let error = "unknown API key - check your credentials, region, and API URL";
        Self::new(401, "unauthenticated", "The provided credentials are invalid.", error)
    }

    pub(super) fn forbidden(permission: &str) -> Self {
        let error = format!("the API key lacks the permission {permission}");
        Self::new(403, "forbidden", "You don't have permission to do that.", error)
    }

    pub(super) fn not_found(what: &str) -> Self {
        let error = format!("{what} not found");
        Self::new(404, "not-found", "The requested resource cannot be found.", error)
    }

    pub(super) fn conflict(error: impl Into<String>) -> Self {
        Self::new(409, "conflict", "The resource already exists.", error)
    }

    pub(super) fn unparseable(error: impl Into<String>) -> Self {
        let title = "The request body could not be parsed.";
        Self::new(400, "unparseable", title, error)
    }

    /// One field that is wrong.
    pub(super) fn invalid(field: &str, code: &str, description: impl Into<String>) -> Self {
        let description = description.into();
        let title = "The provided input is invalid.";
        let mut problem = Self::new(422, "validation-failed", title, title);
        problem.details = vec![json!({ "field": field, "code": code, "description": description })];
        problem
    }

    pub(super) fn plain(status: StatusCode, error: &str) -> Self {
        Self::new(status.as_u16(), "refused", "The request was refused.", error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "status": self.status.as_u16(),
            "type": format!("https://api.honeycomb.io/problems/{}", self.kind),
            "title": self.title,
            "error": self.error,
        });
        if !self.details.is_empty() {
            body["type_detail"] = Value::Array(self.details);
        }
        (self.status, Json(body)).into_response()
    }
}
