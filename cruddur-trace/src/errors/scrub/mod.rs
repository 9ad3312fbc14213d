//! The one scrubber: what must not leave the process is masked here and nowhere else.
//!
//! Spans, log records and error reports pass it on the exporter thread, before `on_export` and before
//! any sink; the layer uses it for the query and the headers of a request. It works twice: by *key* (a header, a parameter, a field, or the
//! word before `=` or `:` in free text) and by *shape* (bearer tokens, JWTs, cloud and payment keys,
//! private keys, passwords in URLs, card numbers), since secrets also stand where no key names them.
//!
//! It deliberately does not parse what it can't bound: every pass is linear in its input, and
//! nothing is decoded more than once.

#[cfg(feature = "_pipeline")]
mod json;
mod query;
mod records;
mod rules;
mod shapes;
mod sql;
mod starts;
#[cfg(feature = "_pipeline")]
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock, OnceLock};

use rules::KeyRules;
pub use rules::ScrubRule;
#[cfg(feature = "_pipeline")]
pub(crate) use table::RecordScrubber;

/// What stands in the place of a secret: always the same, so that not even its length is told.
///
/// OpenTelemetry's conventions ask for this word in `url.query` (HTTP spans, read 2026-11).
pub const MASK: &str = "REDACTED";

/// Masks secrets by key and by shape; made once, shared by the layer and every sink.
///
/// Without any rule of yours, keys that say *password, secret, token, key, cookie, authorization,
/// signature, session* and their likes are masked, in any spelling (`apiKey`, `API-KEY`,
/// `api_key`).
///
/// ```
/// use cruddur_trace::errors::Scrubber;
///
/// let scrubber = Scrubber::new().allow("token_count").deny("x-house-*").hash("email");
/// assert_eq!(scrubber.query("page=2&access_token=abc"), "page=2&access_token=REDACTED");
/// assert_eq!(scrubber.text("login with password=abc failed"), "login with password=REDACTED failed");
/// assert_eq!(scrubber.value("token_count", "17"), "17");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scrubber {
    rules: KeyRules,
    /// Keys of the hash rule: new in every process, so that nobody can look values up.
    hash_keys: RandomState,
}

static STANDARD: LazyLock<Arc<Scrubber>> = LazyLock::new(|| Arc::new(Scrubber::new()));
static CONFIGURED: OnceLock<Arc<Scrubber>> = OnceLock::new();

/// The scrubber of this process: the one that was configured, else the standard rules.
#[must_use]
pub fn scrubber() -> &'static Arc<Scrubber> {
    CONFIGURED.get().unwrap_or(&STANDARD)
}

/// Makes this the scrubber of the process; says whether it was the first to do so.
#[cfg_attr(not(feature = "_pipeline"), allow(dead_code))]
pub(crate) fn configure(scrubber: Arc<Scrubber>) -> bool {
    CONFIGURED.set(scrubber).is_ok()
}

impl Scrubber {
    /// The standard rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the values of a key through, though shapes in them are still masked.
    ///
    /// A key is compared without regard to case; a `*` at its start or its end stands for anything.
    /// The rule that was added last wins.
    #[must_use]
    pub fn allow(mut self, key: &str) -> Self {
        self.rules.add(key, ScrubRule::Allow);
        self
    }

    /// Masks the values of a key; its form is that of [`allow`](Self::allow).
    #[must_use]
    pub fn deny(mut self, key: &str) -> Self {
        self.rules.add(key, ScrubRule::Deny);
        self
    }

    /// Replaces the values of a key by a hash: equal values stay recognisable as equal within one
    /// process, and can't be looked up. Its form is that of [`allow`](Self::allow).
    #[must_use]
    pub fn hash(mut self, key: &str) -> Self {
        self.rules.add(key, ScrubRule::Hash);
        self
    }

    /// What the rules say of a key.
    #[must_use]
    pub fn rule(&self, key: &str) -> ScrubRule {
        self.rules.rule(key)
    }

    /// The value of a field, a parameter or a form entry as it may leave.
    #[must_use]
    pub fn value<'a>(&self, key: &str, value: &'a str) -> Cow<'a, str> {
        match self.rule(key) {
            ScrubRule::Allow => self.text(value),
            rule => Cow::Owned(self.masked(rule, value)),
        }
    }

    /// The value of a header as it may leave; bytes that are no UTF-8 become `U+FFFD`.
    #[must_use]
    pub fn header<'a>(&self, name: &str, value: &'a [u8]) -> Cow<'a, str> {
        let is_url = ["referer", "location", "content-location", "origin"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(name));
        match String::from_utf8_lossy(value) {
            Cow::Borrowed(text) if is_url => Cow::Owned(self.url(text).into_owned()),
            Cow::Borrowed(text) => self.value(name, text),
            Cow::Owned(text) if is_url => Cow::Owned(self.url(&text).into_owned()),
            Cow::Owned(text) => Cow::Owned(self.value(name, &text).into_owned()),
        }
    }

    /// What stands in the place of a value: the mask, or the hash that identifies it.
    fn masked(&self, rule: ScrubRule, value: &str) -> String {
        match rule {
            // Records pass here more than once (the layer, then the report): a hash stays.
            ScrubRule::Hash if is_masked(value) => value.to_owned(),
            ScrubRule::Hash => format!("hash:{:016x}", self.hash_keys.hash_one(value)),
            ScrubRule::Allow | ScrubRule::Deny => MASK.to_owned(),
        }
    }
}

fn is_masked(value: &str) -> bool {
    let is_hash = |it: &str| it.len() == 16 && it.bytes().all(|it| it.is_ascii_hexdigit());
    value == MASK || value.strip_prefix("hash:").is_some_and(is_hash)
}
