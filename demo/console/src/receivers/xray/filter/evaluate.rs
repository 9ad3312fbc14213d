//! Whether a trace, or one service's part of it, is as an expression says.

use serde_json::{Map, Value};

use super::{Expression, Flag, Literal, Operator, Subject};
use crate::receivers::xray::summary::{duration, parts};

/// What an expression looks at: a trace, or one service's segment of it.
pub(super) struct View<'a> {
    pub(super) segments: &'a [&'a Map<String, Value>],
    pub(super) parts: &'a [&'a Map<String, Value>],
    pub(super) duration: f64,
}

pub(super) fn evaluate(expression: &Expression, view: &View<'_>) -> bool {
    let has = |key: &str| view.segments.iter().any(|it| it.get(key) == Some(&Value::Bool(true)));
    match expression {
        Expression::And(one, other) => evaluate(one, view) && evaluate(other, view),
        Expression::Or(one, other) => evaluate(one, view) || evaluate(other, view),
        Expression::Not(inner) => !evaluate(inner, view),
        Expression::Flag(flag) => match flag {
            Flag::Ok => !has("error") && !has("fault") && !has("throttle"),
            Flag::Error => has("error"),
            Flag::Throttle => has("throttle"),
            Flag::Fault => has("fault"),
            Flag::Partial => has("in_progress") || view.segments.is_empty(),
        },
        Expression::Exists(subject) => !values(subject, view).is_empty(),
        Expression::Compare(subject, operator, literal) => {
            values(subject, view).iter().any(|value| compare(value, *operator, literal))
        }
        Expression::Service { name, kind, inner } => view.segments.iter().any(|segment| {
            let is = |key: &str, wanted: &Option<String>| {
                wanted.as_deref().is_none_or(|it| segment.get(key).is_some_and(|has| has == it))
            };
            let matches = is("name", name) && is("origin", kind);
            matches
                && inner.as_ref().is_none_or(|inner| {
                    let mut own = Vec::new();
                    parts(segment, &mut own);
                    let segments = [*segment];
                    let duration = duration(segment);
                    evaluate(inner, &View { segments: &segments, parts: &own, duration })
                })
        }),
    }
}

/// All values of a subject in a view.
fn values(subject: &Subject, view: &View<'_>) -> Vec<Value> {
    let all = |pick: &dyn Fn(&Map<String, Value>) -> Option<Value>| -> Vec<Value> {
        view.parts.iter().filter_map(|part| pick(part)).collect()
    };
    match subject {
        Subject::ResponseTime => {
            view.segments.first().map(|it| Value::from(duration(it))).into_iter().collect()
        }
        Subject::Duration => vec![Value::from(view.duration)],
        Subject::Http(pointer) => all(&|part| part.get("http")?.pointer(pointer).cloned()),
        Subject::User => all(&|part| part.get("user").cloned()),
        Subject::Name => view.segments.iter().filter_map(|it| it.get("name").cloned()).collect(),
        Subject::Annotation(key) => all(&|part| part.get("annotations")?.get(key).cloned()),
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::String(value), Literal::Text(wanted)) => match operator {
            Operator::Equal => value == wanted,
            Operator::Unequal => value != wanted,
            Operator::Contains => value.contains(wanted.as_str()),
            Operator::BeginsWith => value.starts_with(wanted.as_str()),
            Operator::EndsWith => value.ends_with(wanted.as_str()),
            _ => false,
        },
        (Value::Number(value), Literal::Number(wanted)) => {
            let value = value.as_f64().unwrap_or(f64::NAN);
            match operator {
                Operator::Equal => value == *wanted,
                Operator::Unequal => value != *wanted,
                Operator::Less => value < *wanted,
                Operator::LessOrEqual => value <= *wanted,
                Operator::Greater => value > *wanted,
                Operator::GreaterOrEqual => value >= *wanted,
                _ => false,
            }
        }
        (Value::Bool(value), Literal::Bool(wanted)) => match operator {
            Operator::Equal => value == wanted,
            Operator::Unequal => value != wanted,
            _ => false,
        },
        _ => operator == Operator::Unequal,
    }
}
