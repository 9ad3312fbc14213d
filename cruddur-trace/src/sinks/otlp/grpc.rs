//! gRPC's own marks on an HTTP/2 request and its answer: headers, the frame, texts in trailers.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

/// What `-bin` headers hold: base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn headers(is_gzip: bool, timeout: Duration) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    if is_gzip {
        headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
    }
    // At most eight digits.
    let millis = timeout.as_millis().min(99_999_999);
    if let Ok(timeout) = HeaderValue::try_from(format!("{millis}m")) {
        headers.insert("grpc-timeout", timeout);
    }
    headers
}

/// One byte that says whether it is compressed, four for its length, the message.
pub(super) fn frame(message: &[u8], is_gzip: bool) -> Bytes {
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.put_u8(u8::from(is_gzip));
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

/// As `grpc-message` is written.
pub(super) fn message(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// As `grpc-status-details-bin` is written; `None` if it is not.
pub(super) fn details(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_base64_with_or_without_padding() {
        let check = |text: &str, expected: Option<&[u8]>| {
            assert_eq!(details(text).as_deref(), expected, "{text}");
        };
        check("aGk=", Some(b"hi"));
        check("aGk", Some(b"hi"));
        check("", Some(b""));
        check("a b", None);
    }

    #[test]
    fn messages_are_percent_decoded() {
        assert_eq!(message("a%20b%zz%"), "a b%zz%");
    }
}
