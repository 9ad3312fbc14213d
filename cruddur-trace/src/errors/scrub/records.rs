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

/// What is done with the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    rule: ScrubRule,
    form: Form,
}

/// What a key's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Statement,
    Url,
    Query,
}

impl Plan {
    /// Whether values leave, but for what is known by its shape.
    pub(super) fn is_open(self) -> bool {
        self.rule == ScrubRule::Allow
    }
}

impl Scrubber {
    pub(super) fn plan(&self, key: &str) -> Plan {
        let form = match key {
            _ if STATEMENTS.contains(&key) => Form::Statement,
            _ if URLS.contains(&key) => Form::Url,
            _ if QUERIES.contains(&key) => Form::Query,
            _ => Form::Text,
        };
        Plan { rule: self.rule(key), form }
    }

    /// Masks what is secret in an attribute, in place.
    pub(crate) fn attribute(&self, attribute: &mut Attribute) {
        self.attribute_by(self.plan(&attribute.key), attribute);
    }

    pub(super) fn attribute_by(&self, plan: Plan, attribute: &mut Attribute) {
        match plan.rule {
            ScrubRule::Allow => self.attribute_value(plan.form, &mut attribute.value),
            // Whether there is a password is no secret.
            _ if matches!(attribute.value, Value::Bool(_)) => {}
            rule => {
                let masked = match &attribute.value {
                    Value::Str(text) => self.masked(rule, text),
                    other => self.masked(rule, &other.to_string()),
                };
                attribute.value = Value::from(masked);
            }
        }
    }

    fn attribute_value(&self, form: Form, value: &mut Value) {
        match value {
            Value::Str(text) => {
                let scrubbed = match form {
                    Form::Text => self.text(text),
                    Form::Statement => self.sql(text).into(),
                    Form::Url => self.url(text),
                    Form::Query => self.query(text),
                };
                if let Cow::Owned(scrubbed) = scrubbed {
                    *text = Cow::Owned(scrubbed);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|it| self.attribute_value(form, it)),
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

    /// Masks what is secret in a log record, in place.
    #[cfg_attr(not(feature = "_pipeline"), allow(dead_code))]
    pub(crate) fn log(&self, log: &mut LogRecord) {
        self.string(&mut log.body);
        log.attributes.iter_mut().for_each(|it| self.attribute(it));
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
            self.log(Arc::make_mut(event));
        }
        report.custom.iter_mut().for_each(|it| self.attribute(it));
        for text in [&mut report.fingerprint, &mut report.thread].into_iter().flatten() {
            self.string(text);
        }
    }

    pub(super) fn string(&self, text: &mut String) {
        if let Cow::Owned(scrubbed) = self.text(text) {
            *text = scrubbed;
        }
    }

    pub(super) fn cow(&self, text: &mut Cow<'static, str>) {
        if let Cow::Owned(scrubbed) = self.text(text) {
            *text = Cow::Owned(scrubbed);
        }
    }
}
