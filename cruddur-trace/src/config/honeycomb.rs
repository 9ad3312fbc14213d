//! Honeycomb's own variables, and what is known of its keys and hosts.

use super::otlp::is_url;
use super::{ConfigError, Secret, Settings};

/// Honeycomb, where it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Honeycomb {
    pub(crate) api_key: Secret,
    /// Without a slash at its end.
    pub(crate) endpoint: String,
    /// Sent with classic keys only.
    pub(crate) dataset: Option<String>,
    pub(crate) metrics_dataset: Option<String>,
}

impl Honeycomb {
    pub(super) fn read(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let Some(api_key) = settings.secret("HONEYCOMB_API_KEY") else { return Ok(None) };
        if !api_key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            let remedy = "copy the key again: it has letters, digits and \"_\" only";
            return Err(settings.error("HONEYCOMB_API_KEY", remedy));
        }
        let endpoint = settings.text("HONEYCOMB_API_ENDPOINT").unwrap_or_default();
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        if !is_url(&endpoint) {
            let remedy = "write https://api.honeycomb.io or https://api.eu1.honeycomb.io";
            return Err(settings.error("HONEYCOMB_API_ENDPOINT", remedy));
        }
        let dataset = settings.text("HONEYCOMB_DATASET").map(str::to_owned);
        if dataset.is_none() && is_classic(api_key.expose()) {
            let remedy = "name the dataset: a classic key needs it";
            return Err(settings.error("HONEYCOMB_DATASET", remedy));
        }
        let metrics_dataset = settings.text("HONEYCOMB_METRICS_DATASET").map(str::to_owned);
        Ok(Some(Self { api_key, endpoint, dataset, metrics_dataset }))
    }

    /// Whether the dataset has to be named in a header.
    pub(crate) fn is_classic(&self) -> bool {
        is_classic(self.api_key.expose())
    }
}

/// Whether a URL is one of Honeycomb's own endpoints.
pub(crate) fn honeycomb_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    host == "honeycomb.io" || host.ends_with(".honeycomb.io")
}

/// A classic key: 32 hexadecimal digits, or `hc?ic_` and 58 more characters.
/// Source: Honeycomb documentation, "API keys", read 2026-11.
fn is_classic(key: &str) -> bool {
    let hex = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ingest = key.starts_with("hc") && key.get(3..6) == Some("ic_");
    hex || ingest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn only_classic_keys_need_a_dataset() {
        let check = |key: &str, classic: bool| assert_eq!(is_classic(key), classic, "{key}");
        check("0123456789abcdef0123456789abcdef", true);
        check("hcaic_1234567890123456789012345678901234567890123456789012345678", true);
        check("hcaik_1234567890123456789012345678901234567890123456789012345678", false);
        check("0123456789abcdef012345", false);
        let classic = "0123456789abcdef0123456789abcdef";
        let settings = settings(&[("HONEYCOMB_API_KEY", classic)]);
        let error = Honeycomb::read(&settings).expect_err("no dataset");
        assert_eq!(error.name(), "HONEYCOMB_DATASET");
    }

    #[test]
    fn hosts_that_only_look_like_honeycomb_are_not() {
        let check = |url: &str, theirs: bool| assert_eq!(honeycomb_host(url), theirs, "{url}");
        check("https://api.honeycomb.io/v1/traces", true);
        check("https://api.eu1.honeycomb.io:443", true);
        check("https://honeycomb.io.evil.example", false);
        check("https://api.honeycomb.io@evil.example/", false);
        check("https://nothoneycomb.io", false);
    }
}
