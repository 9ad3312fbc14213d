//! Which spans are entered on a thread: they may be left in another order than they were entered.

use std::cell::RefCell;

use tracing_core::Subscriber;
use tracing_core::span::Id;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::slot::Slot;
use crate::span::foreign::{ForeignSpan, Frame};

thread_local! {
    /// Spans that were entered on this thread, the innermost last.
    static ENTERED: RefCell<Vec<EnteredSpan>> = const { RefCell::new(Vec::new()) };
}

struct EnteredSpan {
    id: Id,
    frame: Frame,
    /// It was left while another that was entered later is still there.
    is_left: bool,
}

pub(in super::super) fn enter<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(registered) = context.span(id) else { return };
    let mut extensions = registered.extensions_mut();
    let span = extensions.get_mut::<Slot>().and_then(Slot::enterable);
    if let Some(frame) = span.and_then(ForeignSpan::enter) {
        let entered = EnteredSpan { id: id.clone(), frame, is_left: false };
        let _ = ENTERED.try_with(|stack| stack.borrow_mut().push(entered));
    }
}

pub(in super::super) fn exit<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let _ = ENTERED.try_with(|stack| {
        let mut stack = stack.borrow_mut();
        if let Some(left) = stack.iter_mut().rfind(|it| it.id == *id && !it.is_left) {
            left.is_left = true;
        }
        // Out of order, a frame waits for those above it.
        while stack.last().is_some_and(|top| top.is_left)
            && let Some(EnteredSpan { id, frame, .. }) = stack.pop()
        {
            let registered = context.span(&id);
            let mut extensions = registered.as_ref().map(|span| span.extensions_mut());
            let slot = extensions.as_mut().and_then(|it| it.get_mut::<Slot>());
            match slot.and_then(|slot| slot.span.as_mut()) {
                Some(span) => span.leave(frame),
                None => frame.leave(),
            }
        }
    });
}
