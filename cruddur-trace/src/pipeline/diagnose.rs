//! Our own diagnostics: lines on stderr, by `OTEL_LOG_LEVEL`.
//!
//! Not through `tracing` or `log`: those would come back as telemetry.

use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    None = 0,
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
}

static LEVEL: AtomicU8 = AtomicU8::new(Verbosity::Warn as u8);

/// How many different texts are remembered as said.
const MAX_SAID: usize = 1_024;

impl Verbosity {
    /// The words of `OTEL_LOG_LEVEL`; `None` for others.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "none" | "off" => Some(Self::None),
            "error" => Some(Self::Error),
            "warn" | "warning" => Some(Self::Warn),
            "info" => Some(Self::Info),
            "debug" | "verbose" | "trace" | "all" => Some(Self::Debug),
            _ => None,
        }
    }
}

pub(crate) fn set_verbosity(level: Verbosity) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Writes one line, if the level allows it. Never panics: stderr may be closed.
pub(crate) fn say(level: Verbosity, text: impl fmt::Display) {
    if level as u8 <= LEVEL.load(Ordering::Relaxed) {
        let _ = writeln!(std::io::stderr(), "cruddur-trace: {text}");
    }
}

/// The same, once for each text: what every request would say again is said once, though the time, a
/// number of bytes or an id in it be another.
pub(crate) fn say_once(level: Verbosity, text: impl fmt::Display) {
    static SAID: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let text = text.to_string();
    let gist = gist(&text);
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let said = said.get_or_insert_default();
    if said.len() < MAX_SAID && !said.contains(&gist) {
        say(level, &text);
        said.insert(gist);
    }
}

/// The text without words that hold a number and are as long as a time or an id; a status stays.
fn gist(text: &str) -> String {
    let names_one = |word: &str| word.len() >= 6 && word.bytes().any(|it| it.is_ascii_digit());
    let words = text.split(' ').map(|word| if names_one(word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn times_sizes_and_ids_make_no_other_text() {
        let same = |one: &str, other: &str| assert_eq!(gist(one), gist(other));
        same("expired: now 1795402205, then 160", "expired: now 1795402206, then 160");
        same("HTTP 503: request 6b03a681-2bdc", "HTTP 503: request 7c03a681-2bdd");
        same("larger than max (113409 vs. 20000)", "larger than max (56897 vs. 20000)");
        assert_ne!(gist("otlp: HTTP 503"), gist("otlp: HTTP 502"));
        assert_ne!(gist("otlp: HTTP 503"), gist("honeycomb: HTTP 503"));
    }
}
