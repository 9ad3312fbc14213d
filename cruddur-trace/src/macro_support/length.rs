//! A result's length where its type has one, and silence where it has none.

use core::ops::Deref;

use crate::result_length::ResultLength;
use crate::span::Ending;

/// Asks whether it has a length.
#[derive(Debug)]
pub struct Length<'a, T>(None<'a, T>);

/// Has none.
#[derive(Debug)]
pub struct None<'a, T>(Option<&'a T>);

/// A value that there may be, to be asked for its length.
#[inline]
pub const fn length<T>(value: Option<&T>) -> Length<'_, T> {
    Length(None(value))
}

impl<T: ResultLength> Length<'_, T> {
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_length(&self, ending: &mut Ending) {
        if let Some(length) = self.0.0.and_then(ResultLength::result_length) {
            ending.length(length);
        }
    }
}

impl<T> None<'_, T> {
    #[inline]
    #[doc(hidden)]
    pub const fn __cruddur_length(&self, _: &mut Ending) {}
}

impl<'a, T> Deref for Length<'a, T> {
    type Target = None<'a, T>;

    #[inline]
    fn deref(&self) -> &None<'a, T> {
        &self.0
    }
}
