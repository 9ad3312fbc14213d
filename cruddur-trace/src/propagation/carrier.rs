//! What headers travel in: an HTTP header map, a map of strings, gRPC metadata.
//!
//! A carrier knows how to read all values of a header and how to write one. Fields are an
//! enumeration and not text, so that a header map is asked by a ready-made name.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// A header that carries context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `traceparent` (W3C trace context).
    Traceparent,
    /// `tracestate` (W3C trace context).
    Tracestate,
    /// `baggage` (W3C baggage).
    Baggage,
    /// `b3` (B3, single header).
    B3,
    /// `x-b3-traceid` (B3, several headers).
    B3TraceId,
    /// `x-b3-spanid`.
    B3SpanId,
    /// `x-b3-sampled`.
    B3Sampled,
    /// `x-b3-flags`: `1` is debug.
    B3Flags,
    /// `x-amzn-trace-id` (AWS X-Ray and AWS load balancers).
    Xray,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Traceparent,
        Self::Tracestate,
        Self::Baggage,
        Self::B3,
        Self::B3TraceId,
        Self::B3SpanId,
        Self::B3Sampled,
        Self::B3Flags,
        Self::Xray,
    ];

    /// The field with this name, in lower case.
    #[cfg(feature = "tower")]
    #[inline]
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// The header's name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traceparent => "traceparent",
            Self::Tracestate => "tracestate",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3TraceId => "x-b3-traceid",
            Self::B3SpanId => "x-b3-spanid",
            Self::B3Sampled => "x-b3-sampled",
            Self::B3Flags => "x-b3-flags",
            Self::Xray => "x-amzn-trace-id",
        }
    }
}

/// Something that context is read from.
pub trait Extract {
    /// Calls `visit` with every value of the header, in the order in which they came.
    fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8]));
}

/// Something that context is written to.
pub trait Inject {
    /// Sets the header, in place of all its earlier values. `value` is visible ASCII.
    fn set(&mut self, field: Field, value: &str);

    /// Removes the header.
    fn remove(&mut self, field: Field);
}

/// Names are compared without regard to case, as in HTTP.
impl<S: BuildHasher> Extract for HashMap<String, String, S> {
    fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
        each_pair(self.iter(), field, visit);
    }
}

impl<S: BuildHasher> Inject for HashMap<String, String, S> {
    fn set(&mut self, field: Field, value: &str) {
        Inject::remove(self, field);
        self.insert(field.as_str().to_owned(), value.to_owned());
    }

    fn remove(&mut self, field: Field) {
        self.retain(|name, _| !name.eq_ignore_ascii_case(field.as_str()));
    }
}

/// Names are compared without regard to case, as in HTTP.
impl Extract for BTreeMap<String, String> {
    fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
        each_pair(self.iter(), field, visit);
    }
}

impl Inject for BTreeMap<String, String> {
    fn set(&mut self, field: Field, value: &str) {
        Inject::remove(self, field);
        self.insert(field.as_str().to_owned(), value.to_owned());
    }

    fn remove(&mut self, field: Field) {
        self.retain(|name, _| !name.eq_ignore_ascii_case(field.as_str()));
    }
}

/// A list of headers, as message queues have them. Names are compared without regard to case.
impl Extract for Vec<(String, String)> {
    fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
        each_pair(self.iter().map(|(name, value)| (name, value)), field, visit);
    }
}

impl Inject for Vec<(String, String)> {
    fn set(&mut self, field: Field, value: &str) {
        Inject::remove(self, field);
        self.push((field.as_str().to_owned(), value.to_owned()));
    }

    fn remove(&mut self, field: Field) {
        self.retain(|(name, _)| !name.eq_ignore_ascii_case(field.as_str()));
    }
}

fn each_pair<'a>(
    pairs: impl Iterator<Item = (&'a String, &'a String)>,
    field: Field,
    visit: &mut dyn FnMut(&[u8]),
) {
    for (name, value) in pairs {
        if name.eq_ignore_ascii_case(field.as_str()) {
            visit(value.as_bytes());
        }
    }
}

#[cfg(any(feature = "tower", feature = "_http"))]
mod header_map {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Extract, Field, Inject};

    static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
    static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
    static BAGGAGE: HeaderName = HeaderName::from_static("baggage");
    static B3: HeaderName = HeaderName::from_static("b3");
    static B3_TRACE_ID: HeaderName = HeaderName::from_static("x-b3-traceid");
    static B3_SPAN_ID: HeaderName = HeaderName::from_static("x-b3-spanid");
    static B3_SAMPLED: HeaderName = HeaderName::from_static("x-b3-sampled");
    static B3_FLAGS: HeaderName = HeaderName::from_static("x-b3-flags");
    static XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

    fn name(field: Field) -> &'static HeaderName {
        match field {
            Field::Traceparent => &TRACEPARENT,
            Field::Tracestate => &TRACESTATE,
            Field::Baggage => &BAGGAGE,
            Field::B3 => &B3,
            Field::B3TraceId => &B3_TRACE_ID,
            Field::B3SpanId => &B3_SPAN_ID,
            Field::B3Sampled => &B3_SAMPLED,
            Field::B3Flags => &B3_FLAGS,
            Field::Xray => &XRAY,
        }
    }

    impl Extract for HeaderMap {
        fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
            for value in self.get_all(name(field)) {
                visit(value.as_bytes());
            }
        }
    }

    impl Inject for HeaderMap {
        fn set(&mut self, field: Field, value: &str) {
            if let Ok(value) = HeaderValue::from_str(value) {
                self.insert(name(field).clone(), value);
            }
        }

        fn remove(&mut self, field: Field) {
            HeaderMap::remove(self, name(field));
        }
    }
}

/// gRPC metadata of tonic, for services that make their own requests without a Tower layer.
#[cfg(feature = "otlp")]
mod metadata_map {
    use tonic::metadata::{MetadataMap, MetadataValue};

    use super::{Extract, Field, Inject};

    impl Extract for MetadataMap {
        fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
            for value in self.get_all(field.as_str()) {
                visit(value.as_encoded_bytes());
            }
        }
    }

    impl Inject for MetadataMap {
        fn set(&mut self, field: Field, value: &str) {
            if let Ok(value) = MetadataValue::try_from(value) {
                self.insert(field.as_str(), value);
            }
        }

        fn remove(&mut self, field: Field) {
            MetadataMap::remove(self, field.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(carrier: &dyn Extract, field: Field) -> Vec<String> {
        let mut values = Vec::new();
        carrier.each(field, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
        values
    }

    #[test]
    fn maps_ignore_the_case_of_names_and_replace_on_set() {
        let mut map = HashMap::from([("TraceParent".to_owned(), "a".to_owned())]);
        assert_eq!(all(&map, Field::Traceparent), ["a"]);
        map.set(Field::Traceparent, "b");
        assert_eq!(all(&map, Field::Traceparent), ["b"]);
        Inject::remove(&mut map, Field::Traceparent);
        assert!(map.is_empty());
    }

    #[test]
    fn lists_give_all_values_in_order() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let list = vec![pair("tracestate", "a=1"), pair("x", "y"), pair("TRACESTATE", "b=2")];
        assert_eq!(all(&list, Field::Tracestate), ["a=1", "b=2"]);
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn grpc_metadata_is_a_carrier() {
        let mut metadata = tonic::metadata::MetadataMap::new();
        metadata.set(Field::Xray, "Root=1");
        assert_eq!(all(&metadata, Field::Xray), ["Root=1"]);
        Inject::remove(&mut metadata, Field::Xray);
        assert!(metadata.is_empty());
    }
}
