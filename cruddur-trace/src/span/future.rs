//! The span of an asynchronous call.
//!
//! The parent is captured when the function is called; the span begins at the first poll and ends in
//! the poll that is ready, or, as cancelled, when the future is dropped before. Where it is in
//! between is [`super::life`]'s, and how each poll is entered and left [`super::in_poll`]'s.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::ending::Ending;
use super::guard::{StartKind, StaticCallsite};
use super::in_poll::InPoll;
use super::life::{Entry, Life, State};
use super::mirror::Mirror;
use crate::record::Outcome;

pin_project! {
    /// A future whose running is a span.
    ///
    /// The future is dropped before the state is (fields drop in the order of their declaration), so
    /// its destructors run inside of the span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Observed<C, F, E> {
        callsite: PhantomData<C>,
        ending: E,
        #[pin]
        future: F,
        life: Life,
        mirror: Mirror,
    }

    impl<C, F, E> PinnedDrop for Observed<C, F, E> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.life.0.enter_to_drop();
            this.mirror.enter_to_drop();
        }
    }
}

/// The beginning of a call: its parent, captured before there is a future.
#[derive(Debug)]
pub struct Captured<C> {
    callsite: PhantomData<C>,
    life: Life,
}

/// Captures the span that is current *now* as the parent of a call.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would copy the state once more")]
pub fn capture<C: StaticCallsite>(_: C, start: StartKind) -> Captured<C> {
    Captured { callsite: PhantomData, life: Life(State::capture(start, C::CALLSITE)) }
}

impl<C: StaticCallsite> Captured<C> {
    /// Makes the running of `future` the call's span; `ending` takes what the result tells.
    ///
    /// A future that is made in this call's arguments is made where it will be polled: nothing that
    /// may unwind comes between, so the compiler need not keep it elsewhere and copy it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would copy the future once more")]
    pub fn observe<F, E>(self, future: F, ending: E) -> Observed<C, F, E>
    where
        F: Future,
        E: Fn(&F::Output, &mut Ending),
    {
        Observed { callsite: self.callsite, ending, future, life: self.life, mirror: Mirror::NEW }
    }
}

/// Makes the running of `future` a span below the one that is current *now*; `ending` takes what the
/// result tells.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would copy the future once more")]
pub fn observed<C, F, E>(site: C, start: StartKind, future: F, ending: E) -> Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    capture(site, start).observe(future, ending)
}

impl<C, F, E> Future for Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let state = &mut this.life.0;
        let entry = state.enter(C::CALLSITE);
        if matches!(entry, Entry::Plain) {
            return this.future.poll(context);
        }
        let mut poll = InPoll::new(state, entry, C::CALLSITE);
        let entered = this.mirror.enter(C::CALLSITE);
        let polled = this.future.poll(context);
        match &polled {
            Poll::Ready(output) => {
                poll.ending(|ending| (this.ending)(output, ending));
                entered.leave();
                this.mirror.close();
                poll.finish(Outcome::Ok);
            }
            Poll::Pending => {
                entered.leave();
                poll.pause();
            }
        }
        polled
    }
}
