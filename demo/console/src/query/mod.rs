//! Questions over the spans that are kept: `POST /api/query`, in Honeycomb's query specification.
//!
//! ```text
//! JSON ─▶ spec (parse, names the wrong field) ─▶ engine (spans ─▶ rows and series) ─▶ api/query
//!                      column (what a span says) ┘   └ aggregate (weighted calculations)
//! ```
//!
//! All pure: the time now and the spans come from the caller. It deliberately has no calculated
//! fields, no heat maps, no rates and no comparison with an earlier time; a specification that asks for
//! one is refused, not half answered. (Honeycomb API, "Query Specification", read 2026-11.)

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
    havings: Vec<Having>,
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
    CountDistinct,
    Avg,
    Min,
    Max,
    Sum,
    /// In thousandths.
    Percentile(u16),
}

impl Op {
    const ALL: [(&'static str, Self); 19] = [
        ("COUNT", Self::Count),
        ("COUNT_DISTINCT", Self::CountDistinct),
        ("AVG", Self::Avg),
        ("MIN", Self::Min),
        ("MAX", Self::Max),
        ("SUM", Self::Sum),
        ("P001", Self::Percentile(1)),
        ("P01", Self::Percentile(10)),
        ("P05", Self::Percentile(50)),
        ("P10", Self::Percentile(100)),
        ("P20", Self::Percentile(200)),
        ("P25", Self::Percentile(250)),
        ("P50", Self::Percentile(500)),
        ("P75", Self::Percentile(750)),
        ("P80", Self::Percentile(800)),
        ("P90", Self::Percentile(900)),
        ("P95", Self::Percentile(950)),
        ("P99", Self::Percentile(990)),
        ("P999", Self::Percentile(999)),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(name, _)| name)
    }
}

#[derive(Debug, PartialEq)]
struct Filter {
    column: Column,
    test: Test,
    /// A string, a number or a boolean; a list of them for `in` and `not-in`; null for the two tests
    /// that take none.
    value: Json,
}

/// A test of a row's calculation.
#[derive(Debug, PartialEq)]
struct Having {
    /// A position in `calculations`.
    calculation: usize,
    /// One of the six that compare.
    test: Test,
    value: f64,
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
    DoesNotContain,
    StartsWith,
    DoesNotStartWith,
    EndsWith,
    DoesNotEndWith,
    In,
    NotIn,
}

impl Test {
    const ALL: [(&'static str, Self); 16] = [
        ("exists", Self::Exists),
        ("does-not-exist", Self::DoesNotExist),
        ("=", Self::Equal),
        ("!=", Self::NotEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        ("contains", Self::Contains),
        ("does-not-contain", Self::DoesNotContain),
        ("starts-with", Self::StartsWith),
        ("does-not-start-with", Self::DoesNotStartWith),
        ("ends-with", Self::EndsWith),
        ("does-not-end-with", Self::DoesNotEndWith),
        ("in", Self::In),
        ("not-in", Self::NotIn),
    ];

    /// Whether two values in this order pass; for the six that compare.
    fn passes(self, ordering: Option<std::cmp::Ordering>) -> bool {
        match self {
            Self::Equal => ordering.is_some_and(std::cmp::Ordering::is_eq),
            Self::NotEqual => !ordering.is_some_and(std::cmp::Ordering::is_eq),
            Self::Greater => ordering.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => ordering.is_some_and(std::cmp::Ordering::is_ge),
            Self::Less => ordering.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => ordering.is_some_and(std::cmp::Ordering::is_le),
            _ => false,
        }
    }
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
