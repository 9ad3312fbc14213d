//! How OTLP/JSON's lists, integers and values are read: bounded while they are read.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::relay::wire::{Structure, WireValue};

/// What the reading stops with when a list is too long; see [`super::decode_error`].
pub(super) const TOO_LONG: &str = "over the limit";

/// A list of at most `MAX`.
pub(super) struct List<T, const MAX: usize>(pub(super) Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A value, in the order in which its one field is looked for.
pub(super) struct Any(pub(super) WireValue);

/// A 64-bit integer, as a number or as text.
#[derive(Clone, Copy, Default)]
pub(super) struct Number(i128);

impl Number {
    pub(super) fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or_default()
    }

    pub(super) fn unsigned(self) -> u64 {
        u64::try_from(self.0).unwrap_or_default()
    }
}

impl Default for Any {
    fn default() -> Self {
        Self(WireValue::Other)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = List<T, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {MAX}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    if list.len() == MAX {
                        return Err(A::Error::custom(TOO_LONG));
                    }
                    list.push(item);
                }
                Ok(List(list))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }
        }

        deserializer.deserialize_any(Items(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer, as a number or as text")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                // The cast saturates.
                Ok(Number(value as i128))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(E::custom)
            }

            fn visit_unit<E: Error>(self) -> Result<Number, E> {
                Ok(Number::default())
            }
        }

        deserializer.deserialize_any(Digits)
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Values {
            values: List<Any, { Structure::STANDARD.list }>,
        }

        impl<'de> Visitor<'de> for Fields {
            type Value = Any;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value such as {\"stringValue\": \"…\"}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Any, A::Error> {
                let mut found = WireValue::Other;
                while let Some(name) = fields.next_key::<String>()? {
                    match name.as_str() {
                        "stringValue" => found = WireValue::Text(fields.next_value()?),
                        "boolValue" => found = WireValue::Bool(fields.next_value()?),
                        "intValue" => {
                            found = WireValue::Int(fields.next_value::<Number>()?.signed());
                        }
                        "doubleValue" => found = WireValue::Double(fields.next_value()?),
                        "arrayValue" => {
                            let values = fields.next_value::<Values>()?.values.0;
                            found = WireValue::List(values.into_iter().map(|it| it.0).collect());
                        }
                        _ => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Any(found))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
