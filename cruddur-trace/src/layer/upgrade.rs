//! Connections that go on after their request: WebSockets and other upgrades, tunnels.
//!
//! The request's span ends with its 101, and so does all that the layer sees of it: what is said on
//! the connection afterwards happens in a task of the user's own. [`Connection`] makes that a span: a
//! trace of its own, as long as the connection, with a link to the request's span.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::errors;
use crate::record::{Callsite, ErrorChain, Key, Link, Outcome, SpanKind};
use crate::span::{Root, RootOptions, TraceContext};

static CONNECTION: Callsite =
    Callsite::new("connection", "cruddur_trace::layer", "cruddur_trace::layer", file!(), line!())
        .with_kind(SpanKind::Server);

/// The request that a connection comes from, for a span of the connection's own.
///
/// ```
/// # fn example(request_of_a_websocket: impl FnOnce(Box<dyn FnOnce()>)) {
/// use cruddur_trace::layer::Connection;
///
/// async fn chat() { /* reads and writes until the client goes away */ }
///
/// // In the handler, where the request is still at hand …
/// let connection = Connection::of_current_request();
/// // … and around what runs once the connection is upgraded. With axum:
/// //     upgrade.on_upgrade(|socket| connection.observe("chat", chat(socket)))
/// let task = connection.observe("chat", chat());
/// # let _ = task;
/// # }
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
    pub fn observe<F: Future>(self, name: impl Into<Key>, future: F) -> ConnectionFuture<F> {
        let mut options = RootOptions::new(&CONNECTION);
        options.name = Some(name.into());
        let mut link = None;
        if let Some(origin) = self.origin {
            options.collector = crate::span::named_collector(origin.trace_id);
            let context = origin.link();
            link = Some(Link {
                trace_id: context.trace_id,
                span_id: context.span_id,
                trace_flags: context.trace_flags,
                attributes: Vec::new(),
            });
            options.sampling = Some(origin.sampling);
            options.scope = origin.scope;
        }
        let mut root = Root::start(options);
        if let Some(link) = link {
            root.add_link(link);
        }
        ConnectionFuture { future: Some(future), root: Some(root) }
    }
}

pin_project! {
    /// A connection's running, inside of its span.
    #[must_use = "futures do nothing unless polled"]
    pub struct ConnectionFuture<F> {
        #[pin]
        future: Option<F>,
        root: Option<Root>,
    }

    impl<F> PinnedDrop for ConnectionFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut root) = this.root.take() {
                // What the connection holds is dropped inside of its span.
                root.enter(|| this.future.set(None));
                root.end(Outcome::Cancelled);
            }
        }
    }
}

impl<F> fmt::Debug for ConnectionFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionFuture").field("root", &self.root).finish_non_exhaustive()
    }
}

impl<F: Future> Future for ConnectionFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let root = this.root.as_mut().expect("polled after it was ready");
        // A panic passes the root on its way here, which tells of it: nobody further out does.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            root.enter(|| match this.future.as_mut().as_pin_mut() {
                Some(future) => future.poll(context),
                None => Poll::Pending,
            })
        }));
        if !matches!(polled, Ok(Poll::Pending)) {
            root.enter(|| this.future.set(None));
        }
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                end(this.root.take(), None);
                Poll::Ready(output)
            }
            Err(panic) => {
                end(this.root.take(), Some(&*panic));
                resume_unwind(panic)
            }
        }
    }
}

fn end(root: Option<Root>, panic: Option<&(dyn Any + Send)>) {
    let Some(mut root) = root else { return };
    let Some(panic) = panic else { return root.end(Outcome::Ok) };
    root.record_error(ErrorChain {
        class: Cow::Borrowed("panic"),
        message: errors::message(panic),
        is_panic: true,
        place: errors::place_of(panic),
        ..ErrorChain::default()
    });
    root.end(Outcome::Panic);
}
