//! What the result of a function tells of its span.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::collect;
use super::current;
use super::field::{Field, FieldWriter, format_safely};
use super::position::{ANCHOR, Mode};
use crate::record::{Callsite, ErrorChain, Usage};

/// The key of a result's length, where a result has one.
pub(crate) const RESULT_LENGTH: &str = "app.result_length";

/// How deep a chain of causes is followed.
const MAX_CAUSES: usize = 32;

/// Takes what a result tells of the span that is about to end.
#[derive(Debug)]
pub struct Ending {
    pub(super) seed: u64,
    pub(super) index: u32,
    pub(super) mode: Mode,
    pub(super) callsite: &'static Callsite,
    pub(super) failed: bool,
}

impl Ending {
    /// Whether the span is recorded. An error is worth telling even when it is not: a report of the
    /// failure does not depend on sampling.
    #[must_use]
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.mode == Mode::Record
    }

    /// Whether there is a trace at all.
    #[must_use]
    #[inline]
    pub fn is_in_trace(&self) -> bool {
        self.mode != Mode::None
    }

    /// The result's length: elements of a list, bytes of text.
    #[inline]
    pub fn length(&mut self, length: usize) {
        self.field(RESULT_LENGTH, &length, Usage::Detail);
    }

    /// A field of the span.
    #[inline]
    pub fn field<F: Field + ?Sized>(&mut self, key: &'static str, value: &F, usage: Usage) {
        if self.is_recording() {
            value.record(&mut FieldWriter::new(self.seed, self.index, key, usage));
        }
    }

    /// The result is an error: records it with its causes, and the span has failed.
    #[cold]
    pub fn error(&mut self, class: &'static str, error: &(dyn Error + '_)) {
        if self.is_in_trace() {
            self.error_chain(chain_of(class, error));
        }
    }

    /// The result is an error that is told by a text alone.
    #[cold]
    pub fn error_message(&mut self, class: &'static str, message: fmt::Arguments<'_>) {
        if self.is_in_trace() {
            let message = format_safely(message);
            self.error_chain(ErrorChain { class: class.into(), message, ..ErrorChain::default() });
        }
    }

    /// The result is this error: records it, and the span has failed.
    #[cold]
    pub fn error_chain(&mut self, error: ErrorChain) {
        self.failed = true;
        match self.mode {
            Mode::None => {}
            Mode::Record => {
                current::with_arena(self.seed, |arena| arena.error(self.index, error));
            }
            Mode::Drop => {
                current::set_failing(true);
                current::with_arena(self.seed, |arena| {
                    arena.failed_in(self.callsite, ANCHOR, ANCHOR, Some(&error));
                });
            }
        }
    }

    /// Reports the failure now, although it may be recovered from.
    #[cold]
    pub fn report(&mut self) {
        current::with_arena(self.seed, |arena| {
            collect::report_recovered(arena, self.callsite, self.index);
        });
    }

    /// Below a dropped root, a function that is well ends whatever failure came as far as here.
    #[inline]
    pub(super) fn recovered(&self) {
        if !self.failed && current::is_failing() {
            current::set_failing(false);
            current::with_arena(self.seed, |arena| arena.failed.clear());
        }
    }

    /// Below a dropped root, a panic passes this function.
    #[cold]
    pub(super) fn panicked(&self) {
        current::set_failing(true);
        current::with_arena(self.seed, |arena| {
            arena.failed_in(self.callsite, ANCHOR, ANCHOR, None);
        });
    }
}

/// An error with its causes as text.
pub(crate) fn chain_of(class: &'static str, error: &(dyn Error + '_)) -> ErrorChain {
    let causes =
        || std::iter::successors(error.source(), |cause| (*cause).source()).take(MAX_CAUSES);
    ErrorChain {
        class: class.into(),
        message: format_safely(format_args!("{error}")),
        causes: causes().map(|cause| format_safely(format_args!("{cause}"))).collect(),
        cause_classes: causes().map(class_by_debug).collect(),
        ..ErrorChain::default()
    }
}

/// The name that `Debug` begins with: the type's, wherever `Debug` is derived. Formatting stops after
/// the name, however large the rest is.
fn class_by_debug(error: &(dyn Error + '_)) -> String {
    struct Name(String);

    impl fmt::Write for Name {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let end = text.find(|it| !is_part(it)).unwrap_or(text.len());
            self.0.push_str(&text[..end]);
            if end < text.len() || self.0.len() > 64 { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut name = Name(String::new());
    let debug = AssertUnwindSafe(|| {
        // Cut short on purpose: the name is all that is wanted.
        let _ = fmt::write(&mut name, format_args!("{error:?}"));
    });
    let is_name = catch_unwind(debug).is_ok()
        && name.0.len() <= 64
        && name.0.starts_with(|first: char| first.is_ascii_uppercase());
    if is_name { name.0 } else { String::new() }
}
