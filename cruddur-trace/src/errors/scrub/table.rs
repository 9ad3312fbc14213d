//! The scrubber of the exporter thread: every span and every log record passes it, so what is to be
//! done with a key is found out once and looked up afterwards.
//!
//! Nearly every key is a literal of the program, always at the same address: a small table by
//! address serves those. Keys that were made at run time are looked up by their text.

use super::Scrubber;
use super::records::Plan;
use crate::record::{Attribute, Key, LogRecord, SpanRecord, Status, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Keys at fixed addresses that are remembered; a program has a few hundred. Two that share a place
/// take it in turns.
const LITERALS: usize = 1_024;
/// Keys made at run time that are remembered.
const MAX_OWNED: usize = 1_024;

/// Masks what is secret in spans and log records, in place.
#[derive(Debug)]
pub(crate) struct RecordScrubber {
    scrubber: Arc<Scrubber>,
    literals: Vec<Option<Literal>>,
    owned: HashMap<Box<str>, Plan>,
}

#[derive(Clone, Copy, Debug)]
struct Literal {
    key: &'static str,
    plan: Plan,
}

impl RecordScrubber {
    pub(crate) fn new(scrubber: Arc<Scrubber>) -> Self {
        Self { scrubber, literals: vec![None; LITERALS], owned: HashMap::new() }
    }

    /// A finished span: its attributes, events, links, status and error. Its name is a literal of
    /// the program, or is scrubbed as well.
    pub(crate) fn span(&mut self, span: &mut SpanRecord) {
        self.name(&mut span.name);
        self.attributes(&mut span.attributes);
        for event in &mut span.events {
            self.name(&mut event.name);
            self.attributes(&mut event.attributes);
        }
        for link in &mut span.links {
            self.attributes(&mut link.attributes);
        }
        if let Status::Error { message } = &mut span.status {
            self.scrubber.cow(message);
        }
        if let Some(error) = &mut span.error {
            self.scrubber.error(error);
        }
    }

    /// A log record: its message and its attributes.
    pub(crate) fn log(&mut self, log: &mut LogRecord) {
        self.scrubber.string(&mut log.body);
        self.attributes(&mut log.attributes);
    }

    fn name(&self, name: &mut Key) {
        if matches!(name, Cow::Owned(_)) {
            self.scrubber.cow(name);
        }
    }

    fn attributes(&mut self, attributes: &mut [Attribute]) {
        for attribute in attributes {
            // Numbers are masked only by their key, and the plan of a key is soon found.
            let plan = self.plan(&attribute.key);
            if plan.is_open() && !matches!(attribute.value, Value::Str(_) | Value::Array(_)) {
                continue;
            }
            self.scrubber.attribute_by(plan, attribute);
        }
    }

    #[inline]
    fn plan(&mut self, key: &Key) -> Plan {
        let Cow::Borrowed(key) = *key else { return self.owned_plan(key) };
        // Literals lie close together, and rarely begin at the same address.
        let address = key.as_ptr() as usize;
        let place = (address ^ address >> 10 ^ key.len() << 4) % LITERALS;
        match self.literals[place] {
            Some(known) if std::ptr::eq(known.key, key) => known.plan,
            _ => self.learn(place, key),
        }
    }

    #[cold]
    fn learn(&mut self, place: usize, key: &'static str) -> Plan {
        let plan = self.scrubber.plan(key);
        self.literals[place] = Some(Literal { key, plan });
        plan
    }

    fn owned_plan(&mut self, key: &str) -> Plan {
        if let Some(plan) = self.owned.get(key) {
            return *plan;
        }
        let plan = self.scrubber.plan(key);
        if self.owned.len() >= MAX_OWNED {
            // Keys that change all the time are nobody's keys: begin again.
            self.owned.clear();
        }
        self.owned.insert(key.into(), plan);
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::MASK;
    use crate::pipeline::fixtures::fragment;
    use crate::record::{ErrorChain, Outcome, Severity, SpanEvent, UnixNanos};

    fn scrubber() -> RecordScrubber {
        RecordScrubber::new(Arc::new(Scrubber::new().allow("pin").hash("email")))
    }

    fn span(attributes: Vec<Attribute>) -> SpanRecord {
        let mut span = fragment(1, Outcome::Ok).spans[0].clone();
        span.attributes = attributes;
        span
    }

    #[test]
    fn a_span_leaves_without_its_secrets() {
        let mut span = span(vec![
            Attribute::new("password", "hunter2"),
            Attribute::new("cvv", 123),
            Attribute::new("has_password", true),
            Attribute::new(format!("api_{}", "key"), "hunter2"),
            Attribute::new("note", "token=hunter2"),
            Attribute::new("db.query.text", "select 'hunter2'"),
            Attribute::new("url.full", "http://u:hunter2@h/?sig=hunter2"),
            Attribute::new("tokens", vec!["Bearer hunter2hunter2"]),
            Attribute::new("email", "hunter2@x.example"),
            Attribute::new("pin", 4711),
            Attribute::new("app.userId", "andrewbrown"),
        ]);
        span.name = Key::Owned("login password=hunter2".into());
        span.events = vec![SpanEvent {
            name: Key::Owned("sent token=hunter2".into()),
            time: UnixNanos(1),
            attributes: vec![Attribute::new("secret", "hunter2")],
        }];
        span.status = Status::Error { message: "password=hunter2".into() };
        span.error = Some(Box::new(ErrorChain {
            message: "password=hunter2".into(),
            causes: vec!["token: hunter2".into()],
            ..ErrorChain::default()
        }));
        scrubber().span(&mut span);
        assert!(!format!("{span:?}").contains("hunter2"), "{span:#?}");
        assert_eq!(span.attribute("cvv"), Some(&MASK.into()));
        assert_eq!(span.attribute("has_password"), Some(&true.into()));
        assert_eq!(span.attribute("pin"), Some(&4711.into()));
        assert_eq!(span.attribute("app.userId"), Some(&"andrewbrown".into()));
        assert_eq!(span.attribute("db.query.text"), Some(&"select ?".into()));
    }

    #[test]
    fn a_log_record_leaves_without_its_secrets() {
        let body = "login with password=hunter2".to_owned();
        let mut log = LogRecord::new(1, UnixNanos(1), Severity::Info, body);
        log.attributes = vec![Attribute::new("token", "hunter2"), Attribute::new("page", "2")];
        scrubber().log(&mut log);
        assert_eq!(log.body, "login with password=REDACTED");
        assert_eq!(log.attributes[0].value, MASK.into());
        assert_eq!(log.attributes[1].value, "2".into());
    }

    #[test]
    fn what_is_remembered_of_keys_is_bounded_and_right() {
        let mut scrubber = scrubber();
        for number in 0..10_000 {
            let mut span = span(vec![
                Attribute::new(format!("password{number}"), "hunter2"),
                Attribute::new(format!("note{number}"), "fine"),
            ]);
            scrubber.span(&mut span);
            assert_eq!(span.attributes[0].value, MASK.into());
            assert_eq!(span.attributes[1].value, "fine".into());
        }
        assert!(scrubber.owned.len() <= MAX_OWNED);
    }

    /// Literals that end alike may lie at one address, as parts of each other.
    #[test]
    fn literals_at_one_address_are_told_apart() {
        let mut scrubber = scrubber();
        let key = "password_hint";
        for (key, expected) in [(key, MASK), (&key[..4], MASK), (&key[..3], "x"), (key, MASK)] {
            let mut span = span(vec![Attribute::new(key, "x")]);
            scrubber.span(&mut span);
            assert_eq!(span.attributes[0].value, expected.into(), "{key}");
        }
    }
}
