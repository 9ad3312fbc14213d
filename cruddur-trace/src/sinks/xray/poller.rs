//! Keeps X-Ray's rules and quotas fresh: all I/O of central sampling.
//!
//! One task on the exporter thread. What to do with the answers is decided in
//! [`crate::sampling::xray`]; a failure is told once per text and never ends the task, since the
//! local fallback decides meanwhile.
//! Source of the intervals: "Using sampling rules with the X-Ray API", AWS X-Ray developer guide,
//! read 2026-11.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::{CallError, XrayCalls};
use crate::record::clock;
use crate::sampling::xray::{CentralRules, Rule, RulesPage, Statistics, TargetsReply};

/// How often rules are fetched unless told otherwise.
pub(crate) const RULES_INTERVAL: Duration = Duration::from_secs(300);
const RULES_JITTER: Duration = Duration::from_secs(5);
/// How often it is looked whether something is to be reported.
const TARGETS_INTERVAL: Duration = Duration::from_secs(10);
const TARGETS_JITTER: Duration = Duration::from_millis(100);
/// Pages of rules that are read at most: a service that never stops would keep us for ever.
const MAX_PAGES: usize = 100;

/// Fetches rules and reports statistics until it is dropped.
#[derive(Debug)]
pub(crate) struct Poller {
    rules: Arc<CentralRules>,
    calls: XrayCalls,
    rules_interval: Duration,
    targets_interval: Duration,
    /// Told each time that something fails with another text than before.
    diagnose: fn(&str),
    last_failure: String,
    /// 0 to 1, fixed per process: what keeps a fleet from calling all at once.
    jitter: f64,
}

impl Poller {
    pub(crate) fn new(
        rules: Arc<CentralRules>,
        calls: XrayCalls,
        rules_interval: Duration,
        diagnose: fn(&str),
    ) -> Self {
        // The client's id is random already.
        let digits = rules.client_id().get(..8).unwrap_or("0");
        let jitter = f64::from(u32::from_str_radix(digits, 16).unwrap_or(0)) / f64::from(u32::MAX);
        Self {
            rules,
            calls,
            rules_interval,
            targets_interval: TARGETS_INTERVAL,
            diagnose,
            last_failure: String::new(),
            jitter,
        }
    }

    /// Runs for ever.
    ///
    /// # Cancel safety
    ///
    /// What was taken for a report that is being sent when this is dropped is not reported.
    pub(crate) async fn run(mut self) {
        let rules_every = self.rules_interval + RULES_JITTER.mul_f64(self.jitter);
        let targets_every = self.targets_interval + TARGETS_JITTER.mul_f64(self.jitter);
        let mut retry = targets_every;
        let mut rules_at = Instant::now();
        let mut targets_at = rules_at + targets_every;
        loop {
            let wake = rules_at.min(targets_at);
            tokio::time::sleep_until(wake).await;
            if targets_at <= wake {
                if self.report().await {
                    rules_at = wake;
                }
                targets_at = Instant::now() + targets_every;
            }
            if rules_at <= wake {
                if self.fetch().await {
                    retry = targets_every;
                    rules_at = Instant::now() + rules_every;
                } else {
                    // At start-up the daemon is often not there yet.
                    rules_at = Instant::now() + retry;
                    retry = (retry * 2).min(rules_every);
                }
            }
        }
    }

    /// Fetches all rules; `false` if they could not be had, and the old ones hold.
    pub(crate) async fn fetch(&mut self) -> bool {
        match fetch_rules(&self.calls).await {
            Ok(rules) => {
                self.rules.replace(rules, clock::now());
                self.last_failure.clear();
                true
            }
            Err(error) => {
                self.tell(format!("X-Ray sampling rules can't be fetched: {error}"));
                false
            }
        }
    }

    /// Reports what is due; `true` if rules should be fetched now.
    pub(crate) async fn report(&mut self) -> bool {
        let now = clock::now();
        let statistics = self.rules.report(now);
        let mut is_outdated = false;
        // The service takes 25 documents a call.
        for some in statistics.chunks(25) {
            let request = Statistics::to_request(some, self.rules.client_id(), now);
            let answer = self.calls.call("/SamplingTargets", request).await;
            let reply = answer
                .map_err(|error| error.to_string())
                .and_then(|answer| TargetsReply::parse(&answer).map_err(|error| error.to_string()));
            match reply {
                Ok(reply) => is_outdated |= self.rules.assign(&reply, some),
                Err(error) => {
                    self.rules.restore(some);
                    self.tell(format!("X-Ray sampling statistics can't be reported: {error}"));
                }
            }
        }
        is_outdated
    }

    fn tell(&mut self, failure: String) {
        if self.last_failure != failure {
            (self.diagnose)(&failure);
            self.last_failure = failure;
        }
    }
}

/// All rules of all pages.
pub(crate) async fn fetch_rules(calls: &XrayCalls) -> Result<Vec<Rule>, CallError> {
    let mut rules = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let request = match &token {
            Some(token) => serde_json::json!({ "NextToken": token }),
            None => serde_json::json!({}),
        };
        let answer = calls.call("/GetSamplingRules", request.to_string().into_bytes()).await?;
        let page = RulesPage::parse(&answer).ok_or_else(|| CallError {
            status: None,
            code: None,
            message: "the answer is no list of sampling rules in JSON".to_owned(),
        })?;
        rules.extend(page.rules);
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(rules)
}
