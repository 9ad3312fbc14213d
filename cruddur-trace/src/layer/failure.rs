//! The one seam to error reports: a failed request is told of once, with the request described.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::HOST;
use http::{HeaderMap, Method, Request, Uri};

use super::route::Matched;
use crate::errors::{
    ClientAddress, DescribeRequest, FailedRequest, ReportedRequest, client_address, report_request,
    scrubber,
};
use crate::record::ErrorChain;
use crate::span::{Failure, TraceContext};

/// What a report tells of a request: kept as it came, scrubbed when somebody wants to know.
#[derive(Clone, Debug)]
pub(crate) struct KeptRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    scheme: &'static str,
    client: Option<IpAddr>,
    matched: Matched,
}

static KEEP: AtomicBool = AtomicBool::new(false);

/// Lets requests be kept until their end, since somebody makes reports of those that fail. It costs
/// a copy of the headers a request, so nobody keeps them without need.
pub(crate) fn keep_requests(keep: bool) {
    KEEP.store(keep, Ordering::Relaxed);
}

impl KeptRequest {
    /// The request, if requests are kept.
    pub(crate) fn of<B>(
        request: &Request<B>,
        scheme: &'static str,
        client: Option<IpAddr>,
    ) -> Option<Arc<dyn DescribeRequest>> {
        KEEP.load(Ordering::Relaxed).then(|| {
            let kept = Self {
                method: request.method().clone(),
                uri: request.uri().clone(),
                headers: request.headers().clone(),
                scheme,
                client,
                matched: Matched::of(request.extensions()),
            };
            Arc::new(kept) as Arc<dyn DescribeRequest>
        })
    }

    fn url(&self) -> String {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = self.uri.authority().map(http::uri::Authority::as_str).or(host);
        let path = self.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{}://{}{path}", self.scheme, host.unwrap_or("localhost"));
        scrubber().url(&url).into_owned()
    }
}

/// Headers that tell the client's address.
const ADDRESS_HEADERS: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "x-client-ip",
];

impl DescribeRequest for KeptRequest {
    fn describe(&self) -> ReportedRequest {
        let scrubber = scrubber();
        let policy = client_address();
        let is_told = |(name, _): &(&http::HeaderName, &http::HeaderValue)| {
            policy == ClientAddress::Full || !ADDRESS_HEADERS.contains(&name.as_str())
        };
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = scrubber.header(name.as_str(), value.as_bytes()).into_owned();
            (name.to_string(), value)
        };
        ReportedRequest {
            method: self.method.to_string(),
            url: self.url(),
            route: self.matched.as_str().map(str::to_owned),
            headers: self.headers.iter().filter(is_told).map(header).collect(),
            query: self.uri.query().map_or_else(Vec::new, |query| scrubber.parameters(query)),
            client_address: self.client.and_then(|client| policy.apply(client)),
            ..ReportedRequest::default()
        }
    }
}

/// Tells of a request that ended in a 5xx, in a panic, or in an error of the service or its body.
/// Gives the report's id, which the client is told; `None` if nobody takes reports.
pub(crate) fn tell(
    context: Option<TraceContext>,
    failure: Failure,
    status: Option<u16>,
    panic: Option<&(dyn Any + Send)>,
    error: Option<&ErrorChain>,
) -> Option<String> {
    report_request(FailedRequest { context, failure, status, panic, error: error.cloned() })
}
