//! Filter expressions, as groups and `GetTraceSummaries` use them.
//!
//! Served: `service("name")` and `service(id(name: "…", type: "…"))` with an optional `{…}`, the
//! flags, times, `http.*`, `user`, `name`, `annotation[key]` and `annotation.key`, all comparisons,
//! `AND`, `OR`, `NOT`, `!` and brackets. Edges, insights and groups of groups are not.
//! Source: "Using filter expressions", AWS X-Ray developer guide, read 2026-11.

use std::fmt;

use serde_json::{Map, Value};

use super::summary::{duration, parts};
use crate::store::xray::StoredTrace;

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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 15] =
    ["!=", "<=", ">=", "&&", "||", "=", "<", ">", "!", "(", ")", "{", "}", "[", "]"];
const MAX_DEPTH: usize = 32;

impl Filter {
    /// Reads an expression.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
        let expression = parser.or()?;
        match parser.peek() {
            None => Ok(Self(expression)),
            Some(token) => Err(FilterError(format!("unexpected {token:?}"))),
        }
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

/// What an expression looks at: a trace, or one service's segment of it.
struct View<'a> {
    segments: &'a [&'a Map<String, Value>],
    parts: &'a [&'a Map<String, Value>],
    duration: f64,
}

fn evaluate(expression: &Expression, view: &View<'_>) -> bool {
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

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let (content, after) = quoted(&rest[1..])?;
            found.push(Token::Text(content));
            rest = after;
        } else if let Some(symbol) = SYMBOLS.iter().find(|it| rest.starts_with(**it)) {
            found.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else if first == ',' || first == ':' {
            found.push(Token::Symbol(if first == ',' { "," } else { ":" }));
            rest = &rest[1..];
        } else {
            let is_word = |it: char| it.is_alphanumeric() || "_.-".contains(it);
            let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            if end == 0 {
                return Err(FilterError(format!("unexpected {first:?}")));
            }
            let word = &rest[..end];
            let is_number =
                word.starts_with(|it: char| it.is_ascii_digit() || it == '-' || it == '.');
            found.push(match word.parse::<f64>() {
                Ok(number) if is_number => Token::Number(number),
                _ => Token::Word(word.to_owned()),
            });
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

/// What stands before the closing quote, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), FilterError> {
    let mut content = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((content, &text[at + 1..])),
            '\\' => content.extend(letters.next().map(|(_, letter)| letter)),
            letter => content.push(letter),
        }
    }
    Err(FilterError("a text has no closing quote".to_owned()))
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    depth: usize,
}

