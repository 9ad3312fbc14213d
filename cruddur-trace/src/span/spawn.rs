//! Work that goes on apart from its trace's root: on other tasks and threads.
//!
//! A bare `tokio::spawn(observed())` nests as well, since a call captures its parent. These helpers
//! are for what is not an observed call, and for what a position can't carry: the request's scope,
//! and the ids of a trace that is not recorded.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::panicking;

use pin_project_lite::pin_project;

use super::arena::{Arena, Parent};
use super::collect;
use super::context::current as current_context;
use super::current;
use super::entered::{Entered, Visit};
use super::position::{ANCHOR, Mode, Position};
#[cfg(feature = "_pipeline")]
use super::root::Root;
use super::scope::Scope;
use super::start;
#[cfg(feature = "_pipeline")]
use super::start::RootOptions;
use crate::record::SpanId;

/// Where a trace was left, to go on there later or elsewhere.
#[derive(Clone, Debug)]
pub struct Handle(Option<Origin>);

#[derive(Clone, Debug)]
struct Origin {
    position: Position,
    span_id: SpanId,
    parent: Parent,
    scope: Option<Arc<Scope>>,
}

impl Handle {
    /// The current position; one that does nothing where there is no trace.
    #[must_use]
    pub fn current() -> Self {
        let position = current::position();
        let origin = current_context().map(|context| {
            let (seed, index) = (position.seed, position.index);
            let id = context.span_id;
            // Of a span that is itself continued, the origin's origin is what counts.
            let outer = current::with_arena(seed, |arena| arena.parent).filter(|_| index == ANCHOR);
            let parent = outer.unwrap_or(Parent::Continued { seed, index, id });
            Origin { position, span_id: id, parent, scope: context.scope }
        });
        Self(origin)
    }

    /// The span's id.
    #[must_use]
    pub fn span_id(&self) -> Option<SpanId> {
        self.0.as_ref().map(|origin| origin.span_id)
    }

    /// Runs `run` there, on any thread: spans that it makes become children of the span.
    pub fn enter<R>(&self, run: impl FnOnce() -> R) -> R {
        match self.arena() {
            Some(arena) => {
                let _leave = HandOver::after(arena);
                run()
            }
            None => run(),
        }
    }

    /// Polls `future` there.
    pub fn instrument<F: Future>(self, future: F) -> Continued<F> {
        Continued { future, arena: self.arena(), dropping: None }
    }

    fn arena(&self) -> Option<Box<Arena>> {
        let origin = self.0.as_ref()?;
        start::continue_apart(&origin.position, origin.parent, origin.scope.clone())
    }
}

/// Hands over what was recorded when dropped, unwinding or not.
#[derive(Debug)]
struct HandOver {
    entered: Option<Entered>,
    /// Whether a panic was under way before, which is nobody's here.
    unwinding: bool,
}

impl HandOver {
    /// The arena is in place until then.
    fn after(arena: Box<Arena>) -> Self {
        Self { entered: Some(Entered::enter(arena)), unwinding: panicking() }
    }
}

impl Drop for HandOver {
    fn drop(&mut self) {
        if let Some(arena) = self.entered.take().and_then(Entered::leave) {
            if !self.unwinding && panicking() {
                collect::report_panic_apart(&arena, None);
            }
            collect::hand_over(arena);
        }
    }
}

pin_project! {
    /// A future that is polled, and dropped, in the trace where it was made.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Continued<F> {
        #[pin]
        future: F,
        arena: Option<Box<Arena>>,
        // Dropped after the future, whose destructors so run inside of the trace.
        dropping: Option<HandOver>,
    }

    impl<F> PinnedDrop for Continued<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            *this.dropping = this.arena.take().map(HandOver::after);
        }
    }
}

impl<F: Future> Future for Continued<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let visit = Visit::begin(this.arena);
        let polled = this.future.poll(context);
        if polled.is_ready()
            && let Some(arena) = visit.and_then(Visit::end)
        {
            collect::hand_over(arena);
        }
        polled
    }
}

/// Makes `future` go on in the current trace wherever it is polled: for executors that have no
/// helper of their own here.
pub fn in_current_trace<F: Future>(future: F) -> Continued<F> {
    Handle::current().instrument(future)
}

/// Spawns a task that goes on in the current trace, with the request's scope.
///
/// # Panics
/// Outside of a Tokio runtime, as `tokio::spawn` does.
#[cfg(feature = "_pipeline")]
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(in_current_trace(future))
}

/// Runs blocking code on a thread for it, in the current trace.
///
/// # Panics
/// Outside of a Tokio runtime, as `tokio::task::spawn_blocking` does.
#[cfg(feature = "_pipeline")]
#[track_caller]
pub fn spawn_blocking<F, R>(run: F) -> tokio::task::JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || handle.enter(run))
}

/// Spawns a task as a new trace that is linked to the current span: for work that outlives the
/// request and is no part of it.
///
/// # Panics
/// Outside of a Tokio runtime, as `tokio::spawn` does.
#[cfg(feature = "_pipeline")]
#[track_caller]
pub fn spawn_linked<F>(
    callsite: &'static crate::record::Callsite,
    future: F,
) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(Root::start_linked(RootOptions::new(callsite)).run(future))
}

/// Whether the current trace is recorded, dropped, or absent.
#[must_use]
pub fn is_in_trace() -> bool {
    current::mode() != Mode::None
}
