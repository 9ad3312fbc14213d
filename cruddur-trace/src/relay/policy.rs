//! What a relay lets through: its settings.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What a relay lets through. Everything that is not named is refused or dropped, and counted.
#[derive(Clone, Debug)]
pub struct RelayPolicy {
    pub(crate) service_name: Arc<str>,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) span_names: Patterns,
    pub(crate) attribute_keys: Patterns,
    pub(crate) rates: Rates,
}

/// Names, each exact, or with a `*` at its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns {
    exact: BTreeSet<String>,
    prefixes: Vec<String>,
}

/// Requests that are let through: how many at once, and how many a second from then on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests at once, after a quiet time.
    pub burst: u32,
    /// Requests a second, on average.
    pub per_second: f64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) session: Rate,
    pub(crate) address: Rate,
    pub(crate) overall: Rate,
    /// Records a session may send: a bucket beside the one for requests.
    pub(crate) records: Rate,
}

/// Attributes of the page's own instrumentation, of document load and of web vitals, by the
/// names of OpenTelemetry's conventions.
const ATTRIBUTE_KEYS: &[&str] = &[
    "app.*",
    "browser.*",
    "code.*",
    "component",
    "error.type",
    "event.name",
    "exception.*",
    "http.method",
    "http.request.method",
    "http.response.status_code",
    "http.response_content_length",
    "http.response_content_length_uncompressed",
    "http.status_code",
    "http.url",
    "http.user_agent",
    "server.address",
    "server.port",
    "session.id",
    "session.previous_id",
    "target_*",
    "url.full",
    "url.path",
    "url.template",
    "user_agent.original",
    "web_vital.*",
];

/// Names that OpenTelemetry's document-load instrumentation and requests use.
const SPAN_NAMES: &[&str] = &[
    "documentLoad",
    "documentFetch",
    "resourceFetch",
    "GET *",
    "HEAD *",
    "POST *",
    "PUT *",
    "PATCH *",
    "DELETE *",
    "HTTP *",
];

/// Keys that no policy lets through: they change what a backend counts, or whose data it is.
const NEVER: &[&str] = &["duration_ms", "error", "name", "samplerate", "type"];
const NEVER_UNDER: &[&str] = &["aws.", "meta.", "service.", "trace."];

impl RelayPolicy {
    /// Spans of pages at these origins, as this service. The origins must be exact, as browsers
    /// send them: `https://cruddur.example`; `*` and `null` match nothing.
    ///
    /// Let through at first: what OpenTelemetry's document-load instrumentation records, requests
    /// named by their method, and attributes of OpenTelemetry's conventions and under `app.`.
    pub fn new<O: Into<String>>(service_name: &str, origins: impl IntoIterator<Item = O>) -> Self {
        let origins = origins.into_iter().map(Into::into);
        Self {
            service_name: Arc::from(service_name),
            origins: origins.filter(|it| it != "*" && it != "null").collect(),
            span_names: Patterns::of(SPAN_NAMES),
            attribute_keys: Patterns::of(ATTRIBUTE_KEYS),
            rates: Rates {
                session: Rate { burst: 60, per_second: 4.0 },
                address: Rate { burst: 240, per_second: 20.0 },
                overall: Rate { burst: 2_000, per_second: 400.0 },
                records: Rate { burst: 4_000, per_second: 200.0 },
            },
        }
    }

    /// Lets spans of these names through too; a `*` at the end stands for anything.
    #[must_use]
    pub fn allow_span_names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().for_each(|name| self.span_names.add(name));
        self
    }

    /// Lets these attributes through too; a `*` at the end stands for anything.
    ///
    /// Some are never let through: `SampleRate`, `meta.*`, `trace.*`, `service.*`, `aws.*`,
    /// `duration_ms`, `error`, `name`, `type`.
    #[must_use]
    pub fn allow_attributes<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        keys.into_iter().for_each(|key| self.attribute_keys.add(key));
        self
    }

    /// How often one session may send. Default: 60 at once, 4 a second. Visitors without a session
    /// get a quarter of it.
    #[must_use]
    pub fn session_rate(mut self, rate: Rate) -> Self {
        self.rates.session = rate;
        self
    }

    /// How often one address may send. Default: 240 at once, 20 a second.
    #[must_use]
    pub fn address_rate(mut self, rate: Rate) -> Self {
        self.rates.address = rate;
        self
    }

    /// How often all together may send. Default: 2,000 at once, 400 a second.
    #[must_use]
    pub fn overall_rate(mut self, rate: Rate) -> Self {
        self.rates.overall = rate;
        self
    }

    /// How many spans and log records one session may send. Default: 4,000 at once, 200 a second.
    #[must_use]
    pub fn record_rate(mut self, rate: Rate) -> Self {
        self.rates.records = rate;
        self
    }

    pub(crate) fn allows_attribute(&self, key: &str) -> bool {
        let lower = key.to_ascii_lowercase();
        let never = NEVER.contains(&lower.as_str())
            || NEVER_UNDER.iter().any(|prefix| lower.starts_with(prefix));
        !never && self.attribute_keys.matches(key)
    }
}

impl Rate {
    pub(crate) fn quarter(self) -> Self {
        Self { burst: self.burst.div_ceil(4), per_second: self.per_second / 4.0 }
    }
}

impl Patterns {
    fn of(names: &[&str]) -> Self {
        let mut patterns = Self::default();
        names.iter().for_each(|name| patterns.add(name));
        patterns
    }

    fn add(&mut self, name: &str) {
        match name.strip_suffix('*') {
            Some(prefix) => self.prefixes.push(prefix.to_owned()),
            None => {
                self.exact.insert(name.to_owned());
            }
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.exact.contains(name) || self.prefixes.iter().any(|it| name.starts_with(it.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_attributes_are_never_let_through() {
        let policy = RelayPolicy::new("frontend", ["http://a"]).allow_attributes(["*"]);
        let check = |key: &str, expected: bool| {
            assert_eq!(policy.allows_attribute(key), expected, "{key}");
        };
        for key in ["SampleRate", "sampleRate", "samplerate", "meta.signal_type", "trace.parent_id"]
        {
            check(key, false);
        }
        for key in ["duration_ms", "error", "name", "type", "service.name", "aws.xray.annotations"]
        {
            check(key, false);
        }
        check("error.type", true);
        check("app.userId", true);
    }

    #[test]
    fn only_what_is_named_is_let_through() {
        let policy = RelayPolicy::new("frontend", ["http://a", "*", "null"]);
        assert!(policy.allows_attribute("app.now"));
        assert!(!policy.allows_attribute("column_1"));
        assert!(policy.span_names.matches("documentLoad"));
        assert!(policy.span_names.matches("GET /api/activities/home"));
        assert!(!policy.span_names.matches("fetch_home_activities"));
        assert!(policy.allow_span_names(["fetch_*"]).span_names.matches("fetch_home_activities"));
        let policy = RelayPolicy::new("frontend", ["http://a", "*", "null"]);
        assert_eq!(policy.origins.iter().collect::<Vec<_>>(), ["http://a"]);
    }
}
