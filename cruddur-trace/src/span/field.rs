//! What can be a field's value: borrowed, and copied into the arena.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::arena::FieldKind;
use super::current;
use crate::record::{Attribute, Usage, Value};

/// A value that a field of `#[observe]` can have.
///
/// Implemented for numbers, booleans, text, options and references of these, and lists. For any
/// other type use `%value` ([`DisplayField`]) or `?value` ([`DebugField`]).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field's value as it is",
    note = "write `%value` to record what `Display` gives, or `?value` for `Debug`"
)]
pub trait Field {
    /// Hands the value to the writer; nothing, if there is no value.
    fn record(&self, writer: &mut FieldWriter);
}

/// The seed of no arena.
const KEEPING: u64 = 0;

thread_local! {
    static KEPT: Cell<Option<Value>> = const { Cell::new(None) };
}

#[cold]
fn keep(value: Value) {
    KEPT.set(Some(value));
}

/// Takes one value for one key of one span.
#[derive(Debug)]
pub struct FieldWriter {
    seed: u64,
    span: u32,
    key: &'static str,
    usage: Usage,
}

impl FieldWriter {
    pub(crate) const fn new(seed: u64, span: u32, key: &'static str, usage: Usage) -> Self {
        Self { seed, span, key, usage }
    }

    /// A writer that keeps the value instead: for a span that has not begun.
    pub(crate) const fn keeping(key: &'static str, usage: Usage) -> Self {
        Self { seed: KEEPING, span: 0, key, usage }
    }

    /// What a keeping writer was given last.
    pub(crate) fn into_kept(self) -> Option<Attribute> {
        let value = KEPT.take()?;
        Some(Attribute { key: self.key.into(), value, usage: self.usage })
    }

    #[inline]
    fn bits(&self, kind: FieldKind, bits: u64) {
        let written = current::with_arena(self.seed, |arena| {
            arena.field(self.span, self.key, kind, bits, self.usage);
        });
        if written.is_none() && self.seed == KEEPING {
            keep(match kind {
                FieldKind::Bool => Value::Bool(bits != 0),
                FieldKind::F64 => Value::F64(f64::from_bits(bits)),
                _ => Value::I64(bits.cast_signed()),
            });
        }
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        self.bits(FieldKind::Bool, u64::from(value));
    }

    /// A signed integer.
    pub fn i64(&mut self, value: i64) {
        self.bits(FieldKind::I64, value.cast_unsigned());
    }

    /// A double.
    pub fn f64(&mut self, value: f64) {
        self.bits(FieldKind::F64, value.to_bits());
    }

    /// Text, which is copied.
    pub fn str(&mut self, text: &str) {
        let written = current::with_arena(self.seed, |arena| {
            arena.text_field(self.span, self.key, text, self.usage);
        });
        if written.is_none() && self.seed == KEEPING {
            keep(Value::Str(text.to_owned().into()));
        }
    }

    /// What formatting gives. If formatting panics, a note says so in place of the text.
    pub fn fmt(&mut self, arguments: fmt::Arguments<'_>) {
        match arguments.as_str() {
            Some(text) => self.str(text),
            None => self.str(&format_safely(arguments)),
        }
    }

    /// Any value.
    pub fn value(&mut self, value: Value) {
        if self.seed == KEEPING {
            return keep(value);
        }
        let attribute = Attribute { key: self.key.into(), value, usage: self.usage };
        current::with_arena(self.seed, |arena| arena.attribute(self.span, attribute));
    }
}

/// What formatting gives, into a string of its own: no code of the user's runs while the arena is
/// taken out, and a panicking `Display` fails nobody's handler.
pub(crate) fn format_safely(arguments: fmt::Arguments<'_>) -> String {
    use fmt::Write as _;
    let mut text = String::new();
    let done = catch_unwind(AssertUnwindSafe(|| text.write_fmt(arguments)));
    match done {
        Ok(Ok(())) => text,
        Ok(Err(fmt::Error)) => text + "<formatting failed>",
        Err(_) => text + "<formatting panicked>",
    }
}

/// Records what `Display` gives.
#[derive(Debug)]
pub struct DisplayField<'a, T: ?Sized>(pub &'a T);

/// Records what `Debug` gives.
#[derive(Debug)]
pub struct DebugField<'a, T: ?Sized>(pub &'a T);

impl<T: fmt::Display + ?Sized> Field for DisplayField<'_, T> {
    fn record(&self, writer: &mut FieldWriter) {
        writer.fmt(format_args!("{}", self.0));
    }
}

impl<T: fmt::Debug + ?Sized> Field for DebugField<'_, T> {
    fn record(&self, writer: &mut FieldWriter) {
        writer.fmt(format_args!("{:?}", self.0));
    }
}

macro_rules! integer_fields {
    ($($integer:ty),*) => {$(
        impl Field for $integer {
            /// Saturates at the bounds of `i64`: OpenTelemetry has no wider integers.
            #[inline]
            fn record(&self, writer: &mut FieldWriter) {
                let bound = if *self > 0 { i64::MAX } else { i64::MIN };
                writer.i64(i64::try_from(*self).unwrap_or(bound));
            }
        }
        impl Field for std::num::NonZero<$integer> {
            #[inline]
            fn record(&self, writer: &mut FieldWriter) {
                self.get().record(writer);
            }
        }
    )*};
}
#[allow(clippy::useless_conversion, unused_comparisons, reason = "one macro for all widths")]
mod integers {
    use super::{Field, FieldWriter};
    integer_fields!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
}

impl Field for bool {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        writer.bool(*self);
    }
}

impl Field for f64 {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        writer.f64(*self);
    }
}

impl Field for f32 {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        writer.f64(f64::from(*self));
    }
}

impl Field for str {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        writer.str(self);
    }
}

impl Field for String {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        writer.str(self);
    }
}

impl Field for char {
    fn record(&self, writer: &mut FieldWriter) {
        writer.str(self.encode_utf8(&mut [0; 4]));
    }
}

impl Field for fmt::Arguments<'_> {
    fn record(&self, writer: &mut FieldWriter) {
        writer.fmt(*self);
    }
}

impl Field for Value {
    fn record(&self, writer: &mut FieldWriter) {
        writer.value(self.clone());
    }
}

macro_rules! pointer_fields {
    ($($pointer:ty),*) => {$(
        impl<T: Field + ?Sized> Field for $pointer {
            #[inline]
            fn record(&self, writer: &mut FieldWriter) {
                (**self).record(writer);
            }
        }
    )*};
}
pointer_fields!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

impl<T: Field + ToOwned + ?Sized> Field for Cow<'_, T> {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        (**self).record(writer);
    }
}

/// Nothing is recorded for `None`.
impl<T: Field> Field for Option<T> {
    #[inline]
    fn record(&self, writer: &mut FieldWriter) {
        if let Some(value) = self {
            value.record(writer);
        }
    }
}

impl<T: Clone + Into<Value>> Field for [T] {
    fn record(&self, writer: &mut FieldWriter) {
        writer.value(Value::Array(self.iter().cloned().map(Into::into).collect()));
    }
}

impl<T: Clone + Into<Value>> Field for Vec<T> {
    fn record(&self, writer: &mut FieldWriter) {
        self.as_slice().record(writer);
    }
}

impl<T: Clone + Into<Value>, const N: usize> Field for [T; N] {
    fn record(&self, writer: &mut FieldWriter) {
        self.as_slice().record(writer);
    }
}
