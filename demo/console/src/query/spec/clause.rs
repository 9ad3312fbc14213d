//! The entries of the lists: calculations, filters, havings and orders.

use serde_json::Value as Json;

use super::field::{column, object_at, op};
use super::{MAX_ENTRIES, Mistake, mistake};
use crate::query::column::Column;
use crate::query::{By, Calculation, Filter, Having, Op, Order, Test};

pub(super) fn calculation(entry: &Json, at: &str) -> Result<Calculation, Mistake> {
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
pub(super) fn having(
    entry: &Json,
    at: &str,
    calculations: &[Calculation],
) -> Result<Having, Mistake> {
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

pub(super) fn filter(entry: &Json, at: &str) -> Result<Filter, Mistake> {
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

pub(super) fn order(
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
