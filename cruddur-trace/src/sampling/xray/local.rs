//! Local rules: a file of version 2, and the fallback while there are no central rules.
//!
//! Source of the format: "Configuring sampling rules" of the X-Ray SDKs (JSON, version 2), AWS
//! X-Ray developer guide, read 2026-11.

use std::fmt;

use serde_json::Value;

use super::pattern::Pattern;
use super::reservoir::{Reservoir, Taken};
use super::{RequestToSample, is_drawn};
use crate::record::UnixNanos;
use crate::sampling::XrayDecision;

/// Rules of a file; the first that matches decides, else the default.
#[derive(Debug)]
pub struct LocalRules {
    rules: Vec<LocalRule>,
    default: LocalRule,
}

#[derive(Debug)]
struct LocalRule {
    host: Pattern,
    method: Pattern,
    path: Pattern,
    reservoir: Reservoir,
}

/// The text is no file of sampling rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRulesError {
    what: String,
}

impl fmt::Display for LocalRulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a file of X-Ray sampling rules: {}", self.what)
    }
}

impl std::error::Error for LocalRulesError {}

fn fail<T>(what: impl Into<String>) -> Result<T, LocalRulesError> {
    Err(LocalRulesError { what: what.into() })
}

/// The first request of each second, then 5 %, as every X-Ray SDK does without rules.
impl Default for LocalRules {
    fn default() -> Self {
        Self { rules: Vec::new(), default: LocalRule::new("*", "*", "*", 1, 0.05) }
    }
}

impl LocalRule {
    fn new(host: &str, method: &str, path: &str, fixed_target: u32, rate: f64) -> Self {
        let reservoir = Reservoir::new(rate);
        // A local reservoir is a quota that never expires.
        reservoir.assign(fixed_target, u64::MAX);
        Self {
            host: Pattern::new(host),
            method: Pattern::new(method),
            path: Pattern::new(path),
            reservoir,
        }
    }

    fn read(rule: &Value, what: &str) -> Result<Self, LocalRulesError> {
        let text = |key: &str| match rule.get(key) {
            None => Ok("*"),
            Some(found) => {
                found.as_str().map_or_else(|| fail(format!("`{key}` of {what} is no text")), Ok)
            }
        };
        let target = rule.get("fixed_target").and_then(Value::as_u64);
        let Some(target) = target.and_then(|it| u32::try_from(it).ok()) else {
            return fail(format!("`fixed_target` of {what} is no whole number"));
        };
        let rate = rule.get("rate").and_then(Value::as_f64);
        let Some(rate) = rate.filter(|rate| (0.0..=1.0).contains(rate)) else {
            return fail(format!("`rate` of {what} is no number from 0 to 1"));
        };
        Ok(Self::new(text("host")?, text("http_method")?, text("url_path")?, target, rate))
    }

    fn matches(&self, request: &RequestToSample<'_>) -> bool {
        self.host.matches(request.host)
            && self.method.matches(request.method)
            && self.path.matches(request.path)
    }
}

impl LocalRules {
    /// Reads `{"version":2,"default":{"fixed_target":1,"rate":0.05},"rules":[{"description",
    /// "host", "http_method", "url_path", "fixed_target", "rate"}]}`.
    ///
    /// # Errors
    ///
    /// If it is no JSON, of another version, without a default, or a number is out of range.
    pub fn parse(json: &[u8]) -> Result<Self, LocalRulesError> {
        let file: Value = match serde_json::from_slice(json) {
            Ok(file) => file,
            Err(error) => return fail(error.to_string()),
        };
        if file.get("version").and_then(Value::as_i64) != Some(2) {
            return fail("`version` is not 2");
        }
        let Some(default) = file.get("default") else { return fail("there is no `default`") };
        let rules = match file.get("rules") {
            None => Vec::new(),
            Some(Value::Array(rules)) => rules
                .iter()
                .enumerate()
                .map(|(index, rule)| LocalRule::read(rule, &format!("rule {}", index + 1)))
                .collect::<Result<_, _>>()?,
            Some(_) => return fail("`rules` is no list"),
        };
        Ok(Self { rules, default: LocalRule::read(default, "the default")? })
    }

    /// Decides on a trace. Local rules are not named in what X-Ray is sent.
    #[must_use]
    pub fn decide(
        &self,
        request: &RequestToSample<'_>,
        now: UnixNanos,
        random: u64,
    ) -> XrayDecision {
        let rule = self.rules.iter().find(|rule| rule.matches(request)).unwrap_or(&self.default);
        let taken = rule.reservoir.take(now.0 / 1_000_000_000, false);
        let sampled = taken != Taken::No || is_drawn(random, rule.reservoir.rate());
        XrayDecision { sampled, rule: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rules = LocalRules::parse(
            br#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[
                {"description":"all","host":"*","http_method":"GET","url_path":"/a/*",
                 "fixed_target":2,"rate":0}]}"#,
        )
        .expect("valid");
        let decide = |path, now| {
            rules.decide(&RequestToSample::new("h", "get", path), UnixNanos(now), 1).sampled
        };
        assert_eq!([decide("/a/b", 0), decide("/a/b", 1), decide("/a/b", 2)], [true, true, false]);
        assert!(decide("/a/b", 1_000_000_000));
        assert!(!decide("/b", 0));
    }

    #[test]
    fn a_file_that_is_none_is_an_error_that_says_why() {
        let check = |json: &str, expected: &str| {
            let error = LocalRules::parse(json.as_bytes()).expect_err("an error").to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("x", "not a file");
        check(r#"{"version":1}"#, "`version` is not 2");
        check(r#"{"version":2}"#, "no `default`");
        check(r#"{"version":2,"default":{"fixed_target":1}}"#, "`rate` of the default");
        check(r#"{"version":2,"default":{"fixed_target":-1,"rate":1}}"#, "`fixed_target`");
        check(
            r#"{"version":2,"default":{"fixed_target":1,"rate":1},"rules":[{"rate":2}]}"#,
            "rule 1",
        );
    }
}
