//! One field of an object, of the type that is expected there.

use serde_json::{Map, Value as Json};

use super::{Mistake, mistake};
use crate::query::Op;
use crate::query::column::Column;

pub(super) fn op(entry: &Map<String, Json>, at: &str, field: &str) -> Result<Op, Mistake> {
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

pub(super) fn column(entry: &Map<String, Json>, at: &str) -> Result<Option<Column>, Mistake> {
    match entry.get("column") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(name)) if !name.is_empty() => Ok(Some(Column::new(name))),
        Some(_) => mistake(format!("{at}.column"), "a column's name is expected"),
    }
}

pub(super) fn list<T>(
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

pub(super) fn object_at<'a>(
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
pub(super) fn no_twins<T: PartialEq>(entries: &[T], field: &str) -> Result<(), Mistake> {
    match (1..entries.len()).find(|at| entries[..*at].contains(&entries[*at])) {
        None => Ok(()),
        Some(at) => mistake(format!("{field}[{at}]"), "is there twice"),
    }
}

pub(super) fn known(
    object: &Map<String, Json>,
    before: &str,
    fields: &[&str],
) -> Result<(), Mistake> {
    match object.keys().find(|key| !fields.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let problem = format!("not served here; the fields are {}", fields.join(", "));
            mistake(format!("{before}{key}"), problem)
        }
    }
}

pub(super) fn whole(
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
