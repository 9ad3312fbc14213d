//! What lies in an arena: plain data, written on the threads that run requests, and read on the
//! exporter thread.

use crate::record::clock::Stamp;
use crate::record::{
    Attribute, Callsite, ErrorChain, Key, Link, Outcome, SpanId, SpanKind, Status, Usage,
};

/// One span, open or finished. 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) callsite: &'static Callsite,
    pub(crate) start: Stamp,
    /// 0 while the span is open.
    pub(crate) end: u64,
    pub(crate) parent: u32,
    pub(crate) attributes: u16,
    pub(crate) outcome: Outcome,
}

/// What an arena's first record hangs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// Nothing: the trace begins here.
    None,
    /// A span of another process.
    Remote(SpanId),
    /// The same where nothing is ever recorded, and so it stands for all that would be.
    PassedOn(SpanId),
    /// A span of this process.
    Local(SpanId),
    /// The span is recorded in another arena; this one continues it.
    Continued { seed: u64, index: u32, id: SpanId },
}

/// One attribute whose value is plain. 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) bits: u64,
    pub(crate) span: u32,
    pub(crate) kind: FieldKind,
    pub(crate) usage: Usage,
}

/// How a field's bits are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Bool,
    I64,
    F64,
    /// Offset and length in the arena's text, 32 bits each.
    Text,
    /// The same, and it is a URL's query as it came.
    Query,
    /// The same, and it is the span's name.
    Name,
    /// Index in the arena's words.
    Word,
}

/// What is too rare or too large for a field.
#[derive(Debug)]
pub(crate) enum Extra {
    Attribute(Attribute),
    Event { name: Key, time: Stamp, attributes: Vec<Attribute> },
    Link(Link),
    Error(Box<ErrorChain>),
    Status(Status),
    Name(Key),
    Kind(SpanKind),
}

/// What went over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    Attribute,
    Event,
    Link,
}

/// The end of a span whose record was handed over, or is in another arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completion {
    pub(crate) seed: u64,
    pub(crate) index: u32,
    pub(crate) end: Stamp,
    pub(crate) outcome: Outcome,
}

/// A function that a failure passed on its way out.
#[derive(Debug)]
pub(crate) struct FailedFrame {
    pub(crate) callsite: &'static Callsite,
    pub(crate) index: u32,
    pub(crate) parent: u32,
    /// What it recorded, if nothing below it had recorded an error.
    pub(crate) error: Option<Box<ErrorChain>>,
}
