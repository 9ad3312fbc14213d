//! What is reported to `GetSamplingTargets`, and what it answers.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use super::reservoir::Counts;
use crate::record::UnixNanos;

/// Longest time between two reports, in seconds, whatever the answer asks for. Ours.
const MAX_INTERVAL: u64 = 86_400;

/// What one rule counted since it was last reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    pub(super) rule: Arc<str>,
    pub(super) counts: Counts,
}

impl Statistics {
    /// The body of a `GetSamplingTargets` request (`POST /SamplingTargets`).
    #[must_use]
    pub fn to_request(statistics: &[Self], client_id: &str, now: UnixNanos) -> Vec<u8> {
        let seconds = now.0 / 1_000_000_000;
        let documents: Vec<Value> = statistics
            .iter()
            .map(|it| {
                json!({
                    "RuleName": &*it.rule,
                    "ClientID": client_id,
                    "Timestamp": seconds,
                    "RequestCount": it.counts.requests,
                    "SampledCount": it.counts.sampled,
                    "BorrowCount": it.counts.borrowed,
                })
            })
            .collect();
        json!({ "SamplingStatisticsDocuments": documents }).to_string().into_bytes()
    }
}

/// A quota for one rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) rule: String,
    pub(super) fixed_rate: Option<f64>,
    /// The quota a second; `None` keeps the old one.
    pub(super) quota: Option<u32>,
    /// When the quota expires, in seconds since the epoch.
    pub(super) quota_ttl: Option<f64>,
    /// Seconds until the rule should be reported again.
    pub(super) interval: Option<u64>,
}

/// What `GetSamplingTargets` answers.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetsReply {
    pub(super) targets: Vec<Target>,
    /// Seconds since the epoch.
    pub(super) last_rule_modification: Option<f64>,
    /// Rules whose statistics the service did not take, where it names them.
    pub(super) unprocessed: Vec<String>,
}

/// The answer is not what `GetSamplingTargets` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetsError;

impl fmt::Display for TargetsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is no `SamplingTargetDocuments` in JSON")
    }
}

impl std::error::Error for TargetsError {}

impl TargetsReply {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or has no list of targets. Single targets that are malformed are left out.
    pub fn parse(json: &[u8]) -> Result<Self, TargetsError> {
        let answer: Value = serde_json::from_slice(json).map_err(|_| TargetsError)?;
        let documents = answer.get("SamplingTargetDocuments").and_then(Value::as_array);
        let targets = documents.ok_or(TargetsError)?.iter().filter_map(read_target).collect();
        let list = answer.get("UnprocessedStatistics").and_then(Value::as_array);
        let unprocessed = list.into_iter().flatten();
        let rule_of = |it: &Value| it.get("RuleName").and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            targets,
            last_rule_modification: answer.get("LastRuleModification").and_then(Value::as_f64),
            unprocessed: unprocessed.filter_map(rule_of).collect(),
        })
    }
}

fn read_target(document: &Value) -> Option<Target> {
    let number = |key: &str| document.get(key).and_then(Value::as_f64);
    Some(Target {
        rule: document.get("RuleName")?.as_str()?.to_owned(),
        fixed_rate: number("FixedRate").filter(|rate| (0.0..=1.0).contains(rate)),
        quota: document
            .get("ReservoirQuota")
            .and_then(Value::as_u64)
            .map(|quota| u32::try_from(quota).unwrap_or(u32::MAX)),
        quota_ttl: number("ReservoirQuotaTTL"),
        interval: document
            .get("Interval")
            .and_then(Value::as_u64)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| seconds.min(MAX_INTERVAL)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_far_as_they_go() {
        let reply = TargetsReply::parse(
            br#"{"SamplingTargetDocuments":[
                {"RuleName":"a","FixedRate":0.1,"ReservoirQuota":2,"ReservoirQuotaTTL":1.5e9,"Interval":5},
                {"RuleName":"b","ReservoirQuota":null,"FixedRate":"x","Interval":18446744073709551615},
                {"FixedRate":1}],
                "LastRuleModification":1.6e9,"UnprocessedStatistics":[{"RuleName":"c"},{}]}"#,
        )
        .expect("an answer");
        assert_eq!(reply.targets.len(), 2);
        assert_eq!(reply.targets[0].quota, Some(2));
        assert_eq!((reply.targets[1].quota, reply.targets[1].interval), (None, Some(MAX_INTERVAL)));
        assert_eq!(reply.unprocessed, ["c"]);
        for bad in [&b"not json"[..], b"{}", b"[]", b"{\"SamplingTargetDocuments\":{}}"] {
            assert_eq!(TargetsReply::parse(bad), Err(TargetsError));
        }
    }
}
