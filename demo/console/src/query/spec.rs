//! A query specification's JSON into a [`Spec`]. Every refusal names the field.
//!
//! The shape, the operators' names and the defaults of `limit` and `time_range` are Honeycomb's; what
//! the console does not serve is refused by name, never passed over.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::column::Column;
use super::{By, Calculation, Combination, Filter, Having, Op, Order, Spec, Test};

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

fn calculation(entry: &Json, at: &str) -> Result<Calculation, Mistake> {
    let entry = object_at(entry, at, &["op", "column"])?;
    let op = op(entry, at, "op")?;
    let column = column(entry, at)?;
    match (op, &column) {
        (Op::Count, Some(_)) => mistake(format!("{at}.column"), "COUNT takes no column"),
        (Op::Count, None) | (_, Some(_)) => Ok(Calculation { op, column }),
        (_, None) => mistake(format!("{at}.column"), format!("{} needs a column", op.name())),
    }
}

/// A test of one of the calculations.
fn having(entry: &Json, at: &str, calculations: &[Calculation]) -> Result<Having, Mistake> {
    let entry = object_at(entry, at, &["calculate_op", "column", "op", "value"])?;
    let wanted = Calculation { op: op(entry, at, "calculate_op")?, column: column(entry, at)? };
    let Some(calculation) = calculations.iter().position(|it| *it == wanted) else {
        return mistake(at, format!("{wanted} is not one of the calculations"));
    };
    let names = ["=", "!=", ">", ">=", "<", "<="];
    let word = entry.get("op").and_then(Json::as_str).unwrap_or_default();
    let test = Test::ALL.into_iter().find(|(name, _)| *name == word && names.contains(name));
    let Some((_, test)) = test else {
        return mistake(format!("{at}.op"), format!("{word:?} is not one of {}", names.join(", ")));
    };
    match entry.get("value").and_then(Json::as_f64) {
        Some(value) => Ok(Having { calculation, test, value }),
        None => mistake(format!("{at}.value"), "a number is expected"),
    }
}

fn filter(entry: &Json, at: &str) -> Result<Filter, Mistake> {
    let entry = object_at(entry, at, &["column", "op", "value"])?;
    let Some(column) = column(entry, at)? else {
        return mistake(format!("{at}.column"), "a column's name is expected");
    };
    let word = entry.get("op").and_then(Json::as_str).unwrap_or_default();
    let Some((_, test)) = Test::ALL.into_iter().find(|(name, _)| *name == word) else {
        let names = Test::ALL.map(|(name, _)| name).join(", ");
        return mistake(format!("{at}.op"), format!("{word:?} is not one of {names}"));
    };
    let value = entry.get("value").cloned().unwrap_or_default();
    let takes_value = !matches!(test, Test::Exists | Test::DoesNotExist);
    let takes_list = matches!(test, Test::In | Test::NotIn);
    let is_plain = |it: &Json| it.is_string() || it.is_number() || it.is_boolean();
    let problem = match &value {
        Json::Array(values) if takes_list => match values.len() {
            0 => "at least one value is expected".to_owned(),
            1..=MAX_ENTRIES if values.iter().all(is_plain) => {
                return Ok(Filter { column, test, value });
            }
            1..=MAX_ENTRIES => "strings, numbers or booleans are expected".to_owned(),
            _ => format!("at most {MAX_ENTRIES} entries"),
        },
        _ if takes_list => format!("{word} needs a list of values"),
        Json::Null if takes_value => format!("{word} needs a value"),
        Json::Array(_) | Json::Object(_) => "a string, number or boolean is expected".to_owned(),
        Json::Null => return Ok(Filter { column, test, value }),
        _ if takes_value => return Ok(Filter { column, test, value }),
        _ => format!("{word} takes no value"),
    };
    mistake(format!("{at}.value"), problem)
}

