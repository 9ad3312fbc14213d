//! Functions that make a future or a stream: the span covers its running, below the span that was
//! current when the function was called.

use futures_core::Stream;

use super::fields::{DeferredFields, WithFields};
use crate::span::{
    Ending, Observed, ObservedStream, StartKind, StaticCallsite, observed, observed_stream,
};

/// Observes the future that `make` makes.
#[inline]
pub fn make_future<C, F, E>(
    site: C,
    start: StartKind,
    make: impl FnOnce(&mut DeferredFields) -> F,
    ending: E,
) -> Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    let mut fields = DeferredFields::kept(&start);
    observed(site, start, make(&mut fields), ending)
}

/// The same with the fields that `make` computed.
#[inline]
pub fn make_future_with_fields<C, F, E>(
    site: C,
    start: StartKind,
    make: impl FnOnce(&mut DeferredFields) -> F,
    ending: E,
) -> Observed<C, WithFields<F>, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    let mut fields = DeferredFields::kept(&start);
    let future = make(&mut fields);
    observed(site, start, WithFields::new(fields, future), ending)
}

/// Observes the stream that `make` makes.
#[inline]
pub fn make_stream<C, S, E>(
    site: C,
    start: StartKind,
    make: impl FnOnce(&mut DeferredFields) -> S,
    ending: E,
) -> ObservedStream<C, S, E>
where
    C: StaticCallsite,
    S: Stream,
    E: Fn(&S::Item, &mut Ending),
{
    let mut fields = DeferredFields::kept(&start);
    observed_stream(site, start, make(&mut fields), ending)
}

/// The same with the fields that `make` computed.
#[inline]
pub fn make_stream_with_fields<C, S, E>(
    site: C,
    start: StartKind,
    make: impl FnOnce(&mut DeferredFields) -> S,
    ending: E,
) -> ObservedStream<C, WithFields<S>, E>
where
    C: StaticCallsite,
    S: Stream,
    E: Fn(&S::Item, &mut Ending),
{
    let mut fields = DeferredFields::kept(&start);
    let stream = make(&mut fields);
    observed_stream(site, start, WithFields::new(fields, stream), ending)
}
