//! Log lines from every receiver in one list: what the Logs tab shows.
//!
//! A line that arrives by OTLP and by CloudWatch Logs stands here once: both carry the same
//! `log_id`. Bounded in lines and bytes; the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use serde::Deserialize;

use super::lock;
use super::log_line::{LogLine, from_otlp, severity_number};
use super::value::Key;
use crate::filter_pattern::Pattern;

/// Most lines.
const MAX_LINES: usize = 50_000;

/// Most bytes of text and fields.
const MAX_BYTES: usize = 64 << 20;

/// What to look for; all that is set must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LogQuery {
    /// What `FilterLogEvents` takes: terms and phrases that the line shows (whatever their case),
    /// or a pattern on the line as JSON.
    pub(crate) search: String,
    /// At least as bad as this level.
    pub(crate) level: String,
    /// Of this trace.
    pub(crate) trace_id: String,
    /// Of this service.
    pub(crate) service: String,
    /// Of this log group.
    pub(crate) group: String,
    /// Only lines that arrived after the one with this `sequence`.
    pub(crate) after: Option<u64>,
    /// At most so many, the newest; 500 unless told.
    pub(crate) limit: Option<usize>,
}

/// All lines.
#[derive(Default)]
pub(crate) struct Logs(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    lines: VecDeque<LogLine>,
    /// The `sequence` of a line by its service and `log_id`.
    known: HashMap<(Key, u64), u64>,
    bytes: usize,
    next: u64,
}

impl Logs {
    /// Takes the records of one OTLP request and gives how many it refused.
    pub(crate) fn add(&self, request: ExportLogsServiceRequest, now: u64) -> i64 {
        let (lines, refused) = from_otlp(request, now);
        self.add_lines(lines);
        refused
    }

    /// Takes lines; one that is here already only learns the other way that it came.
    pub(crate) fn add_lines(&self, lines: Vec<LogLine>) {
        let ring = &mut *lock(&self.0);
        for line in lines {
            ring.add(line);
        }
    }

    /// The newest lines that match, newest first; the error says what is wrong with the search.
    pub(crate) fn query(&self, query: &LogQuery) -> Result<Vec<LogLine>, String> {
        let search = Pattern::parse_search(&query.search)?;
        let ring = lock(&self.0);
        let matching = ring.lines.iter().rev().filter(|line| matches(line, query, &search));
        let mut found: Vec<_> = matching.take(query.limit.unwrap_or(500)).cloned().collect();
        // Lines of the same moment stand in the sender's order, where it is known.
        found.sort_by_key(|line| std::cmp::Reverse((line.time, line.log_id, line.sequence)));
        Ok(found)
    }

    pub(crate) fn clear(&self) {
        let mut ring = lock(&self.0);
        let next = ring.next;
        *ring = Ring { next, ..Ring::default() };
    }
}

impl Ring {
    fn add(&mut self, mut line: LogLine) {
        let key = line.key();
        let twin = key.as_ref().and_then(|key| self.known.get(key).copied());
        if let Some(known) = twin.and_then(|sequence| self.line_mut(sequence)) {
            for via in line.via {
                if !known.via.contains(&via) {
                    known.via.push(via);
                }
            }
            let before = known.size_bytes();
            known.group = known.group.take().or(line.group);
            known.stream = known.stream.take().or(line.stream);
            known.sent = known.sent.take().or(line.sent);
            let grown = known.size_bytes() - before;
            self.bytes += grown;
            return;
        }
        self.next += 1;
        line.sequence = self.next;
        if let Some(key) = key {
            self.known.insert(key, line.sequence);
        }
        self.bytes += line.size_bytes();
        self.lines.push_back(line);
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES && self.lines.len() > 1 {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size_bytes());
            if let Some(key) = oldest.key() {
                self.known.remove(&key);
            }
        }
    }

    fn line_mut(&mut self, sequence: u64) -> Option<&mut LogLine> {
        let first = self.lines.front()?.sequence;
        let at = usize::try_from(sequence.checked_sub(first)?).ok()?;
        self.lines.get_mut(at)
    }
}

