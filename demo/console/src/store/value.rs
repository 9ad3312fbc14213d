//! An attribute's value with its type, and how it is written as JSON.

use std::collections::HashSet;
use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// An attribute key, shared between the spans that carry it.
pub(crate) type Key = Arc<str>;

/// A typed value, as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    List(Vec<Value>),
    Map(Vec<(Key, Value)>),
}

/// Keys and values, in the order sent.
pub(crate) type Attributes = Vec<(Key, Value)>;

/// Integers beyond this lose digits in JavaScript.
const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

impl Value {
    /// Its type's name, where JSON alone does not show it.
    pub(crate) fn type_name(&self) -> Option<&'static str> {
        match self {
            Self::Int(number) if number.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs() => {
                Some("int")
            }
            Self::Double(_) => Some("double"),
            Self::Bytes(_) => Some("bytes"),
            _ => None,
        }
    }

    /// The number in it, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as people write it in a search.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => (&**text).into(),
            Self::Null => "null".into(),
            Self::Bool(value) => if *value { "true" } else { "false" }.into(),
            Self::Int(value) => value.to_string().into(),
            Self::Double(value) => value.to_string().into(),
            other => serde_json::to_string(other).unwrap_or_default().into(),
        }
    }

    /// About what it takes in memory beyond its own size.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) => 0,
            Self::Text(text) => ALLOCATION + text.len(),
            Self::Bytes(bytes) => ALLOCATION + bytes.len(),
            Self::List(values) => {
                values.iter().map(|value| size_of::<Self>() + value.bytes()).sum()
            }
            Self::Map(entries) => attributes_bytes(entries),
        }
    }
}

/// What the allocator adds to a piece of memory, about.
const ALLOCATION: usize = 16;

/// What a list of attributes takes in memory, at most: keys count in full, though most are shared.
pub(crate) fn attributes_bytes(attributes: &[(Key, Value)]) -> usize {
    let one = |(key, value): &(Key, Value)| {
        size_of::<(Key, Value)>() + ALLOCATION + key.len() + value.bytes()
    };
    attributes.iter().map(one).sum()
}

/// About what a JSON value takes in memory.
pub(crate) fn json_bytes(json: &Json) -> usize {
    let own = size_of::<Json>();
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => own,
        Json::String(text) => own + 16 + text.len(),
        Json::Array(values) => own + values.iter().map(json_bytes).sum::<usize>(),
        Json::Object(members) => own + members_bytes(members),
    }
}

/// About what the members of a JSON object take in memory.
pub(crate) fn members_bytes(members: &Map<String, Json>) -> usize {
    // 64: a key's own memory and its share of the map's nodes.
    members.iter().map(|(key, it)| 64 + key.len() + json_bytes(it)).sum()
}

/// At most `most` bytes of a text, cut between characters.
pub(crate) fn first_bytes(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Makes one `Arc` of equal keys. Bounded: a flood of different keys starts it anew.
#[derive(Default)]
pub(crate) struct Keys(HashSet<Key>);

const MAX_SHARED_KEYS: usize = 20_000;
/// A longer key is kept where it is used, not shared: 20,000 of them would be a burden.
const MAX_SHARED_LENGTH: usize = 256;

impl Keys {
    pub(crate) fn share(&mut self, key: &str) -> Key {
        if let Some(shared) = self.0.get(key) {
            return Arc::clone(shared);
        }
        if key.len() > MAX_SHARED_LENGTH {
            return key.into();
        }
        if self.0.len() >= MAX_SHARED_KEYS {
            self.0.clear();
        }
        let shared: Key = key.into();
        self.0.insert(Arc::clone(&shared));
        shared
    }

    pub(crate) fn attributes(&mut self, sent: Vec<KeyValue>) -> Attributes {
        let pairs = sent.into_iter();
        let mut kept: Attributes =
            pairs.map(|pair| (self.share(&pair.key), self.value(pair.value, 0))).collect();
        // It may have taken over the larger allocation of what was sent.
        kept.shrink_to_fit();
        kept
    }

    /// `depth` guards against values nested so deeply that reading them back would overflow.
    pub(crate) fn value(&mut self, sent: Option<AnyValue>, depth: usize) -> Value {
        use any_value::Value as Sent;
        const MAX_DEPTH: usize = 32;
        let Some(value) = sent.and_then(|any| any.value) else {
            return Value::Null;
        };
        if depth >= MAX_DEPTH {
            return Value::Text("(nested too deeply)".into());
        }
        match value {
            Sent::StringValue(text) => Value::Text(text.into()),
            Sent::BoolValue(value) => Value::Bool(value),
            Sent::IntValue(number) => Value::Int(number),
            Sent::DoubleValue(number) => Value::Double(number),
            Sent::BytesValue(bytes) => Value::Bytes(bytes.into()),
            Sent::ArrayValue(list) => Value::List(
                list.values.into_iter().map(|value| self.value(Some(value), depth + 1)).collect(),
            ),
            Sent::KvlistValue(map) => Value::Map(
                map.values
                    .into_iter()
                    .map(|pair| (self.share(&pair.key), self.value(pair.value, depth + 1)))
                    .collect(),
            ),
            // An index into a string table that only profiles carry.
            Sent::StringValueStrindex(_) => Value::Null,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(number) if self.type_name().is_none() => serializer.serialize_i64(*number),
            Self::Int(number) => serializer.collect_str(number),
            Self::Double(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Double(number) => serializer.collect_str(number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_str(&hex(bytes)),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(value)?;
                }
                list.end()
            }
            Self::Map(entries) => Object(entries).serialize(serializer),
        }
    }
}

/// Attributes as a JSON object. A key that was sent twice keeps its last value.
pub(crate) struct Object<'a>(pub(crate) &'a [(Key, Value)]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(&**key, value)?;
        }
        map.end()
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes that `text` writes in hexadecimal, if it is exactly `N` of them.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}
