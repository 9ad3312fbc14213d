//! Errors as the service answers them: AWS JSON 1.1.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: "InvalidParameterException", message: message.into() }
    }

    pub(super) fn too_many() -> Self {
        let message = "Resource limit exceeded.".to_owned();
        Self { code: "LimitExceededException", message }
    }

    pub(super) fn not_found(what: &str) -> Self {
        let message = format!("The specified {what} does not exist.");
        Self { code: "ResourceNotFoundException", message }
    }

    pub(super) fn exists(what: &str) -> Self {
        let message = format!("The specified {what} already exists");
        Self { code: "ResourceAlreadyExistsException", message }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/x-amz-json-1.1"),
            (HeaderName::from_static("x-amzn-errortype"), self.code),
        ];
        let body = json!({ "__type": self.code, "message": self.message });
        (StatusCode::BAD_REQUEST, headers, Json(body)).into_response()
    }
}
