//! What a result is: a `Result` (behind whatever alias) or any other value.

use core::convert::Infallible;
use core::ops::Deref;

use crate::record::ErrorChain;
use crate::span::Ending;

/// Asks a result whether it is a `Result`.
#[derive(Debug)]
pub struct Parts<'a, R>(PartsOfAny<'a, R>);

/// The answer for any other type.
#[derive(Debug)]
pub struct PartsOfAny<'a, R>(&'a R);

/// The value and the error of a result.
#[inline]
pub const fn parts<R>(result: &R) -> Parts<'_, R> {
    Parts(PartsOfAny(result))
}

impl<'a, T, E> Parts<'a, Result<T, E>> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_parts(&self) -> (Option<&'a T>, Option<&'a E>) {
        match self.0.0 {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        }
    }
}

impl<'a, R> PartsOfAny<'a, R> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_parts(&self) -> (Option<&'a R>, Option<&'a Infallible>) {
        (Some(self.0), None)
    }
}

impl<'a, R> Deref for Parts<'a, R> {
    type Target = PartsOfAny<'a, R>;

    #[inline]
    fn deref(&self) -> &PartsOfAny<'a, R> {
        &self.0
    }
}

/// What options about errors need the result to be.
#[diagnostic::on_unimplemented(
    message = "`#[observe]`: an option about errors needs a function that returns a `Result`",
    label = "this is no `Result`"
)]
pub trait IsResult {}

impl<T, E> IsResult for Result<T, E> {}

/// Refuses what is no `Result`.
#[inline]
pub const fn must_be_result<R: IsResult>(_: &R) {}

/// `ok_if` and `error_if`: asks a result, and gives a closure its argument's type.
#[inline]
pub fn holds<R: ?Sized>(result: &R, question: impl FnOnce(&R) -> bool) -> bool {
    question(result)
}

/// `result_length = function`: the same for a length.
#[inline]
pub fn measured<R: ?Sized>(result: &R, measure: impl FnOnce(&R) -> usize) -> usize {
    measure(result)
}

/// The span failed although the result is no error.
pub fn mark_failed(ending: &mut Ending) {
    ending.error_chain(ErrorChain {
        message: "the result counts as an error".to_owned(),
        ..ErrorChain::default()
    });
}

/// The ending of a function whose result tells nothing.
#[inline]
pub const fn tell_nothing<R>(_: &R, _: &mut Ending) {}
