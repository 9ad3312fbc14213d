//! The demo's own settings. Those of the telemetry and of the console are read by them.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::store::Location;

/// An origin: scheme, host and, unless it is the scheme's own, port; as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// What the environment says, or the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `HOST`: where the backend listens. Default 127.0.0.1.
    pub host: IpAddr,
    /// `PORT`: default 4567; 0 takes a free one.
    pub port: u16,
    /// `CONSOLE_TEE`: whether the console gets a copy of what goes to real accounts.
    pub console_tee: bool,
    /// `DATABASE_URL`: default `sqlite::memory:`.
    pub database: Location,
    /// `FRONTEND_URL`: the one other origin whose pages may call the API. Default
    /// `http://127.0.0.1:3000`.
    pub frontend: Origin,
    /// `BACKEND_URL`: what the page calls the API by; default: where it was loaded from.
    pub backend: Option<Origin>,
    /// `FRONTEND_OTEL_EXPORTER_OTLP_ENDPOINT` and `HONEYCOMB_CLIENT_KEY`: direct mode.
    pub direct: Option<Direct>,
    /// `CRUDDUR_FRONTEND_SERVICE`: `service.name` of the page's spans. Default `cruddur-frontend`.
    pub frontend_service: String,
    /// `CRUDDUR_FRONTEND_DIR`: the built page; default: beside the sources.
    pub frontend_dir: Option<PathBuf>,
}

/// Where the page sends its spans by itself, and under which key.
#[derive(Clone, PartialEq, Eq)]
pub struct Direct {
    /// The origin of the OTLP endpoint.
    pub endpoint: Origin,
    /// A key that everybody can read.
    pub key: String,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A variable can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    name: &'static str,
    value: String,
    remedy: String,
}

impl Settings {
    /// The settings in these variables. An empty variable is an unset one.
    ///
    /// # Errors
    /// A value that can't be used; nothing is guessed.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let source = Source { variable: &variable };
        Ok(Self {
            host: source.parse("HOST", "127.0.0.1", parse_host)?,
            port: source.parse("PORT", "4567", parse_port)?,
            console_tee: source.parse("CONSOLE_TEE", "0", |text| match text {
                "1" | "true" => Ok(true),
                "0" | "false" => Ok(false),
                _ => Err("use 1 or 0".to_owned()),
            })?,
            database: source.parse("DATABASE_URL", "sqlite::memory:", Location::parse)?,
            frontend: source.parse("FRONTEND_URL", "http://127.0.0.1:3000", Origin::parse)?,
            backend: match source.text("BACKEND_URL") {
                Some(_) => Some(source.parse("BACKEND_URL", "", Origin::parse)?),
                None => None,
            },
            direct: match source.text("HONEYCOMB_CLIENT_KEY") {
                Some(key) => Some(Direct {
                    endpoint: source.parse(
                        "FRONTEND_OTEL_EXPORTER_OTLP_ENDPOINT",
                        "https://api.honeycomb.io",
                        Origin::parse,
                    )?,
                    key,
                }),
                None => None,
            },
            frontend_service: source
                .text("CRUDDUR_FRONTEND_SERVICE")
                .unwrap_or_else(|| "cruddur-frontend".to_owned()),
            frontend_dir: source.text("CRUDDUR_FRONTEND_DIR").map(PathBuf::from),
        })
    }
}

struct Source<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Source<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let value = (self.variable)(name)?;
        let trimmed = value.trim().trim_matches(['"', '\'']).trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn parse<T>(
        &self,
        name: &'static str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, SettingError> {
        let value = self.text(name).unwrap_or_else(|| default.to_owned());
        parse(&value).map_err(|remedy| SettingError { name, value: without_login(&value), remedy })
    }
}

fn parse_host(text: &str) -> Result<IpAddr, String> {
    let address = if text == "localhost" { "127.0.0.1" } else { text };
    address.parse().map_err(|_| "use an IP address such as 127.0.0.1 or 0.0.0.0".to_owned())
}

fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "use a number from 0 to 65535 (0 takes a free port)".to_owned())
}

impl Origin {
    /// The origin of a URL, whose path may be nothing but `/`.
    ///
    /// # Errors
    /// Anything else, above all `*` and `null`: they would let every page in.
    pub fn parse(text: &str) -> Result<Self, String> {
        let remedy = || "use one exact origin such as http://127.0.0.1:3000".to_owned();
        let uri: axum::http::Uri = text.parse().map_err(|_| remedy())?;
        let (Some(scheme @ ("http" | "https")), Some(authority), "" | "/", None) =
            (uri.scheme_str(), uri.authority(), uri.path(), uri.query())
        else {
            return Err(remedy());
        };
        if authority.as_str().contains(['@', '*']) {
            return Err(remedy());
        }
        let host = authority.host().to_ascii_lowercase();
        let port = match (scheme, authority.port_u16()) {
            ("http", Some(80)) | ("https", Some(443)) | (_, None) => String::new(),
            (_, Some(port)) => format!(":{port}"),
        };
        Ok(Self(format!("{scheme}://{host}{port}")))
    }

    /// As a browser sends it in `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is `{}`, which can't be used: {}", self.name, self.value, self.remedy)
    }
}

/// An address without its user and password.
fn without_login(value: &str) -> String {
    match (value.find("://"), value.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}…{}", &value[..scheme + 3], &value[at..])
        }
        _ => value.to_owned(),
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| {
            variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_means_the_defaults() {
        for variables in [&[][..], &[("PORT", ""), ("HOST", "  "), ("FRONTEND_URL", "\"\"")]] {
            let settings = read(variables).expect("defaults");
            assert_eq!(settings.port, 4567);
            assert_eq!(settings.host.to_string(), "127.0.0.1");
            assert_eq!(settings.database, Location::Memory);
            assert_eq!(settings.frontend.as_str(), "http://127.0.0.1:3000");
            assert_eq!(settings.backend, None);
        }
    }

    #[test]
    fn a_bad_value_is_named_with_its_remedy() {
        let check = |name: &str, value: &str| {
            let message = read(&[(name, value)]).expect_err(value).to_string();
            assert!(message.contains(name) && message.contains(value), "{message}");
            assert!(message.contains("use ") || message.contains("names no file"), "{message}");
        };
        check("PORT", "70000");
        check("HOST", "backend.example");
        check("CONSOLE_TEE", "maybe");
        check("DATABASE_URL", "postgres://db/cruddur");
        check("FRONTEND_URL", "*");
        check("FRONTEND_URL", "null");
        check("FRONTEND_URL", "http://127.0.0.1:3000/app");
        check("FRONTEND_URL", "http://a.example,http://b.example");
        check("BACKEND_URL", "127.0.0.1:4567");
    }

    #[test]
    fn a_bad_address_is_named_without_its_password() {
        for name in ["DATABASE_URL", "FRONTEND_URL", "BACKEND_URL"] {
            let error = read(&[(name, "postgres://cruddur:se@cret@db/x")]).expect_err(name);
            let message = error.to_string();
            assert!(message.contains("postgres://…@db/x"), "{message}");
            assert!(!message.contains("cret"), "{message}");
            assert!(!format!("{error:?}").contains("cret"), "{error:?}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        let check = |url: &str, expected: &str| {
            assert_eq!(Origin::parse(url).expect(url).as_str(), expected);
        };
        check("http://LocalHost:3000/", "http://localhost:3000");
        check("https://cruddur.example:443", "https://cruddur.example");
        check("http://[::1]:3000", "http://[::1]:3000");
    }
}
