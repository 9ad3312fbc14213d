//! Filter patterns of `FilterLogEvents`: terms, phrases, and simple patterns on JSON lines. Pure.
//!
//! Source: CloudWatch Logs user guide, "Filter pattern syntax", read 2026-11. Regular expressions
//! (`%…%`) and space-delimited patterns (`[a, b]`) are refused, not misread.

mod json;
mod terms;

use json::Condition;
use terms::Terms;

/// A parsed pattern.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// `ERROR "exact phrase" -excluded ?either ?or`.
    Terms(Terms),
    /// `{ $.level = "ERROR" && $.count > 3 }`.
    Json(Condition),
}

impl Pattern {
    /// Parses a pattern; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(inside) = text.strip_prefix('{') {
            let inside = inside.strip_suffix('}').ok_or("a `{` has no `}`")?;
            return json::parse(inside).map(Self::Json);
        }
        if text.starts_with('[') {
            return Err("space-delimited patterns are not supported here".to_owned());
        }
        terms::parse(text).map(Self::Terms)
    }

    /// Whether a message matches; cases count.
    pub(super) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => {
                serde_json::from_str(message).is_ok_and(|value| condition.matches(&value))
            }
        }
    }
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
