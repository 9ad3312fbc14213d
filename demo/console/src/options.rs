//! What the console listens on and how much it keeps. Reads no environment by itself: the caller
//! passes a lookup, so that a program with its own configuration can fill it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// How the console runs. [`Options::default`] is loopback, port 4568, 10,000 traces, 256 MiB.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The address to listen on. Default `127.0.0.1`. Anything wider lets other machines read
    /// every trace; the binary warns about it.
    pub host: IpAddr,
    /// The port, for TCP and UDP alike. Default 4568; 0 takes a free one.
    pub port: u16,
    /// Names that a request's `Host` may carry besides the loopback names and `host` itself,
    /// compared exactly and without the port. Default none.
    pub allowed_hosts: Vec<String>,
    /// Most traces kept; the oldest leaves first. Default 10,000.
    pub max_traces: usize,
    /// Most bytes of spans kept (an estimate of what they take in memory; the process takes about
    /// twice that, with the requests on their way). Default 256 MiB.
    pub max_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 4568,
            allowed_hosts: Vec::new(),
            max_traces: 10_000,
            max_bytes: 256 << 20,
        }
    }
}

/// A setting that can't be used. `Display` names the setting, its value and the remedy.
#[derive(Debug)]
#[non_exhaustive]
pub struct OptionsError {
    setting: &'static str,
    value: String,
    remedy: &'static str,
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, remedy } = self;
        write!(f, "{setting}={value:?} can't be used: {remedy}")
    }
}

impl std::error::Error for OptionsError {}

impl Options {
    /// Reads `CONSOLE_HOST`, `CONSOLE_PORT`, `CONSOLE_ALLOWED_HOSTS` (comma-separated),
    /// `CONSOLE_MAX_TRACES` and `CONSOLE_MAX_MEMORY_MB` through `lookup`. Empty means unset.
    ///
    /// # Errors
    ///
    /// When a value can't be read; the error names it.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, OptionsError> {
        let read = |name: &str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut options = Self::default();
        if let Some(value) = read("CONSOLE_HOST") {
            let name = if value == "localhost" { "127.0.0.1" } else { &value };
            options.host = name.parse().map_err(|_| OptionsError {
                setting: "CONSOLE_HOST",
                value: value.clone(),
                remedy: "give an IP address, as 127.0.0.1 or 0.0.0.0",
            })?;
        }
        if let Some(value) = read("CONSOLE_PORT") {
            options.port = number("CONSOLE_PORT", &value, "give a port from 0 to 65535")?;
        }
        if let Some(value) = read("CONSOLE_MAX_TRACES") {
            let traces: usize = number("CONSOLE_MAX_TRACES", &value, "give a whole number")?;
            options.max_traces = traces.max(1);
        }
        if let Some(value) = read("CONSOLE_MAX_MEMORY_MB") {
            let megabytes: u32 = number("CONSOLE_MAX_MEMORY_MB", &value, "give whole megabytes")?;
            options.max_bytes = (megabytes.max(1) as usize) << 20;
        }
        if let Some(value) = read("CONSOLE_ALLOWED_HOSTS") {
            for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                if name.contains(['*', '/', ' ']) {
                    return Err(OptionsError {
                        setting: "CONSOLE_ALLOWED_HOSTS",
                        value: name.to_owned(),
                        remedy: "give exact host names separated by commas, without patterns",
                    });
                }
                options.allowed_hosts.push(name.to_ascii_lowercase());
            }
        }
        Ok(options)
    }

    /// Whether machines other than this one can reach the console.
    pub fn is_exposed(&self) -> bool {
        !self.host.is_loopback()
    }
}

fn number<T: std::str::FromStr>(
    setting: &'static str,
    value: &str,
    remedy: &'static str,
) -> Result<T, OptionsError> {
    value.parse().map_err(|_| OptionsError { setting, value: value.to_owned(), remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Options, OptionsError> {
        Options::from_lookup(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn empty_values_leave_the_defaults() {
        let options = from(&[("CONSOLE_HOST", ""), ("CONSOLE_PORT", " ")]).unwrap();
        assert_eq!(options.host, IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(options.port, 4568);
        assert!(!options.is_exposed());
    }

    #[test]
    fn a_bad_value_is_named_with_its_remedy() {
        let error = from(&[("CONSOLE_PORT", "http")]).unwrap_err().to_string();
        assert_eq!(error, r#"CONSOLE_PORT="http" can't be used: give a port from 0 to 65535"#);
        assert!(from(&[("CONSOLE_HOST", "all")]).is_err());
        assert!(from(&[("CONSOLE_ALLOWED_HOSTS", "console,*.local")]).is_err());
    }

    #[test]
    fn allowed_hosts_are_a_list_of_exact_names() {
        let options =
            from(&[("CONSOLE_ALLOWED_HOSTS", "Console, xray-daemon"), ("CONSOLE_HOST", "0.0.0.0")])
                .unwrap();
        assert_eq!(options.allowed_hosts, ["console", "xray-daemon"]);
        assert!(options.is_exposed());
    }
}
