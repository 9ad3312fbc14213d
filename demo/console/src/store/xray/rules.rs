//! Sampling rules, who reports on them, and the quotas that they get.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

const MAX_RULES: usize = 25;
/// Clients that share a reservoir; further ones get a share, but make nobody else's smaller. Ours.
const MAX_CLIENTS: usize = 1_000;
/// A client that has not reported for this long gets no share of the reservoir, in seconds.
const CLIENT_SECONDS: f64 = 30.0;
/// How long a quota holds, in seconds.
const QUOTA_SECONDS: f64 = 30.0;

/// A rule with its times, in seconds since the epoch.
pub(crate) struct RuleRecord {
    pub(crate) rule: Map<String, Value>,
    pub(crate) created: f64,
    pub(crate) modified: f64,
    /// Client ids and when they last reported.
    clients: HashMap<String, f64>,
    /// Requests, sampled and borrowed, as reported.
    pub(crate) reported: [u64; 3],
}

/// All rules; `Default` is X-Ray's own and always there.
pub(crate) struct Rules {
    list: Vec<RuleRecord>,
    pub(crate) modified: f64,
}

impl Default for Rules {
    fn default() -> Self {
        let rule = json!({
            "RuleName": "Default", "RuleARN": arn("Default"), "ResourceARN": "*",
            "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1, "ServiceName": "*",
            "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
            "Attributes": {},
        });
        let Value::Object(rule) = rule else { unreachable!("an object was written") };
        Self { list: vec![RuleRecord::new(rule, 0.0)], modified: 0.0 }
    }
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:xray:us-east-1:000000000000:sampling-rule/{name}")
}

impl RuleRecord {
    pub(crate) fn new(rule: Map<String, Value>, now: f64) -> Self {
        Self { rule, created: now, modified: now, clients: HashMap::new(), reported: [0; 3] }
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.rule.get(key).and_then(Value::as_str).unwrap_or("")
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"SamplingRule": self.rule, "CreatedAt": self.created, "ModifiedAt": self.modified})
    }

    /// Takes a client's report and gives it its target: an even share of the reservoir.
    pub(crate) fn report(&mut self, client: &str, counts: [u64; 3], now: f64) -> Value {
        for (sum, count) in self.reported.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count);
        }
        self.clients.retain(|_, seen| now - *seen < CLIENT_SECONDS);
        if self.clients.len() < MAX_CLIENTS || self.clients.contains_key(client) {
            self.clients.insert(client.to_owned(), now);
        }
        let size = self.rule.get("ReservoirSize").and_then(Value::as_u64).unwrap_or(0);
        json!({
            "RuleName": self.text("RuleName"), "FixedRate": self.rule["FixedRate"],
            "ReservoirQuota": size.div_ceil(self.clients.len().max(1) as u64),
            "ReservoirQuotaTTL": now + QUOTA_SECONDS, "Interval": 10,
        })
    }
}

impl Rules {
    pub(crate) fn all(&self) -> &[RuleRecord] {
        &self.list
    }

    pub(crate) fn find(&mut self, name_or_arn: &str) -> Option<&mut RuleRecord> {
        let is = |it: &&mut RuleRecord| {
            it.text("RuleName") == name_or_arn || it.text("RuleARN") == name_or_arn
        };
        self.list.iter_mut().find(is)
    }

    /// `false` if there is no room.
    pub(crate) fn add(&mut self, record: RuleRecord) -> bool {
        let has_room = self.list.len() < MAX_RULES;
        if has_room {
            self.modified = record.modified;
            self.list.push(record);
        }
        has_room
    }

    pub(crate) fn remove(&mut self, name: &str, now: f64) {
        self.list.retain(|it| it.text("RuleName") != name);
        self.modified = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_clients_are_bounded_whatever_is_reported() {
        let mut rules = Rules::default();
        let rule = rules.find("Default").expect("it is always there");
        for client in 0..3_000 {
            rule.report(&format!("{client:024}"), [u64::MAX, 1, 0], 1.0);
        }
        assert_eq!((rule.reported, rule.clients.len()), ([u64::MAX, 3_000, 0], MAX_CLIENTS));
        rule.report("later", [0; 3], 1.0 + CLIENT_SECONDS);
        assert_eq!(rule.clients.len(), 1);
    }
}
