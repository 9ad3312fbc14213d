//! The span of a stream: begun at the first poll, ended with the stream, or, as cancelled, when the
//! stream is dropped before its end.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::ending::Ending;
use super::guard::{StartKind, StaticCallsite};
use super::in_poll::InPoll;
use super::life::{Entry, Life, State};
use super::mirror::Mirror;
use crate::record::Outcome;

pin_project! {
    /// A stream whose running is a span.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct ObservedStream<C, S, E> {
        callsite: PhantomData<C>,
        ending: E,
        #[pin]
        stream: S,
        items: usize,
        life: Life,
        mirror: Mirror,
    }

    impl<C, S, E> PinnedDrop for ObservedStream<C, S, E> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.life.0.enter_to_drop();
            this.mirror.enter_to_drop();
        }
    }
}

/// Makes the running of `stream` a span below the one that is current *now*; `ending` takes what
/// each item tells. How many items there were is the result's length.
#[inline]
pub fn observed_stream<C, S, E>(
    _: C,
    start: StartKind,
    stream: S,
    ending: E,
) -> ObservedStream<C, S, E>
where
    C: StaticCallsite,
    S: Stream,
    E: Fn(&S::Item, &mut Ending),
{
    let life = Life(State::capture(start, C::CALLSITE));
    let mirror = Mirror::NEW;
    ObservedStream { callsite: PhantomData, ending, stream, items: 0, life, mirror }
}

impl<C, S, E> Stream for ObservedStream<C, S, E>
where
    C: StaticCallsite,
    S: Stream,
    E: Fn(&S::Item, &mut Ending),
{
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let state = &mut this.life.0;
        let entry = state.enter(C::CALLSITE);
        if matches!(entry, Entry::Plain) {
            return this.stream.poll_next(context);
        }
        let mut poll = InPoll::new(state, entry, C::CALLSITE);
        let entered = this.mirror.enter(C::CALLSITE);
        let polled = this.stream.poll_next(context);
        match &polled {
            Poll::Ready(Some(item)) => {
                *this.items += 1;
                poll.ending(|ending| (this.ending)(item, ending));
                entered.leave();
                poll.pause();
            }
            Poll::Ready(None) => {
                if C::CALLSITE.counts_items {
                    poll.ending(|ending| ending.length(*this.items));
                }
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
