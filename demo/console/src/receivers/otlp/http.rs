//! OTLP over HTTP: the answer has the content type of the request, errors are `google.rpc.Status`.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use prost::Message;

use super::signal::{Format, Signal};
use super::{Refused, body};
use crate::Shared;

/// `POST /v1/traces`, `/v1/logs` and `/v1/metrics`.
pub(super) async fn export(
    signal: Signal,
    State(app): State<Shared>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    match accept(signal, &app, &headers, request).await {
        Ok((format, answer)) => {
            (StatusCode::OK, [(CONTENT_TYPE, format.name())], answer).into_response()
        }
        Err(refused) => refusal(&headers, refused.status, &refused.reason),
    }
}

async fn accept(
    signal: Signal,
    app: &Shared,
    headers: &HeaderMap,
    request: Body,
) -> Result<(Format, Vec<u8>), Refused> {
    let format = format(headers).ok_or_else(|| {
        Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type must be application/x-protobuf or application/json",
        )
    })?;
    super::check_key(app, headers)?;
    let encoding = headers.get(CONTENT_ENCODING).map_or("", |value| value.to_str().unwrap_or("?"));
    let bytes = body::unpack(body::read(request).await?, encoding)?;
    Ok((format, signal.take(app, format, &bytes)?))
}

/// The refusal as `google.rpc.Status`, in JSON if the request was JSON.
pub(super) fn refusal(headers: &HeaderMap, status: StatusCode, reason: &str) -> Response {
    let code = super::grpc::code(status);
    match format(headers) {
        Some(Format::Json) => {
            let body = serde_json::json!({ "code": code, "message": reason }).to_string();
            (status, [(CONTENT_TYPE, Format::Json.name())], body).into_response()
        }
        _ => {
            let body = RpcStatus { code, message: reason.to_owned() }.encode_to_vec();
            (status, [(CONTENT_TYPE, Format::Protobuf.name())], body).into_response()
        }
    }
}

fn format(headers: &HeaderMap) -> Option<Format> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-protobuf" => Some(Format::Protobuf),
        "application/json" => Some(Format::Json),
        _ => None,
    }
}

/// `google.rpc.Status`; its `details` are never set here.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}
