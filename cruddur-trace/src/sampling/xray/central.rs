//! X-Ray's own rules, as fetched, with quotas as assigned.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::reservoir::{Reservoir, Taken};
use super::rule::Rule;
use super::targets::{Statistics, TargetsReply};
use super::{LocalRules, RequestToSample, SampledService, is_drawn};
use crate::record::UnixNanos;
use crate::sampling::XrayDecision;

/// How long fetched rules are used when no newer ones can be had.
/// Source: the X-Ray SDKs, whose rule cache is valid for an hour, read 2026-11.
const RULES_VALID_NANOS: u64 = 3_600 * NANOS;
/// How often a rule is reported unless X-Ray asks for another interval.
const REPORT_SECONDS: u64 = 10;
const NANOS: u64 = 1_000_000_000;

/// Rules that X-Ray holds: fetched, matched, counted and reported.
///
/// It does no I/O: whoever fetches hands answers in, and sends what [`CentralRules::report`] gives.
#[derive(Debug)]
pub struct CentralRules {
    client_id: String,
    service: SampledService,
    fallback: LocalRules,
    /// Replaced as a whole; readers copy the pointer and let go.
    rules: RwLock<Arc<[Active]>>,
    /// When rules were fetched, in nanoseconds since the epoch; 0 before the first time.
    fetched: AtomicU64,
    reporting: Mutex<Reporting>,
}

#[derive(Debug)]
struct Active {
    rule: Rule,
    reservoir: Arc<Reservoir>,
}

#[derive(Debug, Default)]
struct Reporting {
    /// Seconds since the epoch before which a rule need not be reported, and the interval.
    due: HashMap<Arc<str>, u64>,
    intervals: HashMap<Arc<str>, u64>,
    /// The last `LastRuleModification` that was acted on.
    modification: f64,
}

impl CentralRules {
    /// No rules yet: `fallback` decides until [`CentralRules::replace`] brings some.
    ///
    /// `random` makes the client's id: 24 hexadecimal digits that tell processes apart.
    #[must_use]
    pub fn new(service: SampledService, fallback: LocalRules, random: u128) -> Self {
        Self {
            client_id: format!("{:024x}", random & ((1 << 96) - 1)),
            service,
            fallback,
            rules: RwLock::new(Arc::new([])),
            fetched: AtomicU64::new(0),
            reporting: Mutex::new(Reporting::default()),
        }
    }

