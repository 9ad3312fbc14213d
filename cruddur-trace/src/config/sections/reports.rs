//! Where error reports go.

use crate::config::{ConfigError, Secret, Settings};

/// Rollbar, where it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RollbarConfig {
    pub(crate) access_token: Secret,
    pub(crate) environment: String,
    pub(crate) code_version: Option<String>,
    /// The base URL; ends in `/`.
    pub(crate) endpoint: String,
}

impl RollbarConfig {
    pub(super) fn read(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let Some(access_token) = settings.secret("ROLLBAR_ACCESS_TOKEN") else { return Ok(None) };
        let mut endpoint = settings.text("ROLLBAR_ENDPOINT").unwrap_or_default().to_owned();
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            let remedy = "write a base URL such as https://api.rollbar.com/api/1/";
            return Err(settings.error("ROLLBAR_ENDPOINT", remedy));
        }
        if !endpoint.ends_with('/') {
            endpoint.push('/');
        }
        Ok(Some(Self {
            access_token,
            environment: settings.text("ROLLBAR_ENVIRONMENT").unwrap_or_default().to_owned(),
            code_version: settings.text("ROLLBAR_CODE_VERSION").map(str::to_owned),
            endpoint,
        }))
    }
}

/// Sentry, where it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentryConfig {
    pub(crate) dsn: Secret,
    pub(crate) environment: String,
    pub(crate) release: Option<String>,
}

impl SentryConfig {
    pub(super) fn read(settings: &Settings) -> Option<Self> {
        Some(Self {
            dsn: settings.secret("SENTRY_DSN")?,
            environment: settings.text("SENTRY_ENVIRONMENT").unwrap_or_default().to_owned(),
            release: settings.text("SENTRY_RELEASE").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn rollbar_is_on_with_a_token() {
        let read = |environment: &[(&str, &str)]| RollbarConfig::read(&settings(environment));
        assert_eq!(read(&[("ROLLBAR_ACCESS_TOKEN", "")]), Ok(None));
        let token = ("ROLLBAR_ACCESS_TOKEN", "t0ken");
        let rollbar = read(&[token]).expect("valid").expect("on");
        assert_eq!(rollbar.endpoint, "https://api.rollbar.com/api/1/");
        assert_eq!(rollbar.environment, "production");
        let local = read(&[token, ("ROLLBAR_ENDPOINT", "http://127.0.0.1:4568/api/1")]);
        assert_eq!(local.expect("valid").expect("on").endpoint, "http://127.0.0.1:4568/api/1/");
        assert!(read(&[token, ("ROLLBAR_ENDPOINT", "rollbar")]).is_err());
    }
}