type Parsed<T> = Result<T, FilterError>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.next += usize::from(is);
        is
    }

    fn word(&mut self, word: &str) -> bool {
        let is =
            matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.next += usize::from(is);
        is
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.symbol(symbol) {
            return Ok(());
        }
        Err(FilterError(format!("expected {symbol:?}, found {:?}", self.peek())))
    }

    fn or(&mut self) -> Parsed<Expression> {
        let mut left = self.and()?;
        while self.word("or") || self.symbol("||") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expression> {
        let mut left = self.unary()?;
        while self.word("and") || self.symbol("&&") {
            left = Expression::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError("nested too deep".to_owned()));
        }
        let parsed = if self.symbol("!") || self.word("not") {
            self.unary().map(|inner| Expression::Not(Box::new(inner)))
        } else if self.symbol("(") {
            let inner = self.or()?;
            self.expect(")")?;
            Ok(inner)
        } else {
            self.term()
        };
        self.depth -= 1;
        parsed
    }

    fn term(&mut self) -> Parsed<Expression> {
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return Err(FilterError(format!("expected a keyword, found {:?}", self.peek())));
        };
        self.next += 1;
        let flag = match word.to_ascii_lowercase().as_str() {
            "ok" => Some(Flag::Ok),
            "error" => Some(Flag::Error),
            "throttle" => Some(Flag::Throttle),
            "fault" => Some(Flag::Fault),
            "partial" => Some(Flag::Partial),
            "service" => return self.service(),
            _ => None,
        };
        if let Some(flag) = flag {
            return self.flag(flag);
        }
        let subject = self.subject(&word)?;
        let Some(operator) = self.operator() else { return Ok(Expression::Exists(subject)) };
        Ok(Expression::Compare(subject, operator, self.literal()?))
    }

    /// `fault`, `fault = true` and `fault != true`.
    fn flag(&mut self, flag: Flag) -> Parsed<Expression> {
        let wanted = match self.operator() {
            None => true,
            Some(operator @ (Operator::Equal | Operator::Unequal)) => match self.literal()? {
                Literal::Bool(value) => value == (operator == Operator::Equal),
                _ => return Err(FilterError("a flag is true or false".to_owned())),
            },
            Some(_) => return Err(FilterError("a flag is only = or !=".to_owned())),
        };
        let flag = Expression::Flag(flag);
        Ok(if wanted { flag } else { Expression::Not(Box::new(flag)) })
    }

    fn subject(&mut self, word: &str) -> Parsed<Subject> {
        if let Some(key) = word.strip_prefix("annotation.") {
            return Ok(Subject::Annotation(key.to_owned()));
        }
        Ok(match word.to_ascii_lowercase().as_str() {
            "responsetime" => Subject::ResponseTime,
            "duration" => Subject::Duration,
            "http.url" => Subject::Http("/request/url"),
            "http.method" => Subject::Http("/request/method"),
            "http.useragent" => Subject::Http("/request/user_agent"),
            "http.clientip" => Subject::Http("/request/client_ip"),
            "http.status" => Subject::Http("/response/status"),
            "user" => Subject::User,
            "name" => Subject::Name,
            "annotation" => {
                self.expect("[")?;
                let key = match self.peek().cloned() {
                    Some(Token::Word(key) | Token::Text(key)) => key,
                    found => return Err(FilterError(format!("no annotation key: {found:?}"))),
                };
                self.next += 1;
                self.expect("]")?;
                Subject::Annotation(key)
            }
            _ => return Err(FilterError(format!("unknown keyword {word:?}"))),
        })
    }

    fn operator(&mut self) -> Option<Operator> {
        for (symbol, operator) in [
            ("=", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<", Operator::Less),
            ("<=", Operator::LessOrEqual),
            (">", Operator::Greater),
            (">=", Operator::GreaterOrEqual),
        ] {
            if self.symbol(symbol) {
                return Some(operator);
            }
        }
        for (word, operator) in [
            ("contains", Operator::Contains),
            ("beginswith", Operator::BeginsWith),
            ("endswith", Operator::EndsWith),
        ] {
            if self.word(word) {
                return Some(operator);
            }
        }
        None
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let literal = match self.peek() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(number)) => Literal::Number(*number),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
            found => return Err(FilterError(format!("expected a value, found {found:?}"))),
        };
        self.next += 1;
        Ok(literal)
    }

    fn text(&mut self) -> Parsed<String> {
        match self.literal()? {
            Literal::Text(text) => Ok(text),
            other => Err(FilterError(format!("expected a text, found {other:?}"))),
        }
    }

    /// `service()`, `service("name")`, `service(id(name: "…", type: "…"))`, each perhaps with `{…}`.
    fn service(&mut self) -> Parsed<Expression> {
        let (mut name, mut kind) = (None, None);
        self.expect("(")?;
        if self.word("id") {
            self.expect("(")?;
            loop {
                let slot = if self.word("name") {
                    &mut name
                } else if self.word("type") {
                    &mut kind
                } else {
                    return Err(FilterError(format!("unknown part of an id: {:?}", self.peek())));
                };
                self.expect(":")?;
                *slot = Some(self.text()?);
                if !self.symbol(",") {
                    break;
                }
            }
            self.expect(")")?;
        } else if matches!(self.peek(), Some(Token::Text(_))) {
            name = Some(self.text()?);
        }
        self.expect(")")?;
        let mut inner = None;
        if self.symbol("{") {
            inner = Some(Box::new(self.or()?));
            self.expect("}")?;
        }
        Ok(Expression::Service { name, kind, inner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receivers::xray::validate::validate;
    use crate::store::xray::StoredDocument;

    fn trace() -> StoredTrace {
        let json = r#"{"id":"000000000000000a","trace_id":"1-00000001-000000000000000000000001",
            "name":"cruddur-backend","start_time":1.0,"end_time":3.5,"user":"andrewbrown",
            "error":true,"http":{"request":{"url":"http://h/api","method":"GET"},
            "response":{"status":404}},"annotations":{"tier":"gold"},
            "subsegments":[{"id":"000000000000000b","name":"home","start_time":1.0,"end_time":2.0,
            "annotations":{"count":3}}]}"#;
        let valid = validate(json.as_bytes()).expect("valid");
        StoredTrace {
            documents: vec![StoredDocument {
                raw: json.to_owned(),
                document: valid.document,
                transport: "api",
                unknown: Vec::new(),
            }],
        }
    }

    #[test]
    fn expressions_select_traces() {
        let trace = trace();
        let check = |expression: &str, expected: bool| {
            let filter = Filter::parse(expression).expect(expression);
            assert_eq!(filter.matches(&trace), expected, "{expression}");
        };
        check(r#"service("cruddur-backend")"#, true);
        check(r#"service("other")"#, false);
        check(r#"service("cruddur-backend") { error AND http.status = 404 }"#, true);
        check(r#"service("cruddur-backend") { fault }"#, false);
        check(r#"service(id(name: "cruddur-backend", type: "AWS::EC2::Instance"))"#, false);
        check("responsetime > 2", true);
        check("duration >= 2.5 AND responsetime < 3", true);
        check(r#"http.url CONTAINS "/api" AND http.method = "GET""#, true);
        check(r#"annotation[tier] = "gold" AND annotation.count = 3"#, true);
        check("annotation.count > 3 OR annotation[missing]", false);
        check("!fault AND NOT ok", true);
        check("(fault = true OR error = true) AND error != false", true);
        check(r#"user BEGINSWITH "andrew" AND user ENDSWITH "brown""#, true);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = "(".repeat(100);
        for bad in [
            "",
            "service(",
            r#"service("x"#,
            "responsetime >",
            "unknown = 1",
            "fault > 1",
            "a b",
            "%",
            &deep,
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
