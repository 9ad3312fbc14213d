//! Questions over the spans that are kept: `POST /api/query`, in Honeycomb's query specification.
//!
//! ```text
//! JSON ─▶ spec (parse, names the wrong field) ─▶ engine (spans ─▶ rows and series) ─▶ api/query
//!                      column (what a span says) ┘   └ aggregate (weighted calculations)
//! ```
//!
//! All pure: the time now and the spans come from the caller. It deliberately has no derived
//! columns, no `HAVING` and no joins; a specification that asks for one is refused, not half answered.

mod aggregate;
mod column;
mod engine;
mod filter;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use engine::{Answer, run};
pub(crate) use spec::parse;

use std::fmt;

use column::Column;
use serde_json::Value as Json;

/// A question, checked and complete.
#[derive(Debug, PartialEq)]
pub(crate) struct Spec {
    /// At least one; `COUNT` where none was asked for.
    calculations: Vec<Calculation>,
    breakdowns: Vec<Column>,
    filters: Vec<Filter>,
    combination: Combination,
    orders: Vec<Order>,
    /// Most rows.
    limit: usize,
    /// Spans that start from here (nanoseconds since 1970) …
    from: u64,
    /// … up to here, both included.
    to: u64,
    /// The width of a series' bucket, in nanoseconds; never 0.
    granularity: u64,
}

/// `COUNT`, or an operator over a column.
#[derive(Clone, Debug, PartialEq)]
struct Calculation {
    op: Op,
    /// None for `COUNT` only.
    column: Option<Column>,
}

/// As Honeycomb names it in a result: `COUNT`, `AVG(duration_ms)`.
impl fmt::Display for Calculation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            None => f.write_str(self.op.name()),
            Some(column) => write!(f, "{}({})", self.op.name(), column.name()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Count,
    Avg,
    Min,
    Max,
    Sum,
    P50,
    P90,
    P99,
}

impl Op {
    const ALL: [Self; 8] =
        [Self::Count, Self::Avg, Self::Min, Self::Max, Self::Sum, Self::P50, Self::P90, Self::P99];

    fn name(self) -> &'static str {
        match self {
            Self::Count => "COUNT",
            Self::Avg => "AVG",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Sum => "SUM",
            Self::P50 => "P50",
            Self::P90 => "P90",
            Self::P99 => "P99",
        }
    }
}

#[derive(Debug, PartialEq)]
struct Filter {
    column: Column,
    test: Test,
    /// A string, a number or a boolean; null for the two tests that take none.
    value: Json,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Test {
    Exists,
    DoesNotExist,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    StartsWith,
}

impl Test {
    const ALL: [(&'static str, Self); 10] = [
        ("exists", Self::Exists),
        ("does-not-exist", Self::DoesNotExist),
        ("=", Self::Equal),
        ("!=", Self::NotEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        ("contains", Self::Contains),
        ("starts-with", Self::StartsWith),
    ];
}

/// Whether all filters must hold, or one is enough.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Combination {
    And,
    Or,
}

#[derive(Debug, PartialEq)]
struct Order {
    by: By,
    is_descending: bool,
}

/// A position in `calculations` or in `breakdowns`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Calculation(usize),
    Breakdown(usize),
}
