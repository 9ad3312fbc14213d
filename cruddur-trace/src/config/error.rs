//! What is wrong with a setting.

use std::fmt;

/// A setting that can't be used: names the setting, what was found and the remedy. `Debug` is the
/// same text, since that is what a `main` shows that ends in an error.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    name: String,
    found: String,
    remedy: String,
}

impl ConfigError {
    /// `found` must hold no secret.
    pub(crate) fn new(
        name: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), found: found.into(), remedy: remedy.into() }
    }

    /// The variable, e.g. `OTEL_EXPORTER_OTLP_HEADERS`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.name, self.found, self.remedy)
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
