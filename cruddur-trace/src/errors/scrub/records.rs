//! Whole records: attributes, errors, reports.

use super::{MASK, ScrubRule, Scrubber};
use crate::errors::{ErrorReport, ReportedRequest};
use crate::record::{Attribute, ErrorChain, LogRecord, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Keys whose value is a statement.
const STATEMENTS: &[&str] = &["db.query.text", "db.statement"];
/// Keys whose value is a URL or a part of one.
const URLS: &[&str] = &["url.full", "http.url", "url.original", "http.target"];
const QUERIES: &[&str] = &["url.query"];

impl Scrubber {
    /// Masks what is secret in an attribute, in place.
    pub(crate) fn attribute(&self, attribute: &mut Attribute) {
        let key: &str = &attribute.key;
        match self.rule(key) {
            ScrubRule::Allow => self.attribute_value(key, &mut attribute.value),
            rule => {
                let text = attribute.value.to_string();
                attribute.value = Value::from(self.masked(rule, &text));
            }
        }
    }

    fn attribute_value(&self, key: &str, value: &mut Value) {
        match value {
            Value::Str(text) => {
                let scrubbed = match key {
                    _ if STATEMENTS.contains(&key) => Cow::Owned(self.sql(text)),
                    _ if URLS.contains(&key) => self.url(text),
                    _ if QUERIES.contains(&key) => self.query(text),
                    _ => self.text(text),
                };
                if let Cow::Owned(scrubbed) = scrubbed {
                    *text = Cow::Owned(scrubbed);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|it| self.attribute_value(key, it)),
            _ => {}
        }
    }

    /// Masks what is secret in an error with its causes, in place.
    pub(crate) fn error(&self, error: &mut ErrorChain) {
        self.string(&mut error.message);
        error.causes.iter_mut().for_each(|it| self.string(it));
        if let Some(backtrace) = &mut error.backtrace {
            self.string(backtrace);
        }
    }

    fn log(&self, log: &LogRecord) -> LogRecord {
        let mut log = log.clone();
        self.string(&mut log.body);
        log.attributes.iter_mut().for_each(|it| self.attribute(it));
        log
    }

    fn request(&self, request: &mut ReportedRequest) {
        if let Cow::Owned(url) = self.url(&request.url) {
            request.url = url;
        }
        let pairs = request.headers.iter_mut().chain(&mut request.query);
        for (key, value) in pairs {
            if value != MASK
                && let Cow::Owned(scrubbed) = self.header(key, value.as_bytes())
            {
                *value = scrubbed;
            }
        }
        if let Some(body) = &mut request.body {
            self.body(body);
        }
    }

    fn body(&self, body: &mut String) {
        #[cfg(feature = "_pipeline")]
        if let Ok(mut value) = serde_json::from_str(body) {
            self.json(&mut value);
            *body = value.to_string();
            return;
        }
        self.string(body);
    }

    /// Masks what is secret in a report, in place: the last gate before any sink.
    pub(crate) fn report(&self, report: &mut ErrorReport) {
        self.error(&mut report.error);
        if let Some(request) = &mut report.request {
            self.request(request);
        }
        for event in &mut report.events {
            *event = Arc::new(self.log(event));
        }
        report.custom.iter_mut().for_each(|it| self.attribute(it));
    }

    fn string(&self, text: &mut String) {
        if let Cow::Owned(scrubbed) = self.text(text) {
            *text = scrubbed;
        }
    }
}
