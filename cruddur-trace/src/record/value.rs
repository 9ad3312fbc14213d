//! Attribute keys and values.

use std::borrow::Cow;
use std::fmt;

/// The name of an attribute: a literal in nearly every case, so usually nothing is copied.
pub type Key = Cow<'static, str>;

/// What an attribute holds: the types of an OpenTelemetry attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A double.
    F64(f64),
    /// Text.
    Str(Cow<'static, str>),
    /// A list. OpenTelemetry asks that all be of one type.
    Array(Vec<Value>),
}

/// One attribute of a span, an event or a log record.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name, as OpenTelemetry's conventions spell it.
    pub key: Key,
    /// Its value.
    pub value: Value,
    /// What a backend that tells searchable from descriptive data should make of it.
    pub usage: Usage,
}

/// What an attribute is for, where a backend makes a difference (X-Ray: annotations, metadata).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usage {
    /// The sink decides by its own settings.
    #[default]
    Default,
    /// People will search by it.
    Indexed,
    /// It describes, and is not searched by.
    Detail,
}

impl Attribute {
    /// An attribute for the sinks to use as they see fit.
    #[must_use]
    pub fn new(key: impl Into<Key>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), value: value.into(), usage: Usage::Default }
    }

    /// Bytes that it takes in a queue, about.
    pub(super) fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.key.len() + self.value.size_bytes()
    }
}

impl Value {
    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::I64(number) => Some(*number),
            _ => None,
        }
    }

    /// Bytes that the value holds, for memory bounds: text as UTF-8, every number 8.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Bool(_) => 1,
            Self::I64(_) | Self::F64(_) => 8,
            Self::Str(text) => text.len(),
            Self::Array(values) => values.iter().map(Self::size_bytes).sum(),
        }
    }
}

/// Text as it is, numbers in decimal, lists in brackets.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Str(value) => value.fmt(f),
            Self::Array(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::I64(i64::from(value))
            }
        }
    )*};
}
from_integer!(i8, i16, i32, i64, u8, u16, u32);

/// Saturates at `i64::MAX`: OpenTelemetry has no unsigned integers.
macro_rules! from_wide_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::I64(i64::try_from(value).unwrap_or(i64::MAX))
            }
        }
    )*};
}
from_wide_integer!(u64, usize, u128);

impl From<isize> for Value {
    fn from(value: isize) -> Self {
        Self::I64(value as i64)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::F64(f64::from(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Self::Str(Cow::Borrowed(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(Cow::Owned(value))
    }
}

impl From<Cow<'static, str>> for Value {
    fn from(value: Cow<'static, str>) -> Self {
        Self::Str(value)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}
