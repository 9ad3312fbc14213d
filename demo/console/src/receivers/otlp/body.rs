//! Reads a request's body within limits and undoes its compression.
//!
//! The limits are the Collector's: 20 MiB on the wire (`confighttp`'s `max_request_body_size`
//! default, read 2026-11), and here four times that when unpacked, so that a small request can't
//! become a large one.

use std::io::Read;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;

use super::Refused;

const MAX_WIRE_BYTES: usize = 20 << 20;
pub(super) const MAX_UNPACKED_BYTES: usize = 80 << 20;

/// The whole body, as sent.
pub(super) async fn read(body: Body) -> Result<Bytes, Refused> {
    axum::body::to_bytes(body, MAX_WIRE_BYTES).await.map_err(|error| {
        let too_large = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
        if too_large {
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 20 MiB")
        } else {
            Refused::new(StatusCode::BAD_REQUEST, "the request's body could not be read")
        }
    })
}

/// What `bytes` hold under `encoding` (`identity`, empty, or `gzip`).
pub(super) fn unpack(bytes: Bytes, encoding: &str) -> Result<Bytes, Refused> {
    match encoding {
        "" | "identity" => Ok(bytes),
        "gzip" => gunzip(&bytes),
        other => Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("the encoding {other:?} is not supported; use gzip or none"),
        )),
    }
}

fn gunzip(bytes: &[u8]) -> Result<Bytes, Refused> {
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(MAX_UNPACKED_BYTES as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "the body is not valid gzip"))?;
    if unpacked.len() > MAX_UNPACKED_BYTES {
        return Err(Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the request is larger than 80 MiB when unpacked",
        ));
    }
    Ok(unpacked.into())
}
