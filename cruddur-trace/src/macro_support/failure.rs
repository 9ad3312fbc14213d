//! What is known of an error, by what its type can do.
//!
//! In this order: an [`Error`] with its causes; a box of one (`anyhow::Error`, `Box<dyn Error>`); what
//! `Display` gives; what `Debug` gives; the type's name alone. No lifetime is asked to be `'static`:
//! methods are chosen without regard to lifetimes, and a borrowed error would not compile then.

use core::any::type_name;
use core::error::Error;
use core::fmt::{Debug, Display};
use core::ops::Deref;

use crate::record::ErrorChain;
use crate::span::{Ending, chain_of, format_safely};

/// Asks whether it is an [`Error`].
#[derive(Debug)]
pub struct Failure<'a, E>(Boxed<'a, E>);

/// Asks whether it is a box of an error.
#[derive(Debug)]
pub struct Boxed<'a, E>(Displayed<'a, E>);

/// Asks whether it can be displayed.
#[derive(Debug)]
pub struct Displayed<'a, E>(Debugged<'a, E>);

/// Asks whether it has a `Debug`.
#[derive(Debug)]
pub struct Debugged<'a, E>(Named<'a, E>);

/// Knows its type's name.
#[derive(Debug)]
pub struct Named<'a, E>(Option<&'a E>);

/// An error that may have happened, to be asked what it can do.
#[inline]
pub const fn failure<E>(error: Option<&E>) -> Failure<'_, E> {
    Failure(Boxed(Displayed(Debugged(Named(error)))))
}

/// The type of an error that may have happened, which is asked nothing.
pub fn named<E>(error: Option<&E>) -> Chain {
    Chain(error.map(of_name))
}

/// What an error told.
#[derive(Debug)]
pub struct Chain(Option<ErrorChain>);

/// What a box of an error derefs to.
pub trait DynError {
    /// Class, message and causes.
    fn chain(&self, class: &'static str) -> ErrorChain;
}

macro_rules! dyn_errors {
    ($($error:ty),*) => {$(
        impl<'a> DynError for $error {
            fn chain(&self, class: &'static str) -> ErrorChain {
                chain_of(class, self)
            }
        }
    )*};
}
dyn_errors!(dyn Error + 'a, dyn Error + Send + 'a, dyn Error + Send + Sync + 'a);

impl<E> Named<'_, E> {
    #[inline]
    fn tell(&self, ending: &mut Ending, chain: fn(&E) -> ErrorChain) {
        if let Some(error) = self.0 {
            tell_cold(error, ending, chain);
        }
    }
}

#[cold]
#[inline(never)]
fn tell_cold<E>(error: &E, ending: &mut Ending, chain: fn(&E) -> ErrorChain) {
    ending.error_chain(chain(error));
}

impl<E: Error> Failure<'_, E> {
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_failure(&self, ending: &mut Ending) {
        self.0.0.0.0.tell(ending, of_error);
    }

    #[doc(hidden)]
    pub fn __cruddur_chain(&self) -> Chain {
        Chain(self.0.0.0.0.0.map(of_error))
    }
}

impl<E> Boxed<'_, E>
where
    E: Deref,
    E::Target: DynError,
{
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_failure(&self, ending: &mut Ending) {
        self.0.0.0.tell(ending, of_boxed);
    }

    #[doc(hidden)]
    pub fn __cruddur_chain(&self) -> Chain {
        Chain(self.0.0.0.0.map(of_boxed))
    }
}

impl<E: Display> Displayed<'_, E> {
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_failure(&self, ending: &mut Ending) {
        self.0.0.tell(ending, of_display);
    }

    #[doc(hidden)]
    pub fn __cruddur_chain(&self) -> Chain {
        Chain(self.0.0.0.map(of_display))
    }
}

impl<E: Debug> Debugged<'_, E> {
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_failure(&self, ending: &mut Ending) {
        self.0.tell(ending, of_debug);
    }

    #[doc(hidden)]
    pub fn __cruddur_chain(&self) -> Chain {
        Chain(self.0.0.map(of_debug))
    }
}

impl<E> Named<'_, E> {
    #[inline]
    #[doc(hidden)]
    pub fn __cruddur_failure(&self, ending: &mut Ending) {
        self.tell(ending, of_name);
    }

    #[doc(hidden)]
    pub fn __cruddur_chain(&self) -> Chain {
        Chain(self.0.map(of_name))
    }
}

fn of_error<E: Error>(error: &E) -> ErrorChain {
    chain_of(type_name::<E>(), error)
}

fn of_boxed<E: Deref<Target: DynError>>(error: &E) -> ErrorChain {
    error.chain(type_name::<E>())
}

fn of_display<E: Display>(error: &E) -> ErrorChain {
    of_message::<E>(format_safely(format_args!("{error}")))
}

fn of_debug<E: Debug>(error: &E) -> ErrorChain {
    of_message::<E>(format_safely(format_args!("{error:?}")))
}

fn of_name<E>(_: &E) -> ErrorChain {
    of_message::<E>(String::new())
}

fn of_message<E>(message: String) -> ErrorChain {
    ErrorChain { class: type_name::<E>().into(), message, ..ErrorChain::default() }
}

macro_rules! derefs {
    ($($from:ident => $to:ident),*) => {$(
        impl<'a, E> Deref for $from<'a, E> {
            type Target = $to<'a, E>;

            #[inline]
            fn deref(&self) -> &$to<'a, E> {
                &self.0
            }
        }
    )*};
}
derefs!(Failure => Boxed, Boxed => Displayed, Displayed => Debugged, Debugged => Named);

impl Chain {
    /// The same with another message.
    #[must_use]
    pub fn with(mut self, message: Option<String>) -> Self {
        if let (Some(chain), Some(message)) = (&mut self.0, message) {
            chain.message = message;
        }
        self
    }

    /// Without causes.
    #[must_use]
    pub fn message_only(mut self) -> Self {
        if let Some(chain) = &mut self.0 {
            chain.causes.clear();
            chain.cause_classes.clear();
        }
        self
    }

    /// Without message and causes, which may hold what should not leave the process.
    #[must_use]
    pub fn class_only(self) -> Self {
        let mut only = self.message_only();
        if let Some(chain) = &mut only.0 {
            chain.message.clear();
        }
        only
    }

    /// Records it.
    pub fn tell(self, ending: &mut Ending) {
        if let Some(chain) = self.0 {
            ending.error_chain(chain);
        }
    }
}

/// `err = Display`.
pub fn display<E: Display>(error: Option<&E>) -> Option<String> {
    error.map(|error| format_safely(format_args!("{error}")))
}

/// `err = Debug`.
pub fn debug<E: Debug>(error: Option<&E>) -> Option<String> {
    error.map(|error| format_safely(format_args!("{error:?}")))
}

/// `err = function`.
pub fn shown<E, D: Display>(error: Option<&E>, show: impl FnOnce(&E) -> D) -> Option<String> {
    error.map(|error| format_safely(format_args!("{}", show(error))))
}

/// `report_if = function`: reports the failure now, whatever becomes of the request.
pub fn report_if<E>(ending: &mut Ending, error: Option<&E>, test: impl FnOnce(&E) -> bool) {
    if error.is_some_and(test) {
        ending.report();
    }
}
