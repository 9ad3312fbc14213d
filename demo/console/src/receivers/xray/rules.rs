//! Sampling rules: create, read, update, delete; and the targets of those who use them.

use axum::extract::State;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::call::{Answer, CallError, bounded, now, object, text};
use crate::Shared;
use crate::store::xray::{RuleRecord, rule_arn};

/// Text fields and how many characters they may have.
const TEXTS: [(&str, usize); 6] = [
    ("ServiceName", 64),
    ("ServiceType", 64),
    ("Host", 64),
    ("HTTPMethod", 10),
    ("URLPath", 128),
    ("ResourceARN", 500),
];

/// `GetSamplingRules`.
pub(super) async fn get(State(app): State<Shared>, body: Bytes) -> Answer {
    object(&body)?;
    let records = app
        .store
        .xray
        .with(|data| data.rules.all().iter().map(RuleRecord::to_json).collect::<Vec<_>>());
    Ok(axum::Json(json!({ "SamplingRuleRecords": records })))
}

/// Checks the fields that are there.
fn check(rule: &Map<String, Value>) -> Result<(), CallError> {
    for (key, most) in TEXTS {
        if rule.contains_key(key) {
            bounded(rule, key, 0..=most)?;
        }
    }
    let number = |key: &str, range: std::ops::RangeInclusive<f64>, is_whole: bool| {
        let Some(value) = rule.get(key).filter(|value| !value.is_null()) else { return Ok(()) };
        let found =
            value.as_f64().filter(|it| range.contains(it) && !(is_whole && it.fract() != 0.0));
        found.map(drop).ok_or_else(|| {
            CallError::invalid(format!("{key} has to be from {} to {}", range.start(), range.end()))
        })
    };
    number("FixedRate", 0.0..=1.0, false)?;
    number("Priority", 1.0..=9_999.0, true)?;
    number("ReservoirSize", 0.0..=f64::from(u32::MAX), true)?;
    match rule.get("Attributes") {
        None | Some(Value::Null) => {}
        Some(Value::Object(attributes)) if attributes.len() <= 5 => {
            for (key, value) in attributes {
                let fits = |text: &str| (1..=32).contains(&text.chars().count());
                if !fits(key) || !value.as_str().is_some_and(fits) {
                    return Err(CallError::invalid("Attributes have 1 to 32 characters"));
                }
            }
        }
        Some(_) => return Err(CallError::invalid("at most 5 Attributes")),
    }
    Ok(())
}

/// Whether a rule has such a field; the service ignores others.
fn is_field(key: &str) -> bool {
    ["RuleName", "RuleARN", "FixedRate", "Priority", "ReservoirSize", "Version", "Attributes"]
        .contains(&key)
        || TEXTS.iter().any(|(text, _)| *text == key)
}

/// `CreateSamplingRule`.
pub(super) async fn create(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let Some(Value::Object(rule)) = request.get("SamplingRule") else {
        return Err(CallError::invalid("SamplingRule is required"));
    };
    let name = bounded(rule, "RuleName", 1..=32)?;
    let required = ["FixedRate", "Priority", "ReservoirSize", "Version"];
    let texts = TEXTS.iter().map(|(key, _)| *key);
    if let Some(missing) = required.into_iter().chain(texts).find(|key| !rule.contains_key(*key)) {
        return Err(CallError::invalid(format!("{missing} is required")));
    }
    if rule["Version"] != 1 {
        return Err(CallError::invalid("Version has to be 1"));
    }
    check(rule)?;
    let mut rule = rule.clone();
    rule.retain(|key, _| is_field(key));
    rule.insert("RuleARN".into(), json!(rule_arn(name)));
    rule.entry("Attributes").or_insert_with(|| json!({}));
    let record = RuleRecord::new(rule, now());
    let shown = record.to_json();
    app.store.xray.with(|data| {
        if data.rules.find(name).is_some() {
            return Err(CallError::invalid(format!("the rule {name} is there already")));
        }
        if data.rules.add(record) {
            Ok(())
        } else {
            let message = "too many sampling rules".to_owned();
            Err(CallError { code: "RuleLimitExceededException", message })
        }
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({ "SamplingRuleRecord": shown })))
}

/// The rule that a request names by its name or its ARN.
fn named(request: &Map<String, Value>) -> Result<&str, CallError> {
    let name = text(request, "RuleName")?.or(text(request, "RuleARN")?);
    name.ok_or_else(|| CallError::invalid("RuleName or RuleARN is required"))
}

