//! The hosts that outgoing requests send context to.

/// Names of hosts, with `*.` for all below a domain, and a port where only that one is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    /// Without the `*` where it stands for all below: `.internal`.
    name: String,
    below: bool,
    port: Option<u16>,
}

impl Hosts {
    /// The same with more.
    pub(super) fn with(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(hosts.into_iter().map(|host| Pattern::parse(&host)));
        self
    }

    /// `host` with or without the brackets of an IPv6 address.
    pub(super) fn contains(&self, host: &str, port: Option<u16>) -> bool {
        let host = without_brackets(host);
        self.0.iter().any(|pattern| pattern.matches(host, port))
    }
}

/// An IPv6 address as it is, and not as a URL has it.
pub(super) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                (name.to_owned(), port.parse().ok())
            }
            _ => (text, None),
        };
        let name = without_brackets(&name).to_owned();
        match name.strip_prefix('*') {
            Some(rest) => Self { name: rest.to_owned(), below: true, port },
            None => Self { name, below: false, port },
        }
    }

    fn matches(&self, host: &str, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        if !self.below {
            return self.name.eq_ignore_ascii_case(host);
        }
        let (host, end) = (host.as_bytes(), self.name.as_bytes());
        host.len() > end.len() && host[host.len() - end.len()..].eq_ignore_ascii_case(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_among_them() {
        let named = ["api.example.com", "*.internal", "localhost:4569", "[::1]:80"];
        let hosts = Hosts::default().with(named.map(str::to_owned));
        let check = |host: &str, port: u16, expected: bool| {
            assert_eq!(hosts.contains(host, Some(port)), expected, "{host}:{port}");
        };
        check("api.example.com", 443, true);
        check("API.example.com", 80, true);
        check("evil-api.example.com", 443, false);
        check("api.example.com.evil", 443, false);
        check("a.b.internal", 80, true);
        check("internal", 80, false);
        check("evilinternal", 80, false);
        check("localhost", 4569, true);
        check("localhost", 4570, false);
        check("[::1]", 80, true);
        check("::1", 80, true);
        check("[::1]", 81, false);
        assert!(!Hosts::default().contains("localhost", None));
    }
}