fn order(
    entry: &Json,
    at: &str,
    calculations: &[Calculation],
    breakdowns: &[Column],
) -> Result<Order, Mistake> {
    let entry = object_at(entry, at, &["op", "column", "order"])?;
    let column = column(entry, at)?;
    let is_descending = match entry.get("order").filter(|it| !it.is_null()) {
        None => false,
        Some(Json::String(word)) if word == "ascending" => false,
        Some(Json::String(word)) if word == "descending" => true,
        Some(other) => {
            let problem = format!("{other} is neither \"ascending\" nor \"descending\"");
            return mistake(format!("{at}.order"), problem);
        }
    };
    let has_op = entry.get("op").is_some_and(|op| !op.is_null());
    let by = if has_op {
        let wanted = Calculation { op: op(entry, at, "op")?, column };
        let place = calculations.iter().position(|it| *it == wanted).map(By::Calculation);
        place.ok_or_else(|| (at, format!("{wanted} is not one of the calculations")))
    } else if let Some(wanted) = column {
        let place = breakdowns.iter().position(|it| *it == wanted).map(By::Breakdown);
        place.ok_or_else(|| (at, format!("{} is not one of the breakdowns", wanted.name())))
    } else {
        Err((at, "an op or a column is expected".to_owned()))
    };
    match by {
        Ok(by) => Ok(Order { by, is_descending }),
        Err((at, problem)) => mistake(at, problem),
    }
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

fn op(entry: &Map<String, Json>, at: &str, field: &str) -> Result<Op, Mistake> {
    /// Honeycomb's too, but not answered from spans kept here.
    const ELSEWHERE: [&str; 5] = ["HEATMAP", "CONCURRENCY", "RATE_AVG", "RATE_SUM", "RATE_MAX"];
    let word = entry.get(field).and_then(Json::as_str).unwrap_or_default();
    if let Some((_, op)) = Op::ALL.into_iter().find(|(name, _)| *name == word) {
        return Ok(op);
    }
    let names = Op::ALL.map(|(name, _)| name).join(", ");
    let problem = match ELSEWHERE.contains(&word) {
        true => format!("{word} is Honeycomb's, but not served here; there are {names}"),
        false => format!("{word:?} is not one of {names}"),
    };
    mistake(format!("{at}.{field}"), problem)
}

fn column(entry: &Map<String, Json>, at: &str) -> Result<Option<Column>, Mistake> {
    match entry.get("column") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(name)) if !name.is_empty() => Ok(Some(Column::new(name))),
        Some(_) => mistake(format!("{at}.column"), "a column's name is expected"),
    }
}

fn list<T>(
    object: &Map<String, Json>,
    field: &str,
    most: usize,
    entry: impl Fn(&Json, &str) -> Result<T, Mistake>,
) -> Result<Vec<T>, Mistake> {
    match object.get(field) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(entries)) if entries.len() <= most => {
            let numbered = entries.iter().enumerate();
            numbered.map(|(index, it)| entry(it, &format!("{field}[{index}]"))).collect()
        }
        Some(Json::Array(_)) => mistake(field, format!("at most {most} entries")),
        Some(_) => mistake(field, "a list is expected"),
    }
}

fn object_at<'a>(
    entry: &'a Json,
    at: &str,
    fields: &[&str],
) -> Result<&'a Map<String, Json>, Mistake> {
    let Some(object) = entry.as_object() else {
        return mistake(at, "an object is expected");
    };
    known(object, &format!("{at}."), fields)?;
    Ok(object)
}

/// A row has one place for each column.
fn no_twins<T: PartialEq>(entries: &[T], field: &str) -> Result<(), Mistake> {
    match (1..entries.len()).find(|at| entries[..*at].contains(&entries[*at])) {
        None => Ok(()),
        Some(at) => mistake(format!("{field}[{at}]"), "is there twice"),
    }
}

fn known(object: &Map<String, Json>, before: &str, fields: &[&str]) -> Result<(), Mistake> {
    match object.keys().find(|key| !fields.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let problem = format!("not served here; the fields are {}", fields.join(", "));
            mistake(format!("{before}{key}"), problem)
        }
    }
}

fn whole(
    object: &Map<String, Json>,
    field: &str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, Mistake> {
    match object.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => mistake(field, format!("a whole number from {least} to {most} is expected")),
        },
    }
}
