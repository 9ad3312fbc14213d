//! One sampling rule: what it matches, and how it is read from `GetSamplingRules`.

use std::sync::Arc;

use serde_json::Value;

use super::pattern::Pattern;
use super::{RequestToSample, SampledService};

/// A rule of version 1, as X-Ray holds it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// 1 to 32 characters; `Default` is X-Ray's own.
    pub name: Arc<str>,
    /// 1 (first) to 9999; `Default` has 10000.
    pub priority: i64,
    /// The part of requests beyond the reservoir that is sampled, 0 to 1.
    pub fixed_rate: f64,
    /// Requests a second that all processes share.
    pub reservoir_size: u64,
    pub(super) host: Pattern,
    pub(super) method: Pattern,
    pub(super) path: Pattern,
    pub(super) service_name: Pattern,
    pub(super) service_type: Pattern,
    pub(super) arn: Pattern,
    /// Names and patterns; each must be there and match.
    pub(super) attributes: Vec<(String, Pattern)>,
}

impl Rule {
    pub(super) fn matches(&self, request: &RequestToSample<'_>, service: &SampledService) -> bool {
        self.method.matches(request.method)
            && self.path.matches(request.path)
            && self.host.matches(request.host)
            && self.service_name.matches(service.name.as_deref())
            && self.service_type.matches(service.kind.as_deref())
            && self.arn.matches(service.arn.as_deref())
            && self.attributes.iter().all(|(name, pattern)| {
                let mut values = request.attributes.iter().filter(|(key, _)| key == name);
                values.any(|(_, value)| pattern.matches(Some(value)))
            })
    }

    /// A rule of a `SamplingRuleRecords` entry; `None` if it is of another version or malformed.
    fn read(record: &Value) -> Option<Self> {
        let rule = record.get("SamplingRule")?;
        if rule.get("Version").is_some_and(|version| version.as_i64() != Some(1)) {
            return None;
        }
        let text = |key: &str| match rule.get(key) {
            None | Some(Value::Null) => Some("*"),
            Some(found) => found.as_str(),
        };
        let name = rule.get("RuleName")?.as_str().filter(|name| !name.is_empty())?;
        let fixed_rate = rule.get("FixedRate")?.as_f64()?;
        if !(0.0..=1.0).contains(&fixed_rate) {
            return None;
        }
        let attributes = match rule.get("Attributes") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(attributes)) => attributes
                .iter()
                .map(|(key, pattern)| Some((key.clone(), Pattern::new(pattern.as_str()?))))
                .collect::<Option<_>>()?,
            Some(_) => return None,
        };
        Some(Self {
            name: name.into(),
            priority: rule.get("Priority").and_then(Value::as_i64).unwrap_or(i64::MAX),
            fixed_rate,
            reservoir_size: rule.get("ReservoirSize").and_then(Value::as_u64).unwrap_or(0),
            host: Pattern::new(text("Host")?),
            method: Pattern::new(text("HTTPMethod")?),
            path: Pattern::new(text("URLPath")?),
            service_name: Pattern::new(text("ServiceName")?),
            service_type: Pattern::new(text("ServiceType")?),
            arn: Pattern::new(text("ResourceARN")?),
            attributes,
        })
    }

    /// The order in which rules are tried; `Default` is always last.
    pub(super) fn order(&self) -> (bool, i64, &str) {
        (&*self.name == "Default", self.priority, &self.name)
    }
}

/// One page of `GetSamplingRules`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RulesPage {
    /// Rules of version 1.
    pub rules: Vec<Rule>,
    /// Records that are of another version or malformed.
    pub skipped: usize,
    /// There are more pages: ask again with this.
    pub next_token: Option<String>,
}

impl RulesPage {
    /// Reads an answer; `None` if it is none.
    #[must_use]
    pub fn parse(json: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(json).ok()?;
        let records = answer.get("SamplingRuleRecords")?.as_array()?;
        let rules: Vec<Rule> = records.iter().filter_map(Rule::read).collect();
        let next_token = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            skipped: records.len() - rules.len(),
            rules,
            next_token: next_token.filter(|token| !token.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(change: &str) -> Rule {
        let json = format!(
            r#"{{"SamplingRuleRecords":[{{"SamplingRule":{{"RuleName":"r","Version":1,"Priority":1,
            "FixedRate":0.1,"ReservoirSize":1,"Host":"*","HTTPMethod":"*","URLPath":"*",
            "ServiceName":"*","ServiceType":"*","ResourceARN":"*"{change}}}}}]}}"#
        );
        RulesPage::parse(json.as_bytes()).expect("a page").rules.remove(0)
    }

    #[test]
    fn a_rule_matches_by_every_field_and_ignores_case() {
        let request = RequestToSample::new("localhost", "GET", "/api/activities/home");
        let service = SampledService { name: Some("cruddur-backend".into()), ..Default::default() };
        let check = |change: &str, expected: bool| {
            let change = format!(",{change}");
            assert_eq!(rule(&change).matches(&request, &service), expected, "{change}");
        };
        check(r#""HTTPMethod":"get""#, true);
        check(r#""HTTPMethod":"POST""#, false);
        check(r#""URLPath":"/API/*/home""#, true);
        check(r#""URLPath":"/api/?""#, false);
        check(r#""Host":"localhos?""#, true);
        check(r#""ServiceName":"cruddur-backend""#, true);
        check(r#""ServiceName":"other""#, false);
        // What is not known matches.
        check(r#""ServiceType":"AWS::EC2::Instance""#, true);
        check(r#""ResourceARN":"arn:*""#, true);
        // But an attribute that is asked for must be there.
        check(r#""Attributes":{"user":"andrew*"}"#, false);
        let attributes = [("user", "AndrewBrown")];
        let request = request.with_attributes(&attributes);
        assert!(rule(r#","Attributes":{"user":"andrew*"}"#).matches(&request, &service));
    }

    #[test]
    fn a_page_keeps_what_it_understands() {
        let page = RulesPage::parse(
            br#"{"SamplingRuleRecords":[
                {"SamplingRule":{"RuleName":"two","Version":2,"FixedRate":0.1}},
                {"SamplingRule":{"RuleName":"rate","Version":1,"FixedRate":7}},
                {"SamplingRule":{"RuleName":"ok","Version":1,"FixedRate":0.1,"Attributes":null}},
                17],"NextToken":"t"}"#,
        );
        let page = page.expect("a page");
        assert_eq!((page.rules.len(), page.skipped), (1, 3));
        assert_eq!(page.next_token.as_deref(), Some("t"));
        for bad in [&b"<html>"[..], b"", b"{}", b"[]", b"{\"SamplingRuleRecords\":3}"] {
            assert_eq!(RulesPage::parse(bad), None);
        }
    }
}
