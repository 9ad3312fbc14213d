//! `AWS_XRAY_DAEMON_ADDRESS`, in every form that the X-Ray SDKs document.
//!
//! Source: "Configuring the AWS X-Ray daemon" and the SDKs' pages on environment variables, AWS
//! X-Ray developer guide, read 2026-11.

use std::fmt;
use std::str::FromStr;

/// A host (a name, or an address without brackets) and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Where the daemon takes segments (UDP) and proxies calls (TCP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DaemonAddress {
    pub(crate) udp: HostPort,
    pub(crate) tcp: HostPort,
}

/// The text is no daemon address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParseAddressError {
    text: String,
}

impl fmt::Display for ParseAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = crate::config::shown_url(&self.text);
        write!(f, "`{text}` is neither `host:port` nor `tcp:host:port udp:host:port`")
    }
}

impl std::error::Error for ParseAddressError {}

impl FromStr for HostPort {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let fail = || ParseAddressError { text: text.to_owned() };
        let (host, port) = text.rsplit_once(':').ok_or_else(fail)?;
        let port: u16 = port.parse().ok().filter(|port| *port != 0).ok_or_else(fail)?;
        let host = match host.strip_prefix('[') {
            Some(bracketed) => {
                let inner = bracketed.strip_suffix(']').ok_or_else(fail)?;
                inner.parse::<std::net::Ipv6Addr>().map_err(|_| fail())?;
                inner
            }
            // Without brackets nobody can tell where an IPv6 address ends, unless it is a whole one.
            None if host.contains(':') => {
                host.parse::<std::net::Ipv6Addr>().map_err(|_| fail())?;
                host
            }
            None => host,
        };
        let is_clean = |letter: char| !letter.is_whitespace() && !"/@?#".contains(letter);
        if host.is_empty() || !host.chars().all(is_clean) {
            return Err(fail());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl FromStr for DaemonAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let fail = || ParseAddressError { text: text.to_owned() };
        let (mut udp, mut tcp) = (None, None);
        let parts: Vec<&str> = text.split_whitespace().collect();
        if let [one] = parts.as_slice()
            && !one.starts_with("udp:")
            && !one.starts_with("tcp:")
        {
            let both: HostPort = one.parse().map_err(|_| fail())?;
            return Ok(Self { udp: both.clone(), tcp: both });
        }
        for part in parts {
            let (slot, address) = match part.split_once(':') {
                Some(("udp", address)) => (&mut udp, address),
                Some(("tcp", address)) => (&mut tcp, address),
                _ => return Err(fail()),
            };
            if slot.is_some() {
                return Err(fail());
            }
            *slot = Some(address.parse::<HostPort>().map_err(|_| fail())?);
        }
        match (udp, tcp) {
            (Some(udp), Some(tcp)) => Ok(Self { udp, tcp }),
            // One alone serves for both, as the daemon listens on one port by default.
            (Some(one), None) | (None, Some(one)) => Ok(Self { udp: one.clone(), tcp: one }),
            (None, None) => Err(fail()),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_is_understood() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let parsed = text.parse::<DaemonAddress>().ok();
            let shown = parsed.map(|it| (it.udp.to_string(), it.tcp.to_string()));
            let expected = expected.map(|(udp, tcp)| (udp.to_owned(), tcp.to_owned()));
            assert_eq!(shown, expected, "{text}");
        };
        check("127.0.0.1:2000", Some(("127.0.0.1:2000", "127.0.0.1:2000")));
        check("xray-daemon:2000", Some(("xray-daemon:2000", "xray-daemon:2000")));
        check("tcp:10.0.0.1:1999 udp:d:2000", Some(("d:2000", "10.0.0.1:1999")));
        check("udp:d:2000 tcp:10.0.0.1:1999", Some(("d:2000", "10.0.0.1:1999")));
        check("  udp:d:2000  ", Some(("d:2000", "d:2000")));
        check("[::1]:2000", Some(("[::1]:2000", "[::1]:2000")));
        check("::1:2000", Some(("[::1]:2000", "[::1]:2000")));
        check("udp:[::1]:2000 tcp:[fe80::1]:3000", Some(("[::1]:2000", "[fe80::1]:3000")));
        check("xray-daemon", None);
        check("xray-daemon:0", None);
        check("xray-daemon:99999", None);
        check("udp:a:1 udp:b:2", None);
        check("http://a:1", None);
        check("", None);
    }
}
