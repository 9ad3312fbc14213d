//! Connections that go on after their request: WebSockets and other upgrades, tunnels.
//!
//! The request's span ends with its 101, and so does all that the layer sees of it: what is said on
//! the connection afterwards happens in a task of the user's own. [`Connection`] makes that a span: a
//! trace of its own, as long as the connection, with a link to the request's span.

use crate::record::{Callsite, Key, Link, SpanKind};
use crate::span::{Root, RootFuture, RootOptions, TraceContext};

static CONNECTION: Callsite =
    Callsite::new("connection", "cruddur_trace::layer", "cruddur_trace::layer", file!(), line!())
        .with_kind(SpanKind::Server);

/// The request that a connection comes from, for a span of the connection's own.
///
/// ```
/// use cruddur_trace::layer::Connection;
///
/// async fn chat() { /* reads and writes until the client goes away */ }
///
/// // In the handler, where the request is still at hand …
/// let connection = Connection::of_current_request();
/// // … and around what runs once the connection is upgraded. With axum:
/// //     upgrade.on_upgrade(|socket| connection.observe("chat", chat(socket)))
/// let running = connection.observe("chat", chat());
/// # drop(running);
/// ```
#[derive(Clone, Debug)]
pub struct Connection {
    /// `None` outside of any request.
    origin: Option<TraceContext>,
}

impl Connection {
    /// Of the request that is being handled here; outside of any, the connection's trace has no link.
    #[must_use]
    pub fn of_current_request() -> Self {
        Self { origin: crate::span::current() }
    }

    /// Makes the running of `future` the connection's span: the root of a new trace, linked to the
    /// request's span and sampled as that is, with the request's user and request id. It ends with
    /// the future; dropped before, it is cancelled, and a panic is recorded and goes on.
    pub fn observe<F: Future>(self, name: impl Into<Key>, future: F) -> RootFuture<F> {
        let mut options = RootOptions::new(&CONNECTION);
        options.name = Some(name.into());
        let mut link = None;
        if let Some(origin) = self.origin {
            options.collector = crate::span::named_collector(origin.trace_id);
            link = Some(Link::from(origin.link()));
            options.sampling = Some(origin.sampling);
            options.scope = origin.scope;
        }
        let mut root = Root::start(options);
        if let Some(link) = link {
            root.add_link(link);
        }
        root.run(future)
    }
}
