//! OTLP over gRPC, framed by hand: three unary calls need no generated server.
//!
//! A message is one flag byte (1: compressed), four bytes of length, big-endian, then the bytes.
//! The answer is HTTP 200 with a message and the trailer `grpc-status: 0`, or trailers only.
//! Source: the gRPC over HTTP/2 specification (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md).

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::signal::{Format, Signal};
use super::{Refused, body};
use crate::Shared;

const FRAME_HEADER_BYTES: usize = 5;

/// What `grpc-message` must not carry as it is: everything but printable ASCII, and `%`.
const MESSAGE_ESCAPES: &AsciiSet = &CONTROLS.add(b'%');

/// The unary `Export` call of one signal.
pub(super) async fn export(
    signal: Signal,
    State(app): State<Shared>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    if !super::is_grpc(&headers) {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    match accept(signal, &app, &headers, request).await {
        Ok(answer) => ok(&answer),
        Err(refused) => refusal(refused.status, &refused.reason),
    }
}

async fn accept(
    signal: Signal,
    app: &Shared,
    headers: &HeaderMap,
    request: Body,
) -> Result<Vec<u8>, Refused> {
    super::check_key(app, headers)?;
    let encoding = headers.get("grpc-encoding").map_or("", |value| value.to_str().unwrap_or("?"));
    let message = unframe(&body::read(request).await?, encoding)?;
    signal.take(app, Format::Protobuf, &message)
}

/// The one message in `bytes`.
fn unframe(bytes: &Bytes, encoding: &str) -> Result<Bytes, Refused> {
    let bad = |reason| Refused::new(StatusCode::BAD_REQUEST, reason);
    if bytes.len() < FRAME_HEADER_BYTES {
        return Err(bad("the gRPC frame is cut off"));
    }
    let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
    if bytes.len() - FRAME_HEADER_BYTES != length {
        return Err(bad(
            "the gRPC frame's length is not the body's, or there are several messages",
        ));
    }
    let message = bytes.slice(FRAME_HEADER_BYTES..);
    match bytes[0] {
        0 => Ok(message),
        1 if encoding.is_empty() || encoding == "identity" => {
            Err(bad("the gRPC message is compressed, but grpc-encoding does not say how"))
        }
        1 => body::unpack(message, encoding),
        _ => Err(bad("the gRPC frame's first byte must be 0 or 1")),
    }
}

fn ok(message: &[u8]) -> Response {
    let mut frame = BytesMut::with_capacity(FRAME_HEADER_BYTES + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body =
        Full::new(frame.freeze()).with_trailers(async move { Some(Ok::<_, Infallible>(trailers)) });
    let mut response = plain(StatusCode::OK);
    *response.body_mut() = Body::new(body);
    response
}

/// Trailers only: the status is in the headers.
pub(super) fn refusal(status: StatusCode, reason: &str) -> Response {
    let mut response = plain(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert("grpc-status", HeaderValue::from(grpc_code(status)));
    let escaped = utf8_percent_encode(reason, MESSAGE_ESCAPES).to_string();
    if let Ok(message) = HeaderValue::from_str(&escaped) {
        headers.insert("grpc-message", message);
    }
    response
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip"));
    response
}

/// The code for `google.rpc.Status`.
pub(super) fn code(status: StatusCode) -> i32 {
    grpc_code(status).into()
}

/// The gRPC code that says the same as an HTTP status.
fn grpc_code(status: StatusCode) -> u16 {
    match status {
        StatusCode::BAD_REQUEST => 3,       // INVALID_ARGUMENT
        StatusCode::FORBIDDEN => 7,         // PERMISSION_DENIED
        StatusCode::PAYLOAD_TOO_LARGE => 8, // RESOURCE_EXHAUSTED
        StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::NOT_FOUND => 12, // UNIMPLEMENTED
        StatusCode::UNAUTHORIZED => 16,     // UNAUTHENTICATED
        _ => 13,                            // INTERNAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], encoding: &str, expected: Result<&[u8], &str>) {
        let unframed = unframe(&Bytes::copy_from_slice(bytes), encoding);
        match (unframed, expected) {
            (Ok(message), Ok(expected)) => assert_eq!(&message[..], expected),
            (Err(refused), Err(part)) => {
                assert!(refused.reason.contains(part), "{:?}", refused.reason);
            }
            (result, _) => panic!("{bytes:?}: {:?}", result.map_err(|refused| refused.reason)),
        }
    }

    #[test]
    fn frames_are_checked_before_they_are_trusted() {
        check(&[0, 0, 0, 0, 2, 7, 8], "", Ok(&[7, 8]));
        check(&[0, 0, 0, 0, 0], "gzip", Ok(&[]));
        check(&[0, 0, 0, 0], "", Err("cut off"));
        check(&[0, 0, 0, 0, 3, 7, 8], "", Err("length"));
        check(&[0, 255, 255, 255, 255, 1], "", Err("length"));
        check(&[0, 0, 0, 0, 1, 7, 8], "", Err("length"));
        check(&[1, 0, 0, 0, 1, 7], "", Err("does not say how"));
        check(&[1, 0, 0, 0, 1, 7], "gzip", Err("not valid gzip"));
        check(&[1, 0, 0, 0, 1, 7], "zstd", Err("not supported"));
        check(&[2, 0, 0, 0, 1, 7], "", Err("first byte"));
    }
}
