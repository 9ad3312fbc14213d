//! Effective values and where each comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::table::{self, Variable};
use super::{ConfigError, Secret, parse, shown_url};

/// Where an effective value comes from, weakest first.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What was said about settings, before it is known which of it counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    /// `default_*` in code; the last of a name counts.
    pub(crate) defaults: Vec<(String, String)>,
    /// All of the environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// `force_*` in code; the last of a name counts.
    pub(crate) forced: Vec<(String, String)>,
}

/// Reads a file named by `<NAME>_FILE`.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&str) -> std::io::Result<String>;

impl Settings {
    /// The effective value of every variable of the table.
    ///
    /// # Errors
    ///
    /// A name that the table does not know was set in code, or a `<NAME>_FILE` can't be read.
    pub(crate) fn resolve(layers: &Layers, read_file: ReadFile<'_>) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for (name, value) in &layers.defaults {
            settings.put(known(name)?, value, Source::Code);
        }
        for variable in table::variables() {
            if let Some(raw) = layers.environment.get(variable.name) {
                settings.put(variable, raw, Source::Environment);
            }
            if variable.secret {
                settings.put_file(variable, layers, read_file)?;
            }
        }
        for (name, value) in &layers.forced {
            settings.put(known(name)?, value, Source::Forced);
        }
        settings.warn_of_unknown(&layers.environment);
        Ok(settings)
    }

    /// An empty value is an unset one: it does not hide a weaker source.
    fn put(&mut self, variable: &'static Variable, raw: &str, source: Source) {
        let value = parse::tidy(raw);
        if value != raw && !value.is_empty() {
            self.warnings.push(format!(
                "{}: blanks, quotes or a carriage return around the value were taken off",
                variable.name
            ));
        }
        if !value.is_empty() {
            let setting = Setting { variable, source, value: value.to_owned() };
            self.values.insert(variable.name, setting);
        }
    }

    fn put_file(
        &mut self,
        variable: &'static Variable,
        layers: &Layers,
        read_file: ReadFile<'_>,
    ) -> Result<(), ConfigError> {
        let name = format!("{}_FILE", variable.name);
        let path = layers.environment.get(&name).map_or("", |raw| parse::tidy(raw));
        if path.is_empty() {
            return Ok(());
        }
        if self.values.get(variable.name).is_some_and(|it| it.source == Source::Environment) {
            let text = format!("{name}: not read, since {} is set as well", variable.name);
            self.warnings.push(text);
            return Ok(());
        }
        match read_file(path) {
            Ok(text) => self.put(variable, text.trim_end(), Source::File(path.to_owned())),
            Err(error) => {
                let found = format!("{path} can't be read ({error})");
                return Err(ConfigError::new(name, found, "name a readable file or unset it"));
            }
        }
        Ok(())
    }

    /// A misspelt variable is the commonest reason why nothing is exported and no word says why.
    fn warn_of_unknown(&mut self, environment: &BTreeMap<String, String>) {
        const OURS: [&str; 6] =
            ["OTEL_", "HONEYCOMB_", "CRUDDUR_", "ROLLBAR_", "SENTRY_", "AWS_CLOUDWATCH_"];
        for name in environment.keys() {
            let ours = OURS.iter().any(|prefix| name.starts_with(prefix));
            let file_of = name.strip_suffix("_FILE").and_then(table::find);
            if ours && table::find(name).is_none() && file_of.is_none_or(|it| !it.secret) {
                self.warnings.push(format!("{name}: not known here, so it has no effect"));
            }
        }
        for setting in self.values.values() {
            if let table::Support::No(why) = setting.variable.support {
                self.warnings.push(format!("{}: has no effect: {why}", setting.variable.name));
            }
        }
    }

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

fn known(name: &str) -> Result<&'static Variable, ConfigError> {
    table::find(name).ok_or_else(|| {
        ConfigError::new(name, "no such setting", "use a name of docs/configuration.md")
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The settings of this environment, as other tests of this module need them.
    pub(crate) fn settings(environment: &[(&str, &str)]) -> Settings {
        try_settings(environment).expect("valid settings")
    }

    fn layers(environment: &[(&str, &str)]) -> Layers {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Layers { environment: environment.iter().map(owned).collect(), ..Layers::default() }
    }

    fn try_settings(environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::resolve(&layers(environment), &|path| match path {
            "/run/secrets/key" => Ok("hcaik_file\n".to_owned()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn force_beats_environment_beats_default() {
        let mut layers = layers(&[("OTEL_SERVICE_NAME", "env")]);
        let name = |layers: &Layers| {
            let settings = Settings::resolve(layers, &|_| Ok(String::new())).expect("valid");
            let name = settings.text("OTEL_SERVICE_NAME").map(str::to_owned);
            (name.unwrap_or_default(), settings.source("OTEL_SERVICE_NAME"))
        };
        let pair = ("OTEL_SERVICE_NAME".to_owned(), "code".to_owned());
        layers.defaults.push(pair.clone());
        assert_eq!(name(&layers), ("env".to_owned(), Source::Environment));
        layers.environment.insert("OTEL_SERVICE_NAME".to_owned(), String::new());
        assert_eq!(name(&layers), ("code".to_owned(), Source::Code));
        layers.forced.push((pair.0, "forced".to_owned()));
        assert_eq!(name(&layers), ("forced".to_owned(), Source::Forced));
    }

    #[test]
    fn a_secret_may_come_from_a_file_and_is_never_shown() {
        let settings = settings(&[("HONEYCOMB_API_KEY_FILE", "/run/secrets/key")]);
        let key = settings.secret("HONEYCOMB_API_KEY").expect("a key");
        assert_eq!(key.expose(), "hcaik_file");
        assert!(!format!("{settings:?}").contains("hcaik"));
        let error = try_settings(&[("HONEYCOMB_API_KEY_FILE", "/nowhere")]).expect_err("no file");
        assert_eq!(error.name(), "HONEYCOMB_API_KEY_FILE");
    }

    #[test]
    fn passwords_in_urls_are_masked() {
        let settings = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:p@host:4318/x?y")]);
        let shown: Vec<_> = settings.iter().map(Setting::shown).collect();
        assert_eq!(shown, ["https://***@host:4318/x?y"]);
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let warnings = |name: &str, value: &str| settings(&[(name, value)]).warnings().join("|");
        assert!(warnings("OTEL_EXPORTER_OTLP_HEADER", "a=b").contains("no effect"));
        assert!(warnings("OTEL_SERVICE_NAME", " x\r").contains("taken off"));
        assert!(warnings("OTEL_CONFIG_FILE", "x.yaml").contains("no effect"));
        assert_eq!(warnings("OTEL_SERVICE_NAME", "x"), "");
        assert_eq!(warnings("PATH", "/bin"), "");
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
