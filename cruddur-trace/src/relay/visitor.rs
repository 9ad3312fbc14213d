//! Who sends: what the application knows of a request, and the browser can't forge.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;

/// Who sends, by the application's own session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// What stays the same for one browser, also when its user signs in and out; `None` where the
    /// request has no session that the application knows. Never the cookie itself.
    pub session: Option<Arc<str>>,
    /// Who is signed in.
    pub user_id: Option<Arc<str>>,
    /// Where the request comes from: the peer's address, or what a trusted proxy says.
    pub address: Option<IpAddr>,
}

/// How the application tells who sends.
#[derive(Clone)]
pub(crate) struct Identify(pub(crate) Arc<dyn Fn(&Parts) -> Visitor + Send + Sync>);
