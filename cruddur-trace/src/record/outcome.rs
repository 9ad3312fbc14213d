//! How a span ended.

use std::borrow::Cow;

/// How the observed code ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned, and the result was no `Err`.
    #[default]
    Ok,
    /// It returned an `Err`, or was marked as failed.
    Error,
    /// It panicked.
    Panic,
    /// Its future was dropped before it was ready.
    Cancelled,
    /// It had not ended when it was exported (at shutdown, or after a timeout).
    Unfinished,
}

/// The span's status in OpenTelemetry's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Nobody said.
    #[default]
    Unset,
    /// Somebody said that it is well, whatever else it looks like.
    Ok,
    /// It failed.
    Error {
        /// Why; may be empty.
        message: Cow<'static, str>,
    },
}

/// An error with what caused it: rendered as OpenTelemetry's `exception` event and its likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorChain {
    /// The type's name, e.g. `app::AppError`; of causes as far as it is known, else empty.
    pub class: Cow<'static, str>,
    /// What `Display` (or what the user chose) gives.
    pub message: String,
    /// `source()`, and its source, and so on; outermost first.
    pub causes: Vec<String>,
    /// The type of each cause, as far as its `Debug` tells; else empty.
    pub cause_classes: Vec<String>,
    /// Where it was recorded: file and line. `None` where it is not known.
    pub place: Option<(&'static str, u32)>,
    /// A backtrace as text, if the error carried one.
    pub backtrace: Option<String>,
    /// Whether it left the function by unwinding.
    pub is_panic: bool,
}
