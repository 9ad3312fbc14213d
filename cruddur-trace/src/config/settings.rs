//! Effective values and where each comes from; `resolve` decides which source counts.

mod proxy;
mod resolve;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::table::{self, Variable};
use super::{ConfigError, Secret, parse, shown_url};

pub(crate) use resolve::Layers;

/// Where an effective value comes from, weakest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The built-in default of the table.
    BuiltIn,
    /// `default_*` in code.
    Code,
    /// The environment.
    Environment,
    /// The file that `<NAME>_FILE` in the environment names.
    File(String),
    /// `force_*` in code.
    Forced,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("default"),
            Self::Code => f.write_str("default in code"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Forced => f.write_str("forced in code"),
        }
    }
}

/// One effective value.
#[derive(Clone)]
pub struct Setting {
    /// Its row of the table.
    pub variable: &'static Variable,
    /// Where the value comes from.
    pub source: Source,
    value: String,
}

impl Setting {
    /// The value as it may be shown: secrets by their length, passwords and queries in URLs masked.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.variable.secret {
            return format!("{:?}", Secret::new(self.value.as_str()));
        }
        if self.variable.name.ends_with("_PROXY") {
            // Also without a scheme.
            return proxy::shown(&self.value);
        }
        shown_url(&self.value)
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={} ({})", self.variable.name, self.shown(), self.source)
    }
}

/// All effective values.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, Setting>,
    warnings: Vec<String>,
}

impl Settings {
    /// What should be said at start-up.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// All values that somebody set, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.values.values()
    }

    /// Where the value of a variable comes from.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        self.values.get(name).map_or(Source::BuiltIn, |setting| setting.source.clone())
    }

    /// The value that somebody set.
    pub(crate) fn set_text(&self, name: &str) -> Option<&str> {
        debug_assert!(table::find(name).is_some(), "{name} is not in the table");
        self.values.get(name).map(|setting| setting.value.as_str())
    }

    /// The effective value: the one that somebody set, else the table's default, if there is one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let default = table::find(name).map_or("", |variable| variable.default);
        self.set_text(name).or(Some(default)).filter(|text| !text.is_empty())
    }

    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(false) };
        parse::boolean(text).ok_or_else(|| self.error(name, "write \"true\" or \"false\""))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.error(name, "write a plain number that is not negative")),
        }
    }

    /// Bare numbers are milliseconds, as the specification has it.
    pub(crate) fn duration(&self, name: &str) -> Result<Duration, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(Duration::ZERO) };
        parse::duration(text).ok_or_else(|| {
            self.error(name, "write milliseconds (500), or a number with \"ms\", \"s\" or \"m\"")
        })
    }

    /// The same for what has to take some time.
    pub(crate) fn timeout(&self, name: &str) -> Result<Duration, ConfigError> {
        match self.duration(name)? {
            Duration::ZERO if self.set_text(name).is_some() => {
                Err(self.error(name, "write at least 1 millisecond, or unset the variable"))
            }
            timeout => Ok(timeout),
        }
    }

    /// The members of a comma-separated list.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        parse::list(self.text(name).unwrap_or("")).map(str::to_owned).collect()
    }

    /// `key=value,…`; a half-written list is an error.
    pub(crate) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, ConfigError> {
        parse::pairs(self.text(name).unwrap_or("")).map_err(|found| {
            ConfigError::new(name, found, "write key=value,key=value, or unset the variable")
        })
    }

    /// An error about the value of a variable; secrets stay out of it.
    pub(crate) fn error(&self, name: &str, remedy: impl Into<String>) -> ConfigError {
        let found = match self.values.get(name) {
            Some(setting) => format!("{:?} can't be used", setting.shown()),
            None => "it is not set".to_owned(),
        };
        ConfigError::new(name, found, remedy)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The settings of this environment, as other tests of this module need them.
    pub(crate) fn settings(environment: &[(&str, &str)]) -> Settings {
        try_settings(environment).expect("valid settings")
    }

    pub(crate) fn layers(environment: &[(&str, &str)]) -> Layers {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Layers { environment: environment.iter().map(owned).collect(), ..Layers::default() }
    }

    pub(crate) fn try_settings(environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::resolve(&layers(environment), &|path| match path {
            "/run/secrets/key" => Ok("hcaik_file\n".to_owned()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn passwords_in_urls_are_masked() {
        let settings = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:p@host:4318/x?y")]);
        let shown: Vec<_> = settings.iter().map(Setting::shown).collect();
        assert_eq!(shown, ["https://***@host:4318/x?y"]);
    }

    #[test]
    fn a_proxy_s_password_is_masked_with_a_scheme_or_without() {
        let settings =
            settings(&[("HTTPS_PROXY", "user:pass@proxy:1"), ("HTTP_PROXY", "http://u:p@h:2")]);
        let shown: Vec<_> = settings.iter().map(Setting::shown).collect();
        assert_eq!(shown, ["***@proxy:1", "http://***@h:2"]);
        assert!(settings.warnings().is_empty());
    }

    #[test]
    fn nothing_ends_in_no_time_at_all() {
        let read = |value: &str| {
            let settings = settings(&[("OTEL_BSP_EXPORT_TIMEOUT", value)]);
            settings.timeout("OTEL_BSP_EXPORT_TIMEOUT")
        };
        assert_eq!(read("1"), Ok(Duration::from_millis(1)));
        let error = read("0").expect_err("no time").to_string();
        assert!(error.contains("write at least 1 millisecond"), "{error}");
    }

    #[test]
    fn a_half_written_header_list_is_named() {
        let settings = settings(&[("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=")]);
        let error = settings.pairs("OTEL_EXPORTER_OTLP_HEADERS").expect_err("half-written");
        assert_eq!(
            error.to_string(),
            "OTEL_EXPORTER_OTLP_HEADERS: \"x-honeycomb-team\" has no value; \
             write key=value,key=value, or unset the variable"
        );
    }
}
