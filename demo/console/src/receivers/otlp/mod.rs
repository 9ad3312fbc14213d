//! OTLP 1.x traces, logs and metrics: HTTP with protobuf or JSON, and gRPC, each also with gzip.
//!
//! `body` undoes compression within limits, `http` and `grpc` frame requests and answers, `signal`
//! decodes each signal (`json` by the table in `schema`, nothing above `weight`) and hands it to its
//! store. Source: opentelemetry.io/docs/specs/otlp, 1.9.

mod body;
mod grpc;
mod http;
mod json;
mod schema;
mod signal;
mod weight;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;

use crate::Shared;
use signal::Signal;

pub(crate) fn router() -> Router<Shared> {
    let mut router = Router::new();
    for signal in Signal::ALL {
        router = router
            .route(
                signal.http_path(),
                post(move |app, headers, body| http::export(signal, app, headers, body)),
            )
            .route(
                signal.grpc_path(),
                post(move |app, headers, body| grpc::export(signal, app, headers, body)),
            );
    }
    router
}

/// Whether a request to `path` speaks OTLP.
pub(crate) fn speaks(path: &str, headers: &HeaderMap) -> bool {
    is_grpc(headers) || Signal::ALL.iter().any(|signal| path == signal.http_path())
}

/// A refusal as OTLP answers it: `grpc-status` for gRPC, else a `google.rpc.Status`.
pub(crate) fn refusal(headers: &HeaderMap, status: StatusCode, reason: &str) -> Response {
    if is_grpc(headers) {
        grpc::refusal(status, reason)
    } else {
        http::refusal(headers, status, reason)
    }
}

/// Honeycomb's header may be left out here; if it is there, its key must be one that Honeycomb takes.
fn check_key(app: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    match super::honeycomb::refusal_of_key(app, headers) {
        Some(reason) => Err(Refused::new(StatusCode::UNAUTHORIZED, reason)),
        None => Ok(()),
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// Why a request was not taken, before it is put into a protocol's words.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }
}
