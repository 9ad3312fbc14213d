//! `reqwest` as a client: its own requests and responses, and a way to send without a Tower stack.

use http::{HeaderMap, StatusCode, Version};
use tower_layer::Layer as _;
use tower_service::Service as _;

use super::{ClientLayer, IncomingResponse, OutgoingRequest};

impl OutgoingRequest for reqwest::Request {
    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn host(&self) -> Option<&str> {
        self.url().host_str()
    }

    fn port(&self) -> Option<u16> {
        self.url().port_or_known_default()
    }

    fn url(&self) -> String {
        self.url().to_string()
    }

    fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }

    fn resend_count(&self) -> Option<u32> {
        None
    }
}

impl IncomingResponse for reqwest::Response {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn version(&self) -> Version {
        self.version()
    }
}

/// Sends a request of `reqwest` as a CLIENT span.
pub trait SendObserved {
    /// Sends the request as [`ClientLayer::new`] does, with context for the hosts of
    /// `CRUDDUR_PROPAGATE_TO`.
    ///
    /// # Errors
    ///
    /// Those of [`reqwest::RequestBuilder::send`].
    fn send_observed(
        self,
    ) -> impl Future<Output = Result<reqwest::Response, reqwest::Error>> + Send;
}

impl SendObserved for reqwest::RequestBuilder {
    async fn send_observed(self) -> Result<reqwest::Response, reqwest::Error> {
        let (client, request) = self.build_split();
        ClientLayer::new().layer(client).call(request?).await
    }
}
