//! Conditions on JSON lines: `$.level = "ERROR" && ($.count > 3 || $.user NOT EXISTS)`.

use serde_json::Value;

use super::terms::phrase;

/// Deepest nesting of parentheses: parsing recurses.
const MAX_DEPTH: usize = 32;

#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test { path: Vec<Step>, test: Test },
}

#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

#[derive(Debug, PartialEq)]
pub(super) enum Test {
    /// Equal text, `*` for any part of it; `true` asks that it differs.
    Text {
        pattern: String,
        negated: bool,
    },
    Number {
        operator: Operator,
        number: f64,
    },
    IsNull,
    Is(bool),
    NotExists,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn matches(&self, value: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(value)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(value)),
            Self::Test { path, test } => {
                let found = path.iter().try_fold(value, |value, step| match step {
                    Step::Key(key) => value.get(key),
                    Step::Index(index) => value.get(index),
                });
                test.holds(found)
            }
        }
    }
}

impl Test {
    fn holds(&self, found: Option<&Value>) -> bool {
        match (self, found) {
            (Self::NotExists, found) => found.is_none(),
            (Self::IsNull, Some(value)) => value.is_null(),
            (Self::Is(wanted), Some(value)) => value.as_bool() == Some(*wanted),
            (Self::Number { operator, number }, Some(value)) => {
                value.as_f64().is_some_and(|actual| operator.holds(actual, *number))
            }
            (Self::Text { pattern, negated }, Some(value)) => {
                let is_equal = match value {
                    Value::String(text) => is_like(text, pattern),
                    Value::Number(number) => is_like(&number.to_string(), pattern),
                    _ => return false,
                };
                is_equal != *negated
            }
            (_, None) => false,
        }
    }
}

impl Operator {
    fn holds(self, actual: f64, wanted: f64) -> bool {
        match self {
            Self::Equal => actual == wanted,
            Self::NotEqual => actual != wanted,
            Self::Less => actual < wanted,
            Self::LessOrEqual => actual <= wanted,
            Self::Greater => actual > wanted,
            Self::GreaterOrEqual => actual >= wanted,
        }
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, mut pattern)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    while let Some((part, after)) = pattern.split_once('*') {
        let Some(at) = text.find(part) else { return false };
        (text, pattern) = (&text[at + part.len()..], after);
    }
    text.ends_with(pattern)
}

/// Parses what stands between `{` and `}`.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let (condition, rest) = any(text, 0)?;
    if rest.is_empty() { Ok(condition) } else { Err(format!("{rest:?} is not expected")) }
}

type Parsed<'a, T> = Result<(T, &'a str), String>;

fn any(text: &str, depth: usize) -> Parsed<'_, Condition> {
    list(text, depth, "||", all, Condition::Any)
}

fn all(text: &str, depth: usize) -> Parsed<'_, Condition> {
    list(text, depth, "&&", single, Condition::All)
}

fn list<'a>(
    text: &'a str,
    depth: usize,
    between: &str,
    part: fn(&'a str, usize) -> Parsed<'a, Condition>,
    of: fn(Vec<Condition>) -> Condition,
) -> Parsed<'a, Condition> {
    let (first, mut rest) = part(text, depth)?;
    let mut parts = vec![first];
    while let Some(after) = rest.strip_prefix(between) {
        let (next, after) = part(after, depth)?;
        parts.push(next);
        rest = after;
    }
    let condition = if parts.len() == 1 { parts.remove(0) } else { of(parts) };
    Ok((condition, rest))
}

fn single(text: &str, depth: usize) -> Parsed<'_, Condition> {
    let text = text.trim_start();
    if let Some(inside) = text.strip_prefix('(') {
        if depth == MAX_DEPTH {
            return Err("parentheses are nested too deeply".to_owned());
        }
        let (condition, rest) = any(inside, depth + 1)?;
        let rest = rest.strip_prefix(')').ok_or("a `(` has no `)`")?;
        return Ok((condition, rest.trim_start()));
    }
    let (path, rest) = selector(text)?;
    let (test, rest) = test(rest.trim_start())?;
    Ok((Condition::Test { path, test }, rest.trim_start()))
}

/// `$.user.name`, `$.tags[0]`, `$.['http.status']`.
fn selector(text: &str) -> Parsed<'_, Vec<Step>> {
    let mut rest = text.strip_prefix('$').ok_or("a selector begins with `$.`")?;
    let mut path = Vec::new();
    loop {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = inside.split_once(']').ok_or("a `[` has no `]`")?;
            let quoted = |quote| step.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
            path.push(match quoted('\'').or_else(|| quoted('"')) {
                Some(key) => Step::Key(key.to_owned()),
                None => Step::Index(step.parse().map_err(|_| format!("[{step}] is no index"))?),
            });
            rest = after;
            continue;
        }
        let end = rest.find(|it: char| !(it.is_alphanumeric() || "_-@".contains(it)));
        let (key, after) = rest.split_at(end.unwrap_or(rest.len()));
        if key.is_empty() {
            break;
        }
        path.push(Step::Key(key.to_owned()));
        rest = after;
    }
    if path.is_empty() { Err("a selector names a field".to_owned()) } else { Ok((path, rest)) }
}

fn test(text: &str) -> Parsed<'_, Test> {
    let words = [
        ("IS NULL", Test::IsNull),
        ("IS TRUE", Test::Is(true)),
        ("IS FALSE", Test::Is(false)),
        ("NOT EXISTS", Test::NotExists),
    ];
    for (words, test) in words {
        if let Some(rest) = text.strip_prefix(words) {
            return Ok((test, rest));
        }
    }
    let operators = [
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    let found = operators.iter().find_map(|(sign, it)| Some((*it, text.strip_prefix(sign)?)));
    let (operator, rest) =
        found.ok_or_else(|| format!("{text:?} does not begin with an operator"))?;
    let rest = rest.trim_start();
    let (value, rest, is_quoted) = if let Some(quoted) = rest.strip_prefix('"') {
        let (value, rest) = phrase(quoted)?;
        (value, rest, true)
    } else {
        let end = rest.find(|it: char| it.is_whitespace() || "&|)".contains(it));
        let (value, rest) = rest.split_at(end.unwrap_or(rest.len()));
        (value.to_owned(), rest, false)
    };
    if let (false, Ok(number)) = (is_quoted, value.parse::<f64>()) {
        return Ok((Test::Number { operator, number }, rest));
    }
    let negated = match operator {
        Operator::Equal => false,
        Operator::NotEqual => true,
        _ => return Err(format!("{value:?} is no number")),
    };
    if value.is_empty() && !is_quoted {
        return Err("a comparison has no value".to_owned());
    }
    if value.starts_with('%') && !is_quoted {
        return Err("regular expressions are not supported here".to_owned());
    }
    Ok((Test::Text { pattern: value, negated }, rest))
}