fn matches(line: &LogLine, query: &LogQuery, search: &Pattern) -> bool {
    let is = |wanted: &str, actual: &str| wanted.is_empty() || wanted == actual;
    query.after.is_none_or(|after| line.sequence > after)
        && is(&query.trace_id, line.trace_id.as_deref().unwrap_or(""))
        && is(&query.service, &line.service)
        && is(&query.group, line.group.as_deref().unwrap_or(""))
        && line.severity_number() >= severity_number(&query.level)
        && search.finds(|| line.text().to_lowercase().into(), || Some(line.object()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str, log_id: Option<u64>, via: &'static str) -> LogLine {
        LogLine { body: body.to_owned(), log_id, via: vec![via], ..LogLine::default() }
    }

    #[test]
    fn a_line_that_comes_both_ways_stands_once() {
        let logs = Logs::default();
        let mut twin = line("hello", Some(7), "cloudwatch");
        twin.group = Some("cruddur".to_owned());
        twin.sent = Some("as sent".to_owned());
        let without_id = line("hello", None, "otlp");
        logs.add_lines(vec![line("hello", Some(7), "otlp"), twin, without_id.clone(), without_id]);
        let found = logs.query(&LogQuery { search: "HELLO".to_owned(), ..LogQuery::default() });
        let found = found.expect("a search");
        assert_eq!(found.len(), 3, "without an id nothing is the same");
        let both = found.iter().find(|line| line.log_id == Some(7)).expect("it is kept");
        assert_eq!(both.via, ["otlp", "cloudwatch"]);
        assert_eq!(both.group.as_deref(), Some("cruddur"));
        assert_eq!(both.sent.as_deref(), Some("as sent"));
        let ring = lock(&logs.0);
        let held: usize = ring.lines.iter().map(LogLine::size_bytes).sum();
        assert_eq!(ring.bytes, held, "what a line learns later counts too");
    }

    #[test]
    fn names_that_many_lines_share_count_for_each() {
        let logs = Logs::default();
        let record = serde_json::json!({ "body": { "stringValue": "x" } });
        let request = serde_json::json!({ "resourceLogs": [{
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "s".repeat(1 << 20) } },
            ] },
            "scopeLogs": [{ "scope": { "name": "t".repeat(1 << 20) }, "logRecords": vec![record; 2_000] }],
        }] });
        logs.add(serde_json::from_value(request).expect("OTLP"), 1);
        let ring = lock(&logs.0);
        assert!(ring.bytes <= MAX_BYTES && ring.lines.len() < 33, "{}", ring.lines.len());
    }

    #[test]
    fn queries_combine() {
        let logs = Logs::default();
        let json = r#"{"timestamp":"t","level":"WARN","message":"slow query","trace_id":"ab","log_id":3,"table":"users"}"#;
        logs.add_lines(vec![
            LogLine::from_message(json, 5),
            LogLine::from_message("plain text", 4),
        ]);
        let count = |query: LogQuery| logs.query(&query).expect("a search").len();
        assert_eq!(count(LogQuery::default()), 2);
        assert_eq!(count(LogQuery { search: "users".to_owned(), ..LogQuery::default() }), 1);
        assert_eq!(count(LogQuery { level: "warn".to_owned(), ..LogQuery::default() }), 1);
        assert_eq!(count(LogQuery { level: "error".to_owned(), ..LogQuery::default() }), 0);
        assert_eq!(count(LogQuery { trace_id: "ab".to_owned(), ..LogQuery::default() }), 1);
        assert_eq!(count(LogQuery { limit: Some(1), ..LogQuery::default() }), 1);
        assert_eq!(
            logs.query(&LogQuery::default()).expect("all")[0].body,
            "slow query",
            "the newest first"
        );
    }

    #[test]
    fn a_search_is_a_filter_pattern_whichever_way_a_line_came() {
        let logs = Logs::default();
        let json = r#"{"timestamp":"t","level":"WARN","message":"Slow query of home","target":"app::db","trace_id":"ab","log_id":3,"table":"users","count":4}"#;
        let mut by_otlp = LogLine::from_message(json, 5);
        by_otlp.sent = None;
        logs.add_lines(vec![LogLine { log_id: Some(4), ..by_otlp }]);
        logs.add_lines(vec![LogLine::from_message(json, 5)]);
        let check = |search: &str, expected: usize| {
            let query = LogQuery { search: search.to_owned(), ..LogQuery::default() };
            assert_eq!(logs.query(&query).map(|it| it.len()), Ok(expected), "{search}");
        };
        check("slow HOME", 2);
        check("\"query of home\"", 2);
        check("\"home query\"", 0);
        check("slow -users", 0);
        check("?nothing ?users", 2);
        check("table=users app::db ab warn", 2);
        check("{ $.level = \"WARN\" && $.count > 3 }", 2);
        check("{ $.message = \"*query*\" && $.table = users && $.trace_id = ab }", 2);
        check("{ $.count > 4 }", 0);
        let open = LogQuery { search: "\"open".to_owned(), ..LogQuery::default() };
        assert!(logs.query(&open).is_err_and(|it| it.contains("not closed")));
    }

    #[test]
    fn the_list_is_bounded() {
        let logs = Logs::default();
        logs.add_lines((0..60_000).map(|id| line("x", Some(id), "otlp")).collect());
        let ring = lock(&logs.0);
        assert_eq!((ring.lines.len(), ring.known.len()), (MAX_LINES, MAX_LINES));
        drop(ring);
        logs.add_lines(vec![line("x", Some(59_999), "cloudwatch")]);
        assert_eq!(lock(&logs.0).lines.back().map(|line| line.via.len()), Some(2));
        logs.add_lines(vec![line("x", Some(0), "cloudwatch")]);
        assert_eq!(lock(&logs.0).lines.back().map(|line| line.via.len()), Some(1), "forgotten");
    }
}
