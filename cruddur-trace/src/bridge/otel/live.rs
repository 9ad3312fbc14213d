//! API spans that have not ended, with the observed span that was current when they were made.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;

use crate::record::SpanId;
use crate::span::active::Active;
use crate::span::foreign::ForeignSpan;
use crate::span::{self, Position};

static LIVE: LazyLock<Mutex<HashMap<SpanId, Live>>> = LazyLock::new(Mutex::default);

/// API spans that are remembered at most; parents beyond that are taken for remote ones.
const MAX_LIVE: usize = 65_536;

/// One of them.
pub(super) struct Live {
    pub(super) span: ForeignSpan,
    pub(super) made_at: Position,
}

/// Remembers a span until it ends.
pub(super) fn remember(span: &ForeignSpan, made_at: Position) {
    let Some(link) = span.link() else { return };
    let mut live = lock();
    let known = Live { span: span.shadow(), made_at };
    if live.len() < MAX_LIVE && live.insert(link.span_id, known).is_none() {
        span::active::count(true);
    }
}

/// Forgets a span that ends.
pub(super) fn forget(span: &ForeignSpan) {
    if let Some(link) = span.link()
        && lock().remove(&link.span_id).is_some()
    {
        span::active::count(false);
    }
}

/// Looks at the span with this id, if it is one of ours that has not ended.
pub(super) fn find<R>(id: SpanId, look: impl FnOnce(&Live) -> R) -> Option<R> {
    lock().get(&id).map(look)
}

/// The active span of the API, if it is one of ours.
pub(super) fn active() -> Option<Active> {
    let id = Context::map_current(|context| {
        let id = context.has_active_span().then(|| context.span().span_context().span_id());
        id.and_then(|id| SpanId::from_bytes(id.to_bytes()))
    })?;
    find(id, |known| known.span.active(known.made_at))?
}

fn lock() -> MutexGuard<'static, HashMap<SpanId, Live>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}
