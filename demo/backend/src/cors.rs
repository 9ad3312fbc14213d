//! Which other origin's pages may call the API: the configured frontend's, exactly.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::settings::Origin;

/// Headers that a page may send: the original's two, and the three that carry a trace.
const ALLOWED: [HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::IF_MODIFIED_SINCE,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
];

/// Headers of an answer that a page may read.
const EXPOSED: [HeaderName; 5] = [
    HeaderName::from_static("server-timing"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-error-id"),
    header::RETRY_AFTER,
];

pub(crate) fn layer(frontend: &Origin) -> CorsLayer {
    let origin = HeaderValue::from_str(frontend.as_str()).expect("an origin is fit for a header");
    CorsLayer::new()
        .allow_origin(AllowOrigin::list([origin]))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(ALLOWED)
        .expose_headers(EXPOSED)
        .max_age(Duration::from_secs(600))
}