    /// 24 hexadecimal digits.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Names of the rules, in the order in which they are tried.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        self.current().iter().map(|active| Arc::clone(&active.rule.name)).collect()
    }

    fn current(&self) -> Arc<[Active]> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides on a trace, and counts it on the rule that matched.
    #[must_use]
    pub fn decide(
        &self,
        request: &RequestToSample<'_>,
        now: UnixNanos,
        random: u64,
    ) -> XrayDecision {
        if !self.has_valid_rules(now) {
            return self.fallback.decide(request, now, random);
        }
        let rules = self.current();
        let Some(active) = rules.iter().find(|it| it.rule.matches(request, &self.service)) else {
            return self.fallback.decide(request, now, random);
        };
        let reservoir = &active.reservoir;
        let taken = reservoir.take(now.0 / NANOS, active.rule.reservoir_size > 0);
        let sampled = taken != Taken::No || is_drawn(random, reservoir.rate());
        reservoir.count(taken, sampled);
        XrayDecision { sampled, rule: Some(Arc::clone(&active.rule.name)) }
    }

    /// Whether there are rules, no older than an hour. A clock that was set back makes them young.
    #[must_use]
    pub fn has_valid_rules(&self, now: UnixNanos) -> bool {
        let fetched = self.fetched.load(Ordering::Relaxed);
        fetched != 0 && now.0.saturating_sub(fetched) <= RULES_VALID_NANOS
    }

    /// Takes all rules as they were fetched now. Rules that stay keep their counts and quotas.
    pub fn replace(&self, mut rules: Vec<Rule>, now: UnixNanos) {
        rules.sort_by(|one, other| one.order().cmp(&other.order()));
        rules.dedup_by(|one, other| one.name == other.name);
        let known = self.current();
        let keep = |rule: Rule| {
            let old = known.iter().find(|active| active.rule.name == rule.name);
            let reservoir = match old {
                Some(old) => {
                    // A target may have set another rate; it holds until the rule itself changes.
                    if old.rule.fixed_rate != rule.fixed_rate {
                        old.reservoir.assign_rate(rule.fixed_rate);
                    }
                    Arc::clone(&old.reservoir)
                }
                None => Arc::new(Reservoir::new(rule.fixed_rate)),
            };
            Active { rule, reservoir }
        };
        let fresh: Arc<[Active]> = rules.into_iter().map(keep).collect();
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.fetched.store(now.0.max(1), Ordering::Relaxed);
    }

    /// Statistics of the rules that are due: those that matched something since their last report.
    ///
    /// What is given here counts no more; if it can't be sent, [`CentralRules::restore`] it.
    #[must_use]
    pub fn report(&self, now: UnixNanos) -> Vec<Statistics> {
        let second = now.0 / NANOS;
        let mut reporting = self.reporting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statistics = Vec::new();
        for active in self.current().iter() {
            let name = &active.rule.name;
            let interval = reporting.intervals.get(name).copied().unwrap_or(REPORT_SECONDS);
            let due = reporting.due.get(name).copied().unwrap_or(0);
            // A clock that was set back must not silence a rule for long.
            if second < due && due - second <= interval {
                continue;
            }
            if let Some(counts) = active.reservoir.drain() {
                reporting.due.insert(Arc::clone(name), second + interval);
                statistics.push(Statistics { rule: Arc::clone(name), counts });
            }
        }
        statistics
    }

    /// Counts again what could not be reported.
    pub fn restore(&self, statistics: &[Statistics]) {
        let rules = self.current();
        let mut reporting = self.reporting.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in statistics {
            if let Some(active) = rules.iter().find(|active| active.rule.name == entry.rule) {
                active.reservoir.restore(entry.counts);
                reporting.due.remove(&entry.rule);
            }
        }
    }

    /// Takes the quotas that X-Ray assigned in answer to `reported`. `true` if its rules have
    /// changed since they were fetched: fetch them now.
    pub fn assign(&self, reply: &TargetsReply, reported: &[Statistics]) -> bool {
        let rules = self.current();
        for target in &reply.targets {
            let Some(active) = rules.iter().find(|it| *it.rule.name == *target.rule) else {
                continue;
            };
            if let Some(rate) = target.fixed_rate {
                active.reservoir.assign_rate(rate);
            }
            if let (Some(quota), Some(ttl)) = (target.quota, target.quota_ttl) {
                active.reservoir.assign(quota, ttl.max(0.0) as u64);
            }
            if let Some(interval) = target.interval {
                let mut reporting = self.reporting.lock().unwrap_or_else(PoisonError::into_inner);
                // From the last report on, not from the one after the next.
                let name = Arc::clone(&active.rule.name);
                let old = reporting.intervals.insert(Arc::clone(&name), interval);
                let old = old.unwrap_or(REPORT_SECONDS);
                if let Some(due) = reporting.due.get_mut(&name) {
                    *due = due.saturating_sub(old) + interval;
                }
            }
        }
        let refused = |entry: &&Statistics| reply.unprocessed.iter().any(|it| **it == *entry.rule);
        let refused: Vec<Statistics> = reported.iter().filter(refused).cloned().collect();
        self.restore(&refused);
        self.is_outdated(reply.last_rule_modification)
    }

    /// Each modification is acted on once, however far the two clocks are apart.
    fn is_outdated(&self, modification: Option<f64>) -> bool {
        let Some(modification) = modification else { return false };
        let mut reporting = self.reporting.lock().unwrap_or_else(PoisonError::into_inner);
        if modification <= reporting.modification {
            return false;
        }
        let is_first = reporting.modification == 0.0;
        reporting.modification = modification;
        let fetched = self.fetched.load(Ordering::Relaxed) as f64 / NANOS as f64;
        !is_first || modification > fetched
    }
}
