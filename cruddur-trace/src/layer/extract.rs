//! axum extractors for what a handler may want to tell its caller.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::record::TraceLink;

/// The current trace, as a handler's argument: `None` outside of an observed request.
///
/// ```
/// use cruddur_trace::layer::Traced;
///
/// async fn handler(Traced(trace): Traced) -> String {
///     trace.map_or_else(String::new, |trace| trace.trace_id.to_string())
/// }
/// # let _ = axum::routing::get::<_, _, ()>(handler);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced(pub Option<TraceLink>);

impl<S: Sync> FromRequestParts<S> for Traced {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(crate::span::current_link()))
    }
}

/// The request's id, as a handler's argument: `None` outside of an observed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Option<Arc<str>>);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(crate::span::request_id()))
    }
}