/// `UpdateSamplingRule`.
pub(super) async fn update(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let Some(Value::Object(change)) = request.get("SamplingRuleUpdate") else {
        return Err(CallError::invalid("SamplingRuleUpdate is required"));
    };
    let name = named(change)?;
    check(change)?;
    let shown = app.store.xray.with(|data| {
        let record = data.rules.find(name);
        let record =
            record.ok_or_else(|| CallError::invalid(format!("there is no rule {name}")))?;
        let is_default = record.text("RuleName") == "Default";
        for (key, value) in change.iter().filter(|(_, value)| !value.is_null()) {
            if key == "RuleName" || key == "RuleARN" || !is_field(key) {
                continue;
            }
            if is_default && !["FixedRate", "ReservoirSize"].contains(&key.as_str()) {
                return Err(CallError::invalid(
                    "of Default only the rate and the reservoir change",
                ));
            }
            record.rule.insert(key.clone(), value.clone());
        }
        record.modified = now();
        let (shown, modified) = (record.to_json(), record.modified);
        data.rules.modified = modified;
        Ok(shown)
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({ "SamplingRuleRecord": shown })))
}

/// `DeleteSamplingRule`.
pub(super) async fn delete(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let name = named(&request)?;
    let shown = app.store.xray.with(|data| {
        let record = data.rules.find(name);
        let record =
            record.ok_or_else(|| CallError::invalid(format!("there is no rule {name}")))?;
        let (name, shown) = (record.text("RuleName").to_owned(), record.to_json());
        if name == "Default" {
            return Err(CallError::invalid("the rule Default can't be deleted"));
        }
        data.rules.remove(&name, now());
        Ok(shown)
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({ "SamplingRuleRecord": shown })))
}

/// `GetSamplingTargets`.
pub(super) async fn targets(State(app): State<Shared>, body: Bytes) -> Answer {
    let request = object(&body)?;
    let Some(Value::Array(documents)) = request.get("SamplingStatisticsDocuments") else {
        return Err(CallError::invalid("SamplingStatisticsDocuments is required"));
    };
    if documents.len() > 25 {
        return Err(CallError::invalid("at most 25 SamplingStatisticsDocuments"));
    }
    let now = now();
    let (mut targets, mut unprocessed) = (Vec::new(), Vec::new());
    let modified = app.store.xray.with(|data| {
        for document in documents {
            let document = document.as_object().cloned().unwrap_or_default();
            let name = bounded(&document, "RuleName", 1..=32)?;
            let client = bounded(&document, "ClientID", 24..=24)?;
            if !document.get("Timestamp").is_some_and(Value::is_number) {
                return Err(CallError::invalid("Timestamp is required"));
            }
            let count = |key: &str| document.get(key).and_then(Value::as_u64);
            let (Some(requests), Some(sampled)) = (count("RequestCount"), count("SampledCount"))
            else {
                return Err(CallError::invalid("RequestCount and SampledCount are required"));
            };
            let counts = [requests, sampled, count("BorrowCount").unwrap_or(0)];
            match data.rules.find(name) {
                Some(rule) => targets.push(rule.report(client, counts, now)),
                None => unprocessed.push(json!({"RuleName": name, "ErrorCode": "404",
                    "Message": "there is no such rule"})),
            }
        }
        Ok(data.rules.modified)
    })?;
    app.live.changed("xray");
    Ok(axum::Json(json!({
        "SamplingTargetDocuments": targets, "LastRuleModification": modified,
        "UnprocessedStatistics": unprocessed, "UnprocessedBoostStatistics": [],
    })))
}

/// `GetSamplingStatisticSummaries`.
pub(super) async fn statistics(State(app): State<Shared>, body: Bytes) -> Answer {
    object(&body)?;
    let summaries = app.store.xray.with(|data| {
        let rules = data.rules.all().iter().filter(|rule| rule.reported[0] > 0);
        rules
            .map(|rule| {
                json!({"RuleName": rule.text("RuleName"), "Timestamp": now(),
                    "RequestCount": rule.reported[0], "SampledCount": rule.reported[1],
                    "BorrowCount": rule.reported[2]})
            })
            .collect::<Vec<_>>()
    });
    Ok(axum::Json(json!({ "SamplingStatisticSummaries": summaries })))
}
