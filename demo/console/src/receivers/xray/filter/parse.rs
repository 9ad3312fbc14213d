//! Tokens become an expression, by recursive descent: `OR` binds least, then `AND`, then `NOT`.

use super::tokens::Token;
use super::{Expression, FilterError, Flag, Literal, Operator, Subject};

/// Brackets and `NOT`s within each other.
const MAX_DEPTH: usize = 32;

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    depth: usize,
}

type Parsed<T> = Result<T, FilterError>;

impl<'a> Parser<'a> {
    /// The expression that all of these tokens are.
    pub(super) fn read(tokens: &'a [Token]) -> Parsed<Expression> {
        let mut parser = Self { tokens, next: 0, depth: 0 };
        let expression = parser.or()?;
        match parser.peek() {
            None => Ok(expression),
            Some(token) => Err(FilterError(format!("unexpected {token:?}"))),
        }
    }

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
