//! What the expansion of `#[observe]` calls. Not public API: it may change in any release, and only
//! with the macro crate, whose version is pinned exactly.
//!
//! A result is asked what it tells by its *type*, since an alias hides it from a macro: inherent
//! methods bound to what a type can do, and `Deref` to the next best where it can't. Method calls in
//! the expansion look long and odd so that no trait of the user's can answer them.

mod call;
mod failure;
mod fields;
mod form;
mod length;
mod make;
mod outcome;
mod parent;

pub use core::convert::identity;
pub use core::future::Future;
pub use core::marker::PhantomData;
pub use core::{concat, file, module_path};

pub use self::call::{call, hint, never, observed, tell};
pub use self::failure::{Chain, debug, display, failure, named, report_if, shown};
pub use self::fields::{DeferredFields, Fields, WithFields, fields_of_current, wants_fields};
pub use self::form::once;
pub use self::length::length;
pub use self::make::{make_future, make_future_with_fields, make_stream, make_stream_with_fields};
pub use self::outcome::{holds, mark_failed, measured, must_be_result, parts, tell_nothing};
pub use self::parent::{IntoParent, below};
pub use crate::record::{Callsite, Level, SpanKind};
pub use crate::span::{
    Captured, Ending, Guard, Observed, StartKind, StaticCallsite, capture, enter,
};
