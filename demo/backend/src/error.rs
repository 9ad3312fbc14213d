//! What the API answers when it can't do what was asked.
//!
//! As in the original, the body of a refusal is the bare array of its codes.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// Why there is no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppError {
    /// 422: the request breaks these rules.
    Invalid(Vec<&'static str>),
    /// 404.
    NotFound(&'static str),
    /// The body is no JSON of the right form: 400, 413, 415 or 422.
    Body(JsonRejection),
    /// 500: the database failed.
    Store(StoreError),
    /// 500: something that the failing routes make up.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(codes) => (StatusCode::UNPROCESSABLE_ENTITY, Json(codes)).into_response(),
            Self::NotFound(code) => (StatusCode::NOT_FOUND, Json([code])).into_response(),
            Self::Body(rejection) => (rejection.status(), Json(["body_invalid"])).into_response(),
            // What failed is for the error report, not for whoever asks.
            Self::Store(_) | Self::Failed(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, Json(["internal_error"])).into_response()
            }
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(codes) => write!(f, "the request is not valid: {}", codes.join(", ")),
            Self::NotFound(code) => write!(f, "nothing found: {code}"),
            Self::Body(_) => f.write_str("the body is not valid"),
            Self::Store(_) => f.write_str("the database failed"),
            Self::Failed(_) => f.write_str("the request failed"),
        }
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(_) | Self::NotFound(_) => None,
            Self::Body(rejection) => Some(rejection),
            Self::Store(error) => Some(error),
            Self::Failed(error) => Some(error.as_ref()),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<JsonRejection> for AppError {
    fn from(rejection: JsonRejection) -> Self {
        Self::Body(rejection)
    }
}
