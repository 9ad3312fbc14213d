//! The cheap checks, before a byte of the body is read: method, content type, origin.

use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::answer::Refused;
use super::policy::RelayPolicy;

/// Most bytes of a body as it is sent.
pub(crate) const MAX_SENT_BYTES: usize = 256 * 1024;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What is sent, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) signal: Signal,
    pub(crate) encoding: Encoding,
    pub(crate) is_gzip: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Protobuf,
}

/// Checks 1 and 2; what the length says is believed only where it says too much.
pub(crate) fn admit(parts: &Parts, policy: &RelayPolicy) -> Result<Sent, Refused> {
    let path = parts.uri.path();
    let signal = if path.ends_with("/v1/traces") {
        Signal::Traces
    } else if path.ends_with("/v1/logs") {
        Signal::Logs
    } else {
        return Err(Refused::new(StatusCode::NOT_FOUND, "path"));
    };
    if parts.method != Method::POST {
        let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method");
        return Err(refused.with_header(ALLOW, HeaderValue::from_static("POST")));
    }
    let unsupported = |reason| Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    let encoding = match text(&parts.headers, &CONTENT_TYPE) {
        Some("application/json" | "application/json; charset=utf-8") => Encoding::Json,
        Some("application/x-protobuf") => Encoding::Protobuf,
        _ => return unsupported("content_type"),
    };
    let is_gzip = match text(&parts.headers, &CONTENT_ENCODING) {
        None if !parts.headers.contains_key(CONTENT_ENCODING) => false,
        Some("identity") => false,
        Some("gzip") => true,
        _ => return unsupported("content_encoding"),
    };

    let forbidden = |reason| Err(Refused::new(StatusCode::FORBIDDEN, reason));
    match text(&parts.headers, &ORIGIN) {
        Some(origin) if policy.origins.contains(origin) => {}
        _ => return forbidden("origin"),
    }
    match text(&parts.headers, &SEC_FETCH_SITE) {
        None if !parts.headers.contains_key(SEC_FETCH_SITE) => {}
        Some("same-origin" | "same-site") => {}
        _ => return forbidden("fetch_site"),
    }
    let length = text(&parts.headers, &CONTENT_LENGTH).and_then(|it| it.parse::<u64>().ok());
    if length.is_some_and(|it| it > MAX_SENT_BYTES as u64) {
        return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "body_size"));
    }
    Ok(Sent { signal, encoding, is_gzip })
}

/// The text of a header that stands exactly once.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
