//! The one seam to error reports: what failed, told once per request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, Method, Uri};

use crate::record::{ErrorChain, TraceLink};
use crate::span::{Failure, Scope};

/// A request that ended in a 5xx, in a panic, or in an error of the service.
#[derive(Debug)]
pub(crate) struct FailedRequest<'a> {
    /// Its root span.
    pub(crate) link: Option<TraceLink>,
    /// What was recorded on the way out.
    pub(crate) failure: &'a Failure,
    /// The panic, or the error of the service; `None` for a response with a 5xx.
    pub(crate) error: Option<&'a ErrorChain>,
    /// The status that is answered; `None` if there is no answer.
    pub(crate) status: Option<u16>,
    /// The route's template.
    pub(crate) route: Option<&'a str>,
    /// What the client's address is taken to be.
    pub(crate) client_address: Option<std::net::IpAddr>,
    /// Request id and user.
    pub(crate) scope: &'a Arc<Scope>,
    /// The request as it came, where reports are on.
    pub(crate) request: Option<&'a KeptRequest>,
}

/// What a report tells of a request.
#[derive(Clone, Debug)]
pub(crate) struct KeptRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) scheme: &'static str,
}

static KEEP: AtomicBool = AtomicBool::new(false);

/// Lets requests be kept until their end, since somebody makes reports of those that fail.
pub(crate) fn keep_requests(keep: bool) {
    KEEP.store(keep, Ordering::Relaxed);
}

pub(crate) fn keeps_requests() -> bool {
    KEEP.load(Ordering::Relaxed)
}

/// Tells of a failed request, once. Gives the id of the report, which the client is told.
pub(crate) fn request_failed(_failed: &FailedRequest<'_>) -> Option<Arc<str>> {
    None
}
