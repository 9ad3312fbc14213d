//! Filter expressions, as groups and `GetTraceSummaries` use them.
//!
//! Served: `service("name")` and `service(id(name: "…", type: "…"))` with an optional `{…}`, the
//! flags, times, `http.*`, `user`, `name`, `annotation[key]` and `annotation.key`, all comparisons,
//! `AND`, `OR`, `NOT`, `!` and brackets. Edges, insights and groups of groups are not.
//! Source: "Using filter expressions", AWS X-Ray developer guide, read 2026-11.

mod evaluate;
mod parse;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;

use super::summary::parts;
use crate::store::xray::StoredTrace;
use evaluate::{View, evaluate};
use parse::Parser;

/// Longest expression. Source: API reference of AWS X-Ray, `GetTraceSummaries`, read 2026-11.
const MAX_CHARS: usize = 2_000;

/// A parsed expression.
#[derive(Debug, PartialEq)]
pub(crate) struct Filter(Expression);

/// The expression can't be read.
#[derive(Debug, PartialEq)]
pub(crate) struct FilterError(String);

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, PartialEq)]
enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Flag(Flag),
    /// A subject that is there at all.
    Exists(Subject),
    Compare(Subject, Operator, Literal),
    Service {
        name: Option<String>,
        kind: Option<String>,
        inner: Option<Box<Expression>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flag {
    Ok,
    Error,
    Throttle,
    Fault,
    Partial,
}

#[derive(Debug, PartialEq)]
enum Subject {
    ResponseTime,
    Duration,
    Http(&'static str),
    User,
    Name,
    Annotation(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    BeginsWith,
    EndsWith,
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Text(String),
    Number(f64),
    Bool(bool),
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What can't be read, or that it is too long: a chain of a million terms would be nested as
    /// deeply.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        if text.chars().count() > MAX_CHARS {
            return Err(FilterError(format!("more than {MAX_CHARS} characters")));
        }
        Parser::read(&tokens::tokens(text)?).map(Self)
    }

    /// Whether a trace matches.
    pub(crate) fn matches(&self, trace: &StoredTrace) -> bool {
        let segments: Vec<_> = trace.segments().into_iter().map(|it| &it.document).collect();
        let mut all = Vec::new();
        for document in &trace.documents {
            parts(&document.document, &mut all);
        }
        let (start, end) = trace.times();
        evaluate(&self.0, &View { segments: &segments, parts: &all, duration: end - start })
    }
}
