//! One member of an object: its value, by what the schema says of the field.

use std::fmt;

use prost::encoding::{WireType, encode_key, encode_varint};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::scalar::{base64, double, hex};
use super::{Object, TOO_LARGE};
use crate::receivers::otlp::schema::{Field, Kind};

/// The value of a field, or one element of its list.
pub(super) struct Member<'a> {
    pub(super) field: &'static Field,
    pub(super) out: &'a mut Vec<u8>,
    pub(super) limit: usize,
    pub(super) is_element: bool,
}

impl Member<'_> {
    fn is_many(&self) -> bool {
        !self.is_element && (self.field.is_list || matches!(self.field.kind, Kind::Many(_)))
    }

    fn wrong<E: Error>(&self, found: impl fmt::Display) -> E {
        E::custom(format_args!("{} can't be {found}", self.field.name))
    }

    fn key(&mut self, wire: WireType) {
        encode_key(self.field.number, wire, self.out);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.key(WireType::LengthDelimited);
        encode_varint(bytes.len() as u64, self.out);
        self.out.extend_from_slice(bytes);
    }

    fn varint(&mut self, number: u64) {
        self.key(WireType::Varint);
        encode_varint(number, self.out);
    }

    fn fixed64(&mut self, bytes: [u8; 8]) {
        self.key(WireType::SixtyFourBit);
        self.out.extend_from_slice(&bytes);
    }

    /// A whole number, however it was written.
    fn integer<E: Error>(&mut self, number: i128) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("a number: it is a list"));
        }
        let range = |error| self.wrong::<E>(format_args!("{number}: {error}"));
        match self.field.kind {
            Kind::Double => self.fixed64((number as f64).to_le_bytes()),
            Kind::Uint32 => {
                let number = u32::try_from(number).map_err(range)?;
                self.varint(number.into());
            }
            Kind::Fixed32 => {
                let number = u32::try_from(number).map_err(range)?;
                self.key(WireType::ThirtyTwoBit);
                self.out.extend_from_slice(&number.to_le_bytes());
            }
            // Unknown numbers of an enumeration stay what they are.
            Kind::Enum(..) => {
                let number = i32::try_from(number).map_err(range)?;
                self.varint(i64::from(number).cast_unsigned());
            }
            Kind::Sint32 => {
                let number = i32::try_from(number).map_err(range)?;
                self.varint(((number << 1) ^ (number >> 31)).cast_unsigned().into());
            }
            Kind::Int64 => {
                let number = i64::try_from(number).map_err(range)?;
                self.varint(number.cast_unsigned());
            }
            Kind::SFixed64 => {
                let number = i64::try_from(number).map_err(range)?;
                self.fixed64(number.to_le_bytes());
            }
            Kind::Uint64 => {
                let number = u64::try_from(number).map_err(range)?;
                self.varint(number);
            }
            Kind::Fixed64 => {
                let number = u64::try_from(number).map_err(range)?;
                self.fixed64(number.to_le_bytes());
            }
            _ => return Err(self.wrong("a number")),
        }
        Ok(())
    }

    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        match self.field.kind {
            Kind::Text => self.bytes(text.as_bytes()),
            Kind::Hex => {
                let bytes = hex(text).ok_or_else(|| self.wrong::<E>("other than hexadecimal"))?;
                self.bytes(&bytes);
            }
            Kind::Base64 => {
                let bytes = base64(text).ok_or_else(|| self.wrong::<E>("other than base64"))?;
                self.bytes(&bytes);
            }
            Kind::Enum(prefix, names) => {
                let name = text.strip_prefix(prefix);
                let number = names.iter().position(|known| name == Some(known));
                let number = number.ok_or_else(|| self.wrong::<E>(format_args!("{text:?}")))?;
                self.varint(number as u64);
            }
            Kind::Double => {
                let number =
                    double(text).ok_or_else(|| self.wrong::<E>(format_args!("{text:?}")))?;
                self.fixed64(number.to_le_bytes());
            }
            Kind::Bool | Kind::One(_) | Kind::Many(_) => return Err(self.wrong("text")),
            _ => match text.parse::<i128>() {
                Ok(number) => return self.integer(number),
                Err(_) => return Err(self.wrong(format_args!("{text:?}"))),
            },
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.out.len() > self.limit {
            return Err(D::Error::custom(TOO_LARGE));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of OTLP")
    }

    /// `null` is as if the field were not there; in a list it is nothing that protobuf can say.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.is_element { Err(self.wrong("null in a list")) } else { Ok(()) }
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        if !matches!(self.field.kind, Kind::Bool) {
            return Err(self.wrong(value));
        }
        self.varint(value.into());
        Ok(())
    }

    fn visit_u64<E: Error>(mut self, number: u64) -> Result<(), E> {
        self.integer(number.into())
    }

    fn visit_i64<E: Error>(mut self, number: i64) -> Result<(), E> {
        self.integer(number.into())
    }

    fn visit_f64<E: Error>(mut self, number: f64) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("a number: it is a list"));
        }
        if matches!(self.field.kind, Kind::Double) {
            self.fixed64(number.to_le_bytes());
            return Ok(());
        }
        // `1.0` and `1e3` are whole numbers, too.
        if number.fract() == 0.0 && number.abs() < 1e19 {
            return self.integer(number as i128);
        }
        Err(self.wrong(number))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        if self.is_many() {
            return Err(self.wrong("text: it is a list"));
        }
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.is_many() {
            return Err(self.wrong("a list"));
        }
        let Self { field, out, limit, .. } = self;
        loop {
            let element = Member { field, out: &mut *out, limit, is_element: true };
            if list.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let (Kind::One(schema) | Kind::Many(schema)) = self.field.kind else {
            return Err(self.wrong("an object"));
        };
        if self.is_many() {
            return Err(self.wrong("an object: it is a list"));
        }
        let mut inner = Vec::new();
        let limit = self.limit.saturating_sub(self.out.len());
        Object { schema, out: &mut inner, limit }.visit_map(map)?;
        self.bytes(&inner);
        Ok(())
    }
}
