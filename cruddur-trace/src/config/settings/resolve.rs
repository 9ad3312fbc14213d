//! Which of the sources of a variable counts, and what is said of the others.

use std::collections::BTreeMap;

use super::{Setting, Settings, Source, proxy};
use crate::config::table::{self, Variable};
use crate::config::{ConfigError, parse};

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
        settings.warn_of_idle();
        settings.warnings.extend(proxy::warnings(&layers.environment));
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
            // The demo's own settings have its name in front, too.
            let is_demo = name.starts_with("CRUDDUR_FRONTEND_");
            let ours = !is_demo && OURS.iter().any(|prefix| name.starts_with(prefix));
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
}

impl Settings {
    /// The ratio alone does not choose the sampler that would read it.
    fn warn_of_idle(&mut self) {
        let sampler = self.text("OTEL_TRACES_SAMPLER").unwrap_or_default();
        let reads_it = ["ratio", "xray"].iter().any(|it| sampler.contains(it));
        if self.set_text("OTEL_TRACES_SAMPLER_ARG").is_some() && !reads_it {
            self.warnings.push(format!(
                "OTEL_TRACES_SAMPLER_ARG: has no effect: set OTEL_TRACES_SAMPLER to traceidratio \
                 or xray, which read it ({sampler} does not)"
            ));
        }
    }
}

fn known(name: &str) -> Result<&'static Variable, ConfigError> {
    table::find(name).ok_or_else(|| {
        ConfigError::new(name, "no such setting", "use a name of docs/configuration.md")
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{layers, settings, try_settings};
    use super::*;

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
    fn what_has_no_effect_is_said() {
        let warnings = |name: &str, value: &str| settings(&[(name, value)]).warnings().join("|");
        assert!(warnings("OTEL_EXPORTER_OTLP_HEADER", "a=b").contains("no effect"));
        assert!(warnings("OTEL_SERVICE_NAME", " x\r").contains("taken off"));
        assert!(warnings("HTTPS_PROXY", "http//proxy:3128").contains("write http://host:port"));
        assert!(warnings("OTEL_CONFIG_FILE", "x.yaml").contains("no effect"));
        assert!(warnings("OTEL_TRACES_SAMPLER_ARG", "0.1").contains("no effect"));
        assert_eq!(warnings("OTEL_SERVICE_NAME", "x"), "");
        assert_eq!(warnings("PATH", "/bin"), "");
        assert_eq!(warnings("CRUDDUR_FRONTEND_DIR", "/page"), "");
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
}
