//! AWS X-Ray: the daemon's UDP and TCP protocols, and the API.
//!
//! The daemon's TCP port is a proxy for the API, so both are one: signed requests and unsigned ones
//! are served alike, and no signature is checked. Limits and error names are the service's.
//! Source: API reference of AWS X-Ray, and "Sending trace data to X-Ray", read 2026-11.

mod call;
mod filter;
mod groups;
mod rules;
mod segments;
mod summary;
pub(crate) mod validate;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;

use crate::{App, Shared};

pub(crate) use filter::Filter;
pub(crate) use summary::summary;

/// Largest request: 50 documents of 64 KiB whose every byte is escaped, and room for the rest.
const MAX_REQUEST_BYTES: usize = 8 << 20;

/// Every call of the API, by its path.
const PATHS: [&str; 15] = [
    "/TraceSegments",
    "/TelemetryRecords",
    "/Traces",
    "/TraceSummaries",
    "/GetSamplingRules",
    "/SamplingTargets",
    "/SamplingStatisticSummaries",
    "/CreateSamplingRule",
    "/UpdateSamplingRule",
    "/DeleteSamplingRule",
    "/Groups",
    "/GetGroup",
    "/CreateGroup",
    "/UpdateGroup",
    "/DeleteGroup",
];

/// Whether a request to `path` is one to X-Ray.
pub(super) fn speaks(path: &str) -> bool {
    PATHS.contains(&path)
}

/// A refusal in X-Ray's words.
pub(super) fn refusal(status: StatusCode, reason: &str) -> Response {
    let code = match status {
        StatusCode::FORBIDDEN => "AccessDeniedException",
        _ => "InvalidRequestException",
    };
    let body = json!({ "Message": reason }).to_string();
    let headers = [("content-type", "application/json"), ("x-amzn-errortype", code)];
    (status, headers, body).into_response()
}

/// The routes of the API.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/TraceSegments", post(segments::put))
        .route("/TelemetryRecords", post(segments::telemetry))
        .route("/Traces", post(segments::batch_get))
        .route("/TraceSummaries", post(segments::summaries))
        .route("/GetSamplingRules", post(rules::get))
        .route("/SamplingTargets", post(rules::targets))
        .route("/SamplingStatisticSummaries", post(rules::statistics))
        .route("/CreateSamplingRule", post(rules::create))
        .route("/UpdateSamplingRule", post(rules::update))
        .route("/DeleteSamplingRule", post(rules::delete))
        .route("/Groups", post(groups::list))
        .route("/GetGroup", post(groups::get))
        .route("/CreateGroup", post(groups::create))
        .route("/UpdateGroup", post(groups::update))
        .route("/DeleteGroup", post(groups::delete))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
}

/// One datagram: a header line, then a document.
pub(super) fn datagram(app: &App, bytes: &[u8]) {
    segments::datagram(app, bytes);
}
