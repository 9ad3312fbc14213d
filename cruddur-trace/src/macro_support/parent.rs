//! The `parent` option.

use crate::record::TraceLink;
use crate::span::{Below, RemoteParent, StartKind, TraceContext};

/// What can be a span's parent.
#[diagnostic::on_unimplemented(
    message = "`parent` wants a trace context, a trace link or a remote parent, not `{Self}`"
)]
pub trait IntoParent {
    /// Where the span hangs; `None` leaves it below the current one.
    fn into_parent(self) -> Option<Below>;
}

/// The start of a span below the one named.
pub fn below(parent: impl IntoParent) -> StartKind {
    match parent.into_parent() {
        Some(below) => StartKind::Below(Box::new(below)),
        None => StartKind::Child,
    }
}

impl IntoParent for TraceContext {
    fn into_parent(self) -> Option<Below> {
        Some(Below::context(&self))
    }
}

impl IntoParent for TraceLink {
    fn into_parent(self) -> Option<Below> {
        Some(Below::link(self))
    }
}

impl IntoParent for RemoteParent {
    fn into_parent(self) -> Option<Below> {
        let Self { trace_id, span_id, flags } = self;
        TraceLink { trace_id, span_id, trace_flags: flags }.into_parent()
    }
}

impl<T: IntoParent> IntoParent for Option<T> {
    fn into_parent(self) -> Option<Below> {
        self.and_then(T::into_parent)
    }
}

impl<T: IntoParent + Clone> IntoParent for &T {
    fn into_parent(self) -> Option<Below> {
        self.clone().into_parent()
    }
}
