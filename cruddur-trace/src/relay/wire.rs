//! OTLP as it comes from a browser: plain data, decoded within limits and not believed.
//!
//! Both decoders ([`json`](super::json), [`protobuf`](super::protobuf)) give these types and refuse
//! a request as soon as it breaks a [`Structure`] limit, so that a small body can't become large
//! memory. What the data may say is decided in [`cleanse`](super::cleanse).

/// A decoded value. Byte strings and maps are not taken from browsers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WireValue {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    List(Vec<WireValue>),
    /// Of a kind that is not taken.
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WireAttribute {
    pub(crate) key: String,
    pub(crate) value: WireValue,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WireSpan {
    pub(crate) trace_id: Vec<u8>,
    pub(crate) span_id: Vec<u8>,
    pub(crate) parent_id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) kind: i64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: Vec<WireAttribute>,
    pub(crate) events: Vec<WireEvent>,
    pub(crate) links: Vec<WireLink>,
    pub(crate) status_code: i64,
    pub(crate) status_message: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WireEvent {
    pub(crate) time: u64,
    pub(crate) name: String,
    pub(crate) attributes: Vec<WireAttribute>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WireLink {
    pub(crate) trace_id: Vec<u8>,
    pub(crate) span_id: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WireLog {
    pub(crate) time: u64,
    pub(crate) observed: u64,
    pub(crate) severity: i64,
    pub(crate) body: Option<WireValue>,
    pub(crate) attributes: Vec<WireAttribute>,
    pub(crate) trace_id: Vec<u8>,
    pub(crate) span_id: Vec<u8>,
}

/// What a request may consist of at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Structure {
    pub(crate) records: usize,
    pub(crate) attributes: usize,
    pub(crate) key_bytes: usize,
    pub(crate) value_bytes: usize,
    pub(crate) events: usize,
    pub(crate) links: usize,
    pub(crate) list: usize,
    pub(crate) depth: usize,
}

impl Structure {
    /// Several times what the web SDK makes with its own limits.
    pub(crate) const STANDARD: Self = Self {
        records: 512,
        attributes: 128,
        key_bytes: 128,
        value_bytes: 8 * 1024,
        events: 64,
        links: 16,
        list: 64,
        depth: 4,
    };
}

/// Why a body is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// Not of the form that its content type says.
    Malformed,
    /// More of this than a request may hold.
    TooMany(&'static str),
}

/// Refuses what is over a limit.
pub(crate) fn within(count: usize, limit: usize, what: &'static str) -> Result<(), DecodeError> {
    if count > limit { Err(DecodeError::TooMany(what)) } else { Ok(()) }
}
