//! The search language of the trace list: `app.userId=andrewbrown duration>100ms error`.
//!
//! Terms are separated by blanks and all must hold; `-` before a term turns it around. A term is
//! a word (`error`, or any text that a name or a value contains) or `key op value` with `=`, `!=`,
//! `>`, `>=`, `<`, `<=` or `:` (contains). `duration`, `spans`, `errors`, `service`, `root`, `name`,
//! `kind`, `status` and `trace` are the trace's own; every other key is an attribute (or resource
//! attribute) of any of its spans. `key=*` asks whether the key is there. Quotes keep blanks.

mod matching;
mod parse;

pub(crate) use parse::parse;

/// All terms of a search.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Search {
    terms: Vec<Term>,
}

#[derive(Debug, PartialEq)]
struct Term {
    is_negated: bool,
    test: Test,
}

#[derive(Debug, PartialEq)]
enum Test {
    /// The trace has an error.
    Error,
    /// A name or a value contains this, in lower case.
    Word(String),
    Field {
        key: String,
        op: Op,
        value: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
}
