//! What the layer has to know of a request and a response, whatever client they are of.

use http::{HeaderMap, Request, Response, StatusCode, Version};

/// How often a request has been sent before, for [`ClientLayer`](super::ClientLayer): a retrying
/// layer's policy puts it into the extensions of the request that it sends again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResendCount(pub u32);

/// A request on its way out.
pub trait OutgoingRequest {
    /// E.g. `GET`.
    fn method(&self) -> &str;

    /// The host without its port; `None` where the request does not say it.
    fn host(&self) -> Option<&str>;

    /// The port, or the usual one of the scheme.
    fn port(&self) -> Option<u16>;

    /// The whole URL.
    fn url(&self) -> String;

    /// Where context is written to.
    fn headers_mut(&mut self) -> &mut HeaderMap;

    /// How often it has been sent before.
    fn resend_count(&self) -> Option<u32>;
}

/// A response that came in.
pub trait IncomingResponse {
    /// Its status.
    fn status(&self) -> StatusCode;

    /// The version of HTTP.
    fn version(&self) -> Version;

    /// What gRPC says, where it says it in the headers: a call that failed before it answered. With
    /// the other calls it is in the trailers, which come after the span.
    fn grpc_status(&self) -> Option<i64> {
        None
    }
}

impl<B> OutgoingRequest for Request<B> {
    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn host(&self) -> Option<&str> {
        self.uri().host()
    }

    fn port(&self) -> Option<u16> {
        let usual = || match self.uri().scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        };
        self.uri().port_u16().or_else(usual)
    }

    fn url(&self) -> String {
        self.uri().to_string()
    }

    fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }

    fn resend_count(&self) -> Option<u32> {
        self.extensions().get::<ResendCount>().map(|count| count.0)
    }
}

impl<B> IncomingResponse for Response<B> {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn version(&self) -> Version {
        self.version()
    }

    fn grpc_status(&self) -> Option<i64> {
        self.headers().get("grpc-status")?.to_str().ok()?.parse().ok()
    }
}
