//! What should be, what is, and the calls that make the one of the other. Pure.

use serde_json::{Map, Value, json};

use crate::setup::finding::{Finding, SetupError, Verdict};

/// What should be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wish {
    pub(super) group: String,
    pub(super) filter: String,
    /// The fields of the rule.
    pub(super) rule: Map<String, Value>,
}

/// One difference (or none), and the call that ends it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) finding: Finding,
    /// Path and body; `None` where nothing is to be done.
    pub(super) call: Option<(&'static str, Value)>,
}

/// Longest name of a group or a rule, in characters.
/// Source: API reference of AWS X-Ray, `CreateGroup` and `SamplingRule`, read 2026-11.
const MAX_NAME_CHARS: usize = 32;

impl Wish {
    /// A group that selects the service, and the rule, given as JSON or the usual one.
    pub(super) fn new(service: &str, group: &str, rule: Option<&str>) -> Result<Self, SetupError> {
        if group.is_empty() || group.chars().count() > MAX_NAME_CHARS || group == "Default" {
            let problem = format!(
                "`{group}` can't be a group's name: 1 to {MAX_NAME_CHARS} \
                characters, and not `Default`; give --group NAME"
            );
            return Err(SetupError::usage(problem));
        }
        let filter = format!("service(\"{}\")", service.replace(['"', '\\'], ""));
        let rule = match rule {
            Some(json) => read_rule(json)?,
            None => usual_rule(service, group),
        };
        Ok(Self { group: group.to_owned(), filter, rule })
    }

    fn rule_name(&self) -> &str {
        self.rule.get("RuleName").and_then(Value::as_str).unwrap_or("")
    }
}

fn usual_rule(service: &str, name: &str) -> Map<String, Value> {
    let rule = json!({
        "RuleName": name, "ResourceARN": "*", "Priority": 9000, "FixedRate": 0.1,
        "ReservoirSize": 5, "ServiceName": service, "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    });
    rule.as_object().cloned().unwrap_or_default()
}

/// `{"SamplingRule": {…}}`, or the rule alone.
fn read_rule(json: &str) -> Result<Map<String, Value>, SetupError> {
    let file: Value = serde_json::from_str(json)
        .map_err(|error| SetupError::usage(format!("the rule is no JSON: {error}")))?;
    let rule = file.get("SamplingRule").unwrap_or(&file).as_object().cloned();
    let rule = rule.filter(|rule| rule.get("RuleName").is_some_and(Value::is_string));
    rule.ok_or_else(|| SetupError::usage("the rule has no `RuleName`"))
}

/// Compares what is with what should be: one entry for the group, one for the rule.
pub(super) fn compare(groups: &[Value], rules: &[Value], wish: &Wish) -> Vec<Change> {
    let group = groups.iter().find(|group| group["GroupName"] == *wish.group);
    let mut rules = rules.iter().map(|record| &record["SamplingRule"]);
    let rule = rules.find(|rule| rule["RuleName"] == wish.rule_name());
    vec![compare_group(group, wish), compare_rule(rule, wish)]
}

fn compare_group(group: Option<&Value>, wish: &Wish) -> Change {
    let what = format!("X-Ray group `{}`", wish.group);
    let body = json!({"GroupName": wish.group, "FilterExpression": wish.filter});
    let difference = |is: &str| ("FilterExpression".to_owned(), is.to_owned(), wish.filter.clone());
    match group {
        None => change(what, Verdict::WouldCreate, vec![], Some(("/CreateGroup", body))),
        Some(group) => {
            let is = group["FilterExpression"].as_str().unwrap_or("");
            if is == wish.filter {
                change(what, Verdict::AsWished, vec![], None)
            } else {
                let call = Some(("/UpdateGroup", body));
                change(what, Verdict::WouldUpdate, vec![difference(is)], call)
            }
        }
    }
}

fn compare_rule(rule: Option<&Value>, wish: &Wish) -> Change {
    let what = format!("X-Ray sampling rule `{}`", wish.rule_name());
    let Some(rule) = rule else {
        let body = json!({ "SamplingRule": wish.rule });
        return change(what, Verdict::WouldCreate, vec![], Some(("/CreateSamplingRule", body)));
    };
    let mut differences = Vec::new();
    let mut update = Map::new();
    for (key, should) in &wish.rule {
        // A rule's version can't be changed; an absent map is an empty one.
        if key == "Version" || key == "RuleARN" || is_same(&rule[key], should) {
            continue;
        }
        differences.push((key.clone(), rule[key].to_string(), should.to_string()));
        update.insert(key.clone(), should.clone());
    }
    if update.is_empty() {
        return change(what, Verdict::AsWished, vec![], None);
    }
    update.insert("RuleName".into(), json!(wish.rule_name()));
    let body = json!({ "SamplingRuleUpdate": update });
    change(what, Verdict::WouldUpdate, differences, Some(("/UpdateSamplingRule", body)))
}

fn change(
    what: String,
    verdict: Verdict,
    differences: Vec<(String, String, String)>,
    call: Option<(&'static str, Value)>,
) -> Change {
    Change { finding: Finding { what, verdict, differences }, call }
}

/// Numbers by value (`1` and `1.0`), and nothing like an empty map.
fn is_same(is: &Value, should: &Value) -> bool {
    let is_empty = |it: &Value| it.is_null() || it.as_object().is_some_and(Map::is_empty);
    match (is.as_f64(), should.as_f64()) {
        (Some(is), Some(should)) => is == should,
        _ => is == should || (is_empty(is) && is_empty(should)),
    }
}
