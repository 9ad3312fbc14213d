//! The whole protocol in virtual time: processes, X-Ray's side of it, and clocks that jump.

use serde_json::json;

use super::rule::RulesPage;
use super::*;

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_795_363_200;

/// X-Ray's side: it splits the reservoir among those that report.
struct Service {
    reservoir: u64,
    rate: f64,
    /// Requests, sampled, borrowed: as reported.
    reported: [u64; 3],
}

fn page(name: &str, reservoir: u64, rate: f64) -> Vec<Rule> {
    let json = json!({"SamplingRuleRecords": [
        {"SamplingRule": {"RuleName": name, "Priority": 9000, "FixedRate": rate, "Version": 1,
            "ReservoirSize": reservoir, "ServiceName": "cruddur-backend", "ServiceType": "*",
            "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*"}},
        {"SamplingRule": {"RuleName": "Default", "Priority": 10000, "FixedRate": 0.05,
            "ReservoirSize": 1, "Version": 1}},
    ]});
    RulesPage::parse(json.to_string().as_bytes()).expect("a page").rules
}

impl Service {
    fn targets(&mut self, request: &[u8], now: u64, processes: u64) -> TargetsReply {
        let request: serde_json::Value = serde_json::from_slice(request).expect("JSON");
        let mut targets = Vec::new();
        for document in request["SamplingStatisticsDocuments"].as_array().expect("a list") {
            assert_eq!(document["ClientID"].as_str().map(str::len), Some(24));
            for (sum, key) in
                self.reported.iter_mut().zip(["RequestCount", "SampledCount", "BorrowCount"])
            {
                *sum += document[key].as_u64().expect("a count");
            }
            targets.push(json!({"RuleName": document["RuleName"], "FixedRate": self.rate,
                "ReservoirQuota": self.reservoir.div_ceil(processes),
                "ReservoirQuotaTTL": now + 30, "Interval": 10}));
        }
        let reply = json!({"SamplingTargetDocuments": targets, "LastRuleModification": 1.0});
        TargetsReply::parse(reply.to_string().as_bytes()).expect("an answer")
    }
}

fn process(seed: u128) -> CentralRules {
    let service = SampledService { name: Some("cruddur-backend".into()), ..Default::default() };
    CentralRules::new(service, LocalRules::default(), seed)
}

const REQUEST: RequestToSample<'static> = RequestToSample::new("localhost", "GET", "/");

/// Evenly spread numbers without a generator.
fn random(index: u64) -> u64 {
    spread(index.wrapping_mul(0x2545_f491_4f6c_dd1d))
}

#[test]
fn three_processes_share_a_reservoir_of_five_at_a_rate_of_a_tenth() {
    let mut service = Service { reservoir: 5, rate: 0.1, reported: [0; 3] };
    let processes: Vec<CentralRules> = (1..=3).map(process).collect();
    for process in &processes {
        process.replace(page("Cruddur", 5, 0.1), UnixNanos(BEGIN * SECOND));
    }
    let (mut index, mut sampled_late, mut sampled_all) = (0, 0_u64, 0_u64);
    // 1,000 requests a second over all processes, for two minutes.
    for second in 0..120 {
        for slot in 0..1_000_u64 {
            index += 1;
            let now = UnixNanos((BEGIN + second) * SECOND + slot * 1_000_000);
            let process = &processes[(index % 3) as usize];
            let decision = process.decide(&REQUEST, now, random(index));
            assert_eq!(decision.rule.as_deref(), Some("Cruddur"));
            sampled_all += u64::from(decision.sampled);
            sampled_late += u64::from(decision.sampled && second >= 20);
        }
        let now = UnixNanos((BEGIN + second + 1) * SECOND);
        for process in &processes {
            let statistics = process.report(now);
            if statistics.is_empty() {
                continue;
            }
            let request = Statistics::to_request(&statistics, process.client_id(), now);
            let reply = service.targets(&request, BEGIN + second + 1, 3);
            assert!(!process.assign(&reply, &statistics));
        }
    }
    // Once quotas are assigned: 2 a second and process (5 shared by 3, rounded up), and a tenth of
    // the other 994. Standard deviation over 100 s: sqrt(99,400 × 0.1 × 0.9) ≈ 95; 5 of them.
    let expected = 100.0 * (6.0 + 994.0 * 0.1);
    let off = (sampled_late as f64 - expected).abs();
    assert!(off < 5.0 * 95.0, "{sampled_late} sampled, expected about {expected}");
    // Before, each borrowed one a second; what was reported is what was done.
    for process in &processes {
        let statistics = process.report(UnixNanos((BEGIN + 1_000) * SECOND));
        let request = Statistics::to_request(&statistics, process.client_id(), UnixNanos(0));
        service.targets(&request, 0, 3);
    }
    assert_eq!(service.reported[0], 120_000);
    assert_eq!(service.reported[1], sampled_all);
    // The first report comes after one second of borrowing; quotas hold from then on.
    assert_eq!(service.reported[2], 3);
}

