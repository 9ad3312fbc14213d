//! What arrives: one folder per protocol, one line here for each.
//!
//! A receiver decodes, applies the service's own limits and errors, and hands plain data to its
//! store. It never renders: that is `api` and the page.

pub(crate) mod cloudwatch_logs;
pub(crate) mod honeycomb;
pub(crate) mod otlp;
pub(crate) mod rollbar;
pub(crate) mod xray;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use serde_json::json;

use crate::{App, Shared};

/// The routes of every protocol.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .merge(otlp::router())
        .merge(honeycomb::router())
        .merge(rollbar::router())
        .merge(xray::router())
        // AWS JSON 1.1: every call of every service posts to `/`.
        .route("/", post(aws_json).layer(DefaultBodyLimit::max(cloudwatch_logs::MAX_REQUEST_BYTES)))
}

/// Sends an AWS JSON 1.1 call to its service, by the prefix of `X-Amz-Target`.
async fn aws_json(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let Some((service, operation)) = target.and_then(|target| target.split_once('.')) else {
        return aws_error(StatusCode::BAD_REQUEST, "MissingTargetException", "no X-Amz-Target");
    };
    if service == cloudwatch_logs::SERVICE {
        return cloudwatch_logs::answer(&app, operation, &headers, &body);
    }
    aws_error(
        StatusCode::BAD_REQUEST,
        "UnknownOperationException",
        &format!("{service}.{operation} is not served here"),
    )
}

/// An error as AWS JSON 1.1 services answer it.
pub(crate) fn aws_error(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({ "__type": kind, "message": message }).to_string();
    (status, [("content-type", "application/x-amz-json-1.1"), ("x-amzn-errortype", kind)], body)
        .into_response()
}

/// One UDP datagram: X-Ray's, as its daemon would get it.
pub(crate) fn datagram(app: &App, bytes: &[u8]) {
    xray::datagram(app, bytes);
}

/// A refusal in the words of the protocol that the request speaks.
pub(crate) fn refusal(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    status: StatusCode,
    reason: &str,
) -> Response {
    if otlp::speaks(path, headers) {
        return otlp::refusal(headers, status, reason);
    }
    if xray::speaks(path) {
        return xray::refusal(status, reason);
    }
    let is_aws = headers.contains_key("x-amz-target") || headers.contains_key("x-amz-date");
    if is_aws || (method == Method::POST && path == "/") {
        let kind = match status {
            StatusCode::FORBIDDEN => "AccessDeniedException",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "UnknownOperationException",
            _ => "InvalidParameterException",
        };
        return aws_error(status, kind, reason);
    }
    if honeycomb::speaks(path) {
        return honeycomb::refusal(status, reason);
    }
    if path.starts_with("/api/1/") {
        return (status, axum::Json(json!({ "err": 1, "message": reason }))).into_response();
    }
    (status, axum::Json(json!({ "error": reason }))).into_response()
}

/// An answer that says already what it has to say, in whatever form.
#[derive(Clone, Copy)]
pub(crate) struct AsIs;

/// Puts what the router itself refuses (a body that is too large, another method) into the words of
/// the protocol; all else passes.
pub(crate) async fn in_own_words(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    response: Response,
) -> Response {
    let is_text = response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    let is_own = response.extensions().get::<AsIs>().is_some();
    if is_own || !is_text || !response.status().is_client_error() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
    let reason = match (parts.status, std::str::from_utf8(&said)) {
        (StatusCode::METHOD_NOT_ALLOWED, _) => "this method is not served here",
        (_, Ok(said)) if !said.is_empty() => said,
        _ => "the request can't be read",
    };
    let mut answer = refusal(method, path, headers, parts.status, reason);
    if let Some(allow) = parts.headers.get(ALLOW) {
        answer.headers_mut().insert(ALLOW, allow.clone());
    }
    answer
}

/// The answer to a path that nothing serves.
pub(crate) async fn unknown(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    refusal(&method, uri.path(), &headers, StatusCode::NOT_FOUND, "nothing is served here")
}
