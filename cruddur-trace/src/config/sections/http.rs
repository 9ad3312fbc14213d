//! Lists that the layers are told: hosts that may know the context, paths that make no span.
//!
//! A member that could never match anything is refused: nobody would be told otherwise.

use crate::config::{ConfigError, Settings};

/// `CRUDDUR_PROPAGATE_TO`.
pub(crate) fn propagate_to(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    const NAME: &str = "CRUDDUR_PROPAGATE_TO";
    let remedy = "write hosts such as api.example.com, *.internal or 10.0.0.7:8080, with commas \
                  between, without a scheme and a path";
    listed(settings, NAME, is_host, remedy)
}

/// `CRUDDUR_EXCLUDED_PATHS`.
pub(crate) fn excluded_paths(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    const NAME: &str = "CRUDDUR_EXCLUDED_PATHS";
    let remedy = "write paths that begin with \"/\", such as /health,/assets/*";
    listed(settings, NAME, |path| path.starts_with('/') || path == "*", remedy)
}

fn listed(
    settings: &Settings,
    name: &str,
    fits: impl Fn(&str) -> bool,
    remedy: &str,
) -> Result<Vec<String>, ConfigError> {
    let list = settings.list(name);
    match list.iter().all(|member| fits(member)) {
        true => Ok(list),
        false => Err(settings.error(name, remedy)),
    }
}

/// A name or an address, perhaps with a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // Colons in front of the last one are those of an IPv6 address.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_name = |letter: char| letter.is_alphanumeric() || "-._*:[]".contains(letter);
    !host.is_empty()
        && host.chars().all(is_name)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn what_could_never_match_is_refused() {
        let hosts = |list| propagate_to(&settings(&[("CRUDDUR_PROPAGATE_TO", list)]));
        for good in
            ["", "api.example.com,*.internal", "localhost:80", "::1", "[::1]:80", "bücher.de"]
        {
            assert!(hosts(good).is_ok(), "{good}");
        }
        for bad in ["http://a", "a/b", "a,localhost:http", "user@host", ":80", "a b"] {
            let error = hosts(bad).expect_err(bad).to_string();
            assert!(error.contains("without a scheme"), "{error}");
        }
        let paths = |list| excluded_paths(&settings(&[("CRUDDUR_EXCLUDED_PATHS", list)]));
        assert_eq!(paths("/health, /assets/*").expect("paths"), ["/health", "/assets/*"]);
        assert!(paths("*").is_ok());
        let error = paths("/health,ready").expect_err("no path").to_string();
        assert!(error.contains("begin with \"/\""), "{error}");
    }
}