#[test]
fn an_expired_quota_borrows_again() {
    let mut service = Service { reservoir: 7, rate: 0.0, reported: [0; 3] };
    let process = process(1);
    let at = |second: u64| UnixNanos((BEGIN + second) * SECOND);
    process.replace(page("Cruddur", 7, 0.0), at(0));
    let sampled =
        |second: u64| (0..100).filter(|_| process.decide(&REQUEST, at(second), 1).sampled).count();
    assert_eq!(sampled(0), 1);
    let statistics = process.report(at(1));
    let request = Statistics::to_request(&statistics, process.client_id(), at(1));
    process.assign(&service.targets(&request, BEGIN + 1, 1), &statistics);
    assert_eq!(sampled(1), 7);
    assert_eq!(sampled(31), 7);
    assert_eq!(sampled(32), 1);
}

#[test]
fn a_refresh_keeps_counts_and_quotas_of_rules_that_stay() {
    let mut service = Service { reservoir: 3, rate: 0.0, reported: [0; 3] };
    let process = process(1);
    let at = |second: u64| UnixNanos((BEGIN + second) * SECOND);
    process.replace(page("Cruddur", 3, 0.0), at(0));
    let sampled =
        |second: u64| (0..10).filter(|_| process.decide(&REQUEST, at(second), 1).sampled).count();
    sampled(0);
    let statistics = process.report(at(1));
    let request = Statistics::to_request(&statistics, process.client_id(), at(1));
    process.assign(&service.targets(&request, BEGIN + 1, 1), &statistics);
    assert_eq!(sampled(2), 3);
    process.replace(page("Cruddur", 3, 0.0), at(3));
    assert_eq!(sampled(2), 0, "what was taken in this second is still taken");
    assert_eq!(sampled(4), 3, "the quota holds");
    let counted = process.report(at(20));
    assert_eq!((counted[0].counts.requests, counted[0].counts.sampled), (30, 6));
    // A rule that goes takes its counts along.
    sampled(21);
    process.replace(page("Other", 3, 0.0), at(22));
    assert!(process.report(at(40)).is_empty());
}

#[test]
fn what_cannot_be_reported_is_counted_again() {
    let process = process(1);
    let at = |second: u64| UnixNanos((BEGIN + second) * SECOND);
    process.replace(page("Cruddur", 1, 0.0), at(0));
    let _ = process.decide(&REQUEST, at(0), 1);
    let lost = process.report(at(1));
    assert!(process.report(at(2)).is_empty());
    process.restore(&lost);
    assert_eq!(process.report(at(2)), lost);
    // The service may also name single rules that it did not take.
    let reply = TargetsReply::parse(
        br#"{"SamplingTargetDocuments":[],"UnprocessedStatistics":[{"RuleName":"Cruddur"}]}"#,
    );
    process.assign(&reply.expect("an answer"), &lost);
    assert_eq!(process.report(at(3)), lost);
}

#[test]
fn without_rules_and_with_rules_of_yesterday_the_fallback_decides() {
    let process = process(1);
    let at = |second: u64| UnixNanos((BEGIN + second) * SECOND);
    let decide = |second: u64, random| process.decide(&REQUEST, at(second), random);
    assert_eq!(decide(0, 0).rule, None);
    process.replace(page("Cruddur", 0, 1.0), at(0));
    assert_eq!(decide(3_600, 0).rule.as_deref(), Some("Cruddur"));
    let sampled = (0..10_000).filter(|index| decide(3_601, random(*index)).sampled).count();
    // One, and 5 % of the others.
    assert!((400..600).contains(&sampled), "{sampled}");
}

#[test]
fn clock_jumps_are_harmless() {
    let process = process(1);
    let at = |second: u64| UnixNanos(second * SECOND);
    process.replace(page("Cruddur", 5, 0.0), at(BEGIN));
    for second in [BEGIN, 0, BEGIN + 10, 5, u64::MAX / SECOND, BEGIN] {
        let sampled = (0..10).filter(|_| process.decide(&REQUEST, at(second), 1).sampled).count();
        assert!(sampled <= 2, "{sampled} at {second}");
        let _ = process.report(at(second));
    }
    // Set back by a day, a rule is reported all the same.
    let _ = process.decide(&REQUEST, at(BEGIN), 1);
    let _ = process.report(at(BEGIN + 20));
    let _ = process.decide(&REQUEST, at(BEGIN), 1);
    assert_eq!(process.report(at(BEGIN - 86_400)).len(), 1);
}

#[test]
fn a_modification_is_fetched_once() {
    let process = process(1);
    process.replace(page("Cruddur", 5, 0.0), UnixNanos(BEGIN * SECOND));
    let is_outdated = |modification: u64| {
        let reply = json!({"SamplingTargetDocuments": [], "LastRuleModification": modification});
        let reply = TargetsReply::parse(reply.to_string().as_bytes()).expect("an answer");
        process.assign(&reply, &[])
    };
    assert!(!is_outdated(BEGIN - 1_000));
    assert!(is_outdated(BEGIN - 500), "later than what was seen, whatever our own clock says");
    assert!(!is_outdated(BEGIN - 500));
    assert!(is_outdated(BEGIN + 500));
    assert!(!is_outdated(BEGIN + 500));
}

#[test]
fn rules_are_tried_by_priority_then_name_and_default_last() {
    let process = process(1);
    let rule = |name: &str, priority: i64| {
        let mut rule = page(name, 0, 0.0).remove(0);
        rule.priority = priority;
        rule
    };
    process.replace(
        vec![rule("Default", 1), rule("b", 5), rule("a", 5), rule("z", 2)],
        UnixNanos(BEGIN * SECOND),
    );
    let names: Vec<String> = process.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["z", "a", "b", "Default"]);
}
