//! Filter patterns of CloudWatch Logs: terms, phrases, and simple patterns on JSON lines. Pure.
//!
//! `FilterLogEvents` and the search of the Logs tab read them, the latter more loosely.
//!
//! Source: CloudWatch Logs user guide, "Filter pattern syntax", read 2026-11. Regular expressions
//! (`%…%`) and space-delimited patterns (`[a, b]`) are refused, not misread.

mod json;
mod terms;

use std::borrow::Cow;

use serde_json::Value;

use json::Condition;
use terms::Terms;

/// A parsed pattern.
#[derive(Debug, PartialEq)]
pub(crate) struct Pattern(Kind);

#[derive(Debug, PartialEq)]
enum Kind {
    /// `ERROR "exact phrase" -excluded ?either ?or`.
    Terms(Terms),
    /// `{ $.level = "ERROR" && $.count > 3 }`.
    Json(Condition),
}

impl Pattern {
    /// Parses a pattern as the service does; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(condition) = condition(text) {
            return condition;
        }
        if text.starts_with('[') {
            return Err("space-delimited patterns are not supported here".to_owned());
        }
        let terms = terms::parse(text)?;
        terms.check()?;
        Ok(Self(Kind::Terms(terms)))
    }

    /// Parses what people type: a term may hold any characters, and its case does not count (which
    /// takes a lower-case text in [`finds`](Self::finds)).
    pub(crate) fn parse_search(text: &str) -> Result<Self, String> {
        let text = text.trim();
        condition(text)
            .unwrap_or_else(|| Ok(Self(Kind::Terms(terms::parse(&text.to_lowercase())?))))
    }

    /// Whether a message matches; cases count.
    pub(crate) fn matches(&self, message: &str) -> bool {
        self.finds(|| message.into(), || serde_json::from_str(message).ok())
    }

    /// Whether it matches what is one text and one JSON value; either is only made when asked for.
    pub(crate) fn finds<'a>(
        &self,
        text: impl FnOnce() -> Cow<'a, str>,
        value: impl FnOnce() -> Option<Value>,
    ) -> bool {
        match &self.0 {
            Kind::Terms(terms) => terms.is_empty() || terms.matches(&text()),
            Kind::Json(condition) => value().is_some_and(|value| condition.matches(&value)),
        }
    }
}

/// The condition, where the text is one.
fn condition(text: &str) -> Option<Result<Pattern, String>> {
    let inside = text.strip_prefix('{')?;
    let Some(inside) = inside.strip_suffix('}') else {
        return Some(Err("a pattern that starts with `{` must end with `}`".to_owned()));
    };
    Some(json::parse(inside).map(|condition| Pattern(Kind::Json(condition))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"level":"ERROR","message":"get home activities","count":4,"ok":false,"none":null,"user":{"name":"andrew"},"tags":["a","b"],"http.status":500}"#;

    fn check(pattern: &str, message: &str, expected: bool) {
        let parsed = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(parsed.matches(message), expected, "{pattern} on {message}");
    }

    #[test]
    fn terms_and_phrases() {
        check("", "anything", true);
        check("ERROR", "an ERROR here", true);
        check("error", "an ERROR here", false);
        check("ERROR here", "an ERROR here", true);
        check("ERROR there", "an ERROR here", false);
        check("\"ERROR here\"", "an ERROR here", true);
        check("\"here ERROR\"", "an ERROR here", false);
        check("\"say \\\"hi\\\"\"", "they say \"hi\"", true);
        check("ERROR -here", "an ERROR here", false);
        check("ERROR -\"not here\"", "an ERROR here", true);
        check("?WARN ?ERROR", "an ERROR here", true);
        check("?WARN ?INFO", "an ERROR here", false);
        check("-ERROR", "fine", true);
    }

    #[test]
    fn conditions_on_json() {
        check("{ $.level = \"ERROR\" }", LINE, true);
        check("{ $.level = ERROR }", LINE, true);
        check("{ $.level != \"ERROR\" }", LINE, false);
        check("{ $.message = \"*home*\" }", LINE, true);
        check("{ $.message = \"home*\" }", LINE, false);
        check("{ $.count > 3 && $.count <= 4 }", LINE, true);
        check("{ $.count > 4 || $.level = \"ERROR\" }", LINE, true);
        check("{ ($.count = 1 || $.count = 4) && $.ok IS FALSE }", LINE, true);
        check("{ $.ok IS TRUE }", LINE, false);
        check("{ $.none IS NULL }", LINE, true);
        check("{ $.missing NOT EXISTS }", LINE, true);
        check("{ $.count NOT EXISTS }", LINE, false);
        check("{ $.user.name = \"andrew\" }", LINE, true);
        check("{ $.tags[1] = \"b\" }", LINE, true);
        check("{ $.['http.status'] = 500 }", LINE, true);
        check("{ $.level = \"ERROR\" }", "not json", false);
    }

    #[test]
    fn a_search_is_read_more_loosely() {
        let check = |search: &str, text: &str, expected: bool| {
            let parsed = Pattern::parse_search(search).unwrap_or_else(|error| panic!("{error}"));
            let found = parsed.finds(|| text.into(), || serde_json::from_str(text).ok());
            assert_eq!(found, expected, "{search} on {text}");
        };
        check("ERROR Home-Feed", "an error of the home-feed", true);
        check("count=4 -user.name=andrew", "count=4 user.name=bob", true);
        check("\"Not HERE\"", "here not", false);
        check("[a %b", "%b [a", true);
        check("", "anything", true);
        check("{ $.level = \"ERROR\" }", LINE, true);
        check("{ $.level = \"error\" }", LINE, false);
        for faulty in ["{ $.level", "\"open", "- x", "{ level = 1 }"] {
            assert!(Pattern::parse_search(faulty).is_err(), "{faulty}");
        }
    }

    #[test]
    fn faulty_patterns_say_so() {
        let faulty = [
            "{ $.a = 1",
            "{ a = 1 }",
            "{ $.a ~ 1 }",
            "{ $.a = 1 && }",
            "{ ($.a = 1 }",
            "\"open",
            "%regex%",
            "[a, b]",
            "service/api",
            "level=ERROR",
            "-a.b",
            "{",
            "{ $.a > x }",
            "{ }",
            "{ $. = 1 }",
            "{ $.a = 1 } }",
        ];
        for pattern in faulty {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,40}", message in "\\PC{0,40}") {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.matches(&message);
            }
            let _ = Pattern::parse(&format!("{{ {text} }}"));
        }
    }
}
