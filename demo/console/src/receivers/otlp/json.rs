//! OTLP's JSON as protobuf: reads one and writes the other, by the table in `schema`.
//!
//! The rules are those of "JSON Protobuf Encoding" in OTLP 1.9 (read 2026-11): ids in hexadecimal of
//! either case, other bytes in base64; 64-bit integers as text or numbers; doubles as numbers, or as
//! `"NaN"`, `"Infinity"` and `"-Infinity"`; unknown fields ignored; `null` is a field that is not
//! there. Enumerations have to be numbers, but as the Collector does, their names are taken too.
//! Names in snake case are unknown fields, as the specification has it.
//!
//! It writes as it reads, so that a request never stands in memory as a tree. Nesting beyond what
//! `serde_json` reads is an error.

mod member;
mod scalar;

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::schema::Schema;
use member::Member;

/// How an error of a request that grew too large ends.
pub(super) const TOO_LARGE: &str = "the request is too large as protobuf";

/// The request in protobuf, of at most `limit` bytes.
pub(super) fn to_protobuf(
    schema: &'static Schema,
    json: &[u8],
    limit: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    Object { schema, out: &mut out, limit }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(out)
}

/// An object that is a message.
struct Object<'a> {
    schema: &'static Schema,
    out: &'a mut Vec<u8>,
    limit: usize,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Name<'_>>()? {
            let Some(field) = self.schema.named(&name.0) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = Member { field, out: self.out, limit: self.limit, is_element: false };
            map.next_value_seed(value)?;
        }
        Ok(())
    }
}

/// A key, copied only when it has escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Name)
    }
}

#[cfg(test)]
mod tests;
