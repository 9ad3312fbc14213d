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
use axum::routing::post;

use crate::{App, Shared};

pub(crate) use filter::Filter;
pub(crate) use summary::summary;

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
}

/// One datagram: a header line, then a document.
pub(super) fn datagram(app: &App, bytes: &[u8]) {
    segments::datagram(app, bytes);
}
