//! What a function returns, by type: a value, or a boxed future or stream, perhaps behind an alias.
//!
//! The body's closure is made before it runs, so its type can be asked first. Where it gives a boxed
//! future or stream, the span covers the running of that, and the result is boxed again.

use core::marker::PhantomData;
use core::ops::Deref;
use core::pin::Pin;

use futures_core::Stream;

use super::fields::{DeferredFields, WithFields};
use super::make::{make_future_with_fields, make_stream_with_fields};
use crate::span::{
    Ending, Observed, ObservedStream, StartKind, StaticCallsite, enter, observed, observed_stream,
};

/// A body that has not run.
#[derive(Debug)]
pub struct Once<F, R> {
    body: F,
    returns: Any<R>,
}

/// A body that gives a value, as far as is known.
#[derive(Debug)]
pub struct Any<R>(PhantomData<fn() -> R>);

/// Makes `body` a closure that runs once, whatever it captures.
#[inline]
pub const fn once<R, F: FnOnce(&mut DeferredFields) -> R>(body: F) -> Once<F, R> {
    Once { body, returns: Any(PhantomData) }
}

impl<F, R> Deref for Once<F, R> {
    type Target = Any<R>;

    #[inline]
    fn deref(&self) -> &Any<R> {
        &self.returns
    }
}

impl<F, R: Future> Once<F, R> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_future(&self) -> MadeFuture {
        MadeFuture
    }
}

impl<F, R: Stream> Once<F, R> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_stream(&self) -> MadeStream {
        MadeStream
    }
}

/// It gives a value: the span covers the call.
#[derive(Clone, Copy, Debug)]
pub struct Value;

impl<R> Any<R> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_form(&self) -> Value {
        Value
    }

    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_future(&self) -> Value {
        Value
    }

    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_stream(&self) -> Value {
        Value
    }
}

/// It gives a future: the span covers its running.
#[derive(Clone, Copy, Debug)]
pub struct MadeFuture;

impl MadeFuture {
    /// Runs the body, and observes what it gives.
    #[inline]
    pub fn run<C, R, F, E>(
        self,
        once: Once<F, R>,
        site: C,
        start: StartKind,
        ending: E,
        _: impl FnOnce() -> PhantomData<R>,
    ) -> Observed<C, WithFields<R>, E>
    where
        C: StaticCallsite,
        R: Future,
        F: FnOnce(&mut DeferredFields) -> R,
        E: Fn(&R::Output, &mut Ending),
    {
        make_future_with_fields(site, start, once.body, ending)
    }
}

/// It gives a stream: the span covers its running.
#[derive(Clone, Copy, Debug)]
pub struct MadeStream;

impl MadeStream {
    /// Runs the body, and observes what it gives.
    #[inline]
    pub fn run<C, R, F, E>(
        self,
        once: Once<F, R>,
        site: C,
        start: StartKind,
        ending: E,
        _: impl FnOnce() -> PhantomData<R>,
    ) -> ObservedStream<C, WithFields<R>, E>
    where
        C: StaticCallsite,
        R: Stream,
        F: FnOnce(&mut DeferredFields) -> R,
        E: Fn(&R::Item, &mut Ending),
    {
        make_stream_with_fields(site, start, once.body, ending)
    }
}

impl Value {
    /// Runs the body.
    #[inline]
    pub fn run<C: StaticCallsite, R, F: FnOnce(&mut DeferredFields) -> R>(
        self,
        once: Once<F, R>,
        site: C,
        start: StartKind,
        ending: impl FnOnce(&R, &mut Ending),
        _: impl FnOnce() -> PhantomData<R>,
    ) -> R {
        let mut guard = enter(site, start);
        let result = (once.body)(&mut DeferredFields::of::<C>());
        guard.ending(|end| ending(&result, end));
        result
    }
}

/// A closure that is never called and captures nothing. It tells the type of what a box makes.
///
/// A box that may outlive `'a` need not say that what it makes does: `BoxFuture<'static, T>` is written
/// where `T: 'static` is not known, and a wrapper that names `T` could not be boxed there. It can name
/// the closure, which outlives all that it doesn't capture, and reach `T` through it.
pub trait Makes {
    /// The output of the future, or the item of the stream.
    type Made;
}

impl<T, M: FnOnce() -> PhantomData<T>> Makes for M {
    type Made = T;
}

macro_rules! boxed {
    ($($form:ident: $trait:ident<$item:ident> $(+ $auto:ident)*, $observed:ident;)*) => {$(
        impl<'a, F, T> Once<F, Pin<Box<dyn $trait<$item = T> $(+ $auto)* + 'a>>> {
            #[inline]
            #[doc(hidden)]
            pub const fn __cruddur_form(&self) -> $form {
                $form
            }
        }

        /// It gives a box of something that runs.
        #[derive(Clone, Copy, Debug)]
        pub struct $form;

        impl $form {
            /// Runs the body, and observes what it gives.
            #[inline]
            pub fn run<'a, C, T, F, E, M>(
                self,
                once: Once<F, Pin<Box<dyn $trait<$item = T> $(+ $auto)* + 'a>>>,
                site: C,
                start: StartKind,
                ending: E,
                _: M,
            ) -> Pin<Box<dyn $trait<$item = T> $(+ $auto)* + 'a>>
            where
                C: StaticCallsite,
                F: FnOnce(&mut DeferredFields) -> Pin<Box<dyn $trait<$item = T> $(+ $auto)* + 'a>>,
                E: Fn(&T, &mut Ending) $(+ $auto)* + 'a,
                M: Makes<Made = T> + 'a,
            {
                let mut fields = DeferredFields::kept(&start);
                let inner = (once.body)(&mut fields);
                Self::again::<C, E, M>(site, start, WithFields::new(fields, inner), ending)
            }

            fn again<'a, C, E, M>(
                site: C,
                start: StartKind,
                inner: WithFields<Pin<Box<dyn $trait<$item = M::Made> $(+ $auto)* + 'a>>>,
                ending: E,
            ) -> Pin<Box<dyn $trait<$item = M::Made> $(+ $auto)* + 'a>>
            where
                C: StaticCallsite,
                E: Fn(&M::Made, &mut Ending) $(+ $auto)* + 'a,
                M: Makes + 'a,
            {
                Box::pin($observed(site, start, inner, ending))
            }
        }
    )*};
}
boxed!(
    SendFuture: Future<Output> + Send, observed;
    SyncFuture: Future<Output> + Send + Sync, observed;
    LocalFuture: Future<Output>, observed;
    SendStream: Stream<Item> + Send, observed_stream;
    LocalStream: Stream<Item>, observed_stream;
);
