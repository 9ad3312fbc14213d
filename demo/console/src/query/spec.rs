//! A query specification's JSON into a [`Spec`]. Every refusal names the field.
//!
//! The shape, the operators' names and the defaults of `limit` and `time_range` are Honeycomb's; what
//! the console does not serve is refused by name, never passed over.

mod clause;
mod field;

use std::fmt;

use serde_json::{Map, Value as Json};

use super::column::Column;
use super::{Calculation, Combination, Op, Spec};
use clause::{calculation, filter, having, order};
use field::{known, list, no_twins, whole};

const DEFAULT_LIMIT: u64 = 100;
const MAX_LIMIT: u64 = 1_000;
/// Seconds.
const DEFAULT_TIME_RANGE: u64 = 7_200;
/// Entries of a list. Ours: percentiles keep every value, so calculations are fewer.
const MAX_ENTRIES: usize = 100;
const MAX_CALCULATIONS: usize = 10;
/// Most buckets of a series. Ours.
const MAX_BUCKETS: u64 = 1_000;
/// About how many buckets a series gets when nothing is said.
const USUAL_BUCKETS: u64 = 120;
const NANOS: u64 = 1_000_000_000;

const FIELDS: &[&str] = &[
    "calculations",
    "breakdowns",
    "filters",
    "filter_combination",
    "havings",
    "orders",
    "limit",
    "time_range",
    "start_time",
    "end_time",
    "granularity",
];

/// What is wrong with a specification, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Mistake {
    /// As a path: `filters[0].op`; empty for the whole.
    pub(crate) field: String,
    pub(crate) problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.field, self.problem)
    }
}

fn mistake<T>(field: impl Into<String>, problem: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake { field: field.into(), problem: problem.into() })
}

/// Reads a specification; `now` (nanoseconds since 1970) ends a range that gives no end.
///
/// # Errors
///
/// The first field that is wrong, unknown or not served here.
pub(crate) fn parse(body: &[u8], now: u64) -> Result<Spec, Mistake> {
    let object = match serde_json::from_slice(body) {
        Ok(Json::Object(object)) => object,
        Ok(_) => return mistake("", "a query specification is a JSON object"),
        Err(error) => return mistake("", format!("invalid JSON: {error}")),
    };
    known(&object, "", FIELDS)?;
    let mut calculations = list(&object, "calculations", MAX_CALCULATIONS, calculation)?;
    no_twins(&calculations, "calculations")?;
    if calculations.is_empty() {
        calculations.push(Calculation { op: Op::Count, column: None });
    }
    let breakdowns = list(&object, "breakdowns", MAX_ENTRIES, |entry, at| match entry.as_str() {
        Some(name) if !name.is_empty() => Ok(Column::new(name)),
        _ => mistake(at, "a column's name is expected"),
    })?;
    no_twins(&breakdowns, "breakdowns")?;
    let filters = list(&object, "filters", MAX_ENTRIES, filter)?;
    let havings =
        list(&object, "havings", MAX_ENTRIES, |entry, at| having(entry, at, &calculations))?;
    let orders = list(&object, "orders", MAX_ENTRIES, |entry, at| {
        order(entry, at, &calculations, &breakdowns)
    })?;
    let combination = match object.get("filter_combination").filter(|it| !it.is_null()) {
        None => Combination::And,
        Some(Json::String(word)) if word == "AND" => Combination::And,
        Some(Json::String(word)) if word == "OR" => Combination::Or,
        Some(other) => {
            return mistake("filter_combination", format!("{other} is neither \"AND\" nor \"OR\""));
        }
    };
    let limit = whole(&object, "limit", 1, MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT);
    let (from, to) = range(&object, now)?;
    Ok(Spec {
        calculations,
        breakdowns,
        filters,
        combination,
        havings,
        orders,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        from,
        to,
        granularity: granularity(&object, to - from)?,
    })
}

/// Start and end, in nanoseconds since 1970.
fn range(object: &Map<String, Json>, now: u64) -> Result<(u64, u64), Mistake> {
    const LATEST: u64 = u64::MAX / NANOS;
    let length = whole(object, "time_range", 1, LATEST)?;
    let start = whole(object, "start_time", 0, LATEST)?.map(|seconds| seconds * NANOS);
    let end = whole(object, "end_time", 0, LATEST)?.map(|seconds| seconds * NANOS);
    let span = length.unwrap_or(DEFAULT_TIME_RANGE) * NANOS;
    match (start, end) {
        (Some(_), Some(_)) if length.is_some() => {
            mistake("time_range", "give two of time_range, start_time and end_time at most")
        }
        (Some(start), Some(end)) if end <= start => mistake("end_time", "must be after start_time"),
        (Some(start), Some(end)) => Ok((start, end)),
        (Some(start), None) => Ok((start, start.saturating_add(span))),
        (None, Some(end)) => Ok((end.saturating_sub(span), end)),
        (None, None) => Ok((now.saturating_sub(span), now)),
    }
}

fn granularity(object: &Map<String, Json>, span: u64) -> Result<u64, Mistake> {
    let least = span.div_ceil(MAX_BUCKETS).div_ceil(NANOS).max(1);
    if let Some(seconds) = whole(object, "granularity", 1, u64::MAX / NANOS)? {
        if seconds < least {
            let problem = format!("at least {least} s for this range: {MAX_BUCKETS} buckets");
            return mistake("granularity", problem);
        }
        return Ok(seconds * NANOS);
    }
    // Round widths, so that buckets begin at times that people read.
    let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200];
    let usual = span.div_ceil(USUAL_BUCKETS).div_ceil(NANOS);
    let days = usual.div_ceil(86_400).max(1) * 86_400;
    Ok(steps.into_iter().find(|step| *step >= usual).unwrap_or(days) * NANOS)
}
