//! What `HTTPS_PROXY` and its likes hold: the HTTP client passes over what it can't read, and says
//! nothing, so it is told at start-up.

use std::collections::BTreeMap;

/// As the client knows them: in capitals, or in small letters.
const NAMES: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/// A warning for each variable that names no proxy. The value stays out: it may hold a password,
/// and in what is misspelt nobody can tell where.
pub(super) fn warnings(environment: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let is_proxy = |name: &str| NAMES.iter().any(|it| it.eq_ignore_ascii_case(name));
    let wrong = environment
        .iter()
        .filter(move |(name, value)| is_proxy(name) && !value.trim().is_empty() && !is_url(value));
    wrong.map(|(name, _)| {
        format!(
            "{name}: this is no URL of a proxy, so requests may go without one: write \
             http://host:port, or http://user:password@host:port with percent-encoding for what is \
             neither a letter nor a digit"
        )
    })
}

/// The value without a user and a password.
pub(super) fn shown(value: &str) -> String {
    let Some((before, host)) = value.rsplit_once('@') else { return value.to_owned() };
    match before.split_once("://") {
        Some((scheme, _)) if !scheme.contains(':') => format!("{scheme}://***@{host}"),
        _ => format!("***@{host}"),
    }
}

/// `[scheme://][user[:password]@]host[:port][/…]`, the rest only after a scheme.
fn is_url(text: &str) -> bool {
    let authority = match text.split_once("://") {
        Some((scheme, rest)) => {
            let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
            if !known.iter().any(|it| it.eq_ignore_ascii_case(scheme)) {
                return false;
            }
            rest.split(['/', '?', '#']).next().unwrap_or(rest)
        }
        None => text,
    };
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        // Colons in front of the last one are those of an IPv6 address.
        Some((host, port)) if !place.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    };
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_letter = |it: char| it.is_ascii_alphanumeric() || "-._".contains(it);
    let is_host = !host.is_empty() && (is_address || host.chars().all(is_letter));
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_would_pass_over_is_told_without_its_value() {
        let check = |value: &str, is_fine: bool| {
            let environment = BTreeMap::from([("https_proxy".to_owned(), value.to_owned())]);
            let told: Vec<_> = warnings(&environment).collect();
            assert_eq!(told.is_empty(), is_fine, "{value}: {told:?}");
            assert!(told.iter().all(|it| it.starts_with("https_proxy: ") && !it.contains("p#ss")));
        };
        check("", true);
        check("proxy", true);
        check("proxy:3128", true);
        check("http://proxy.internal:3128/", true);
        check("HTTP://10.0.0.1:3128", true);
        check("socks5h://[::1]:1080", true);
        check("http://user:p%40ss@proxy:3128", true);
        check("user:pass@proxy:3128", true);
        check("http//proxy:3128", false);
        check("http:/proxy:3128", false);
        check("http://", false);
        check("ftp://proxy:21", false);
        check("http://proxy:port", false);
        check("http://proxy:99999", false);
        check("http://user:p#ss@proxy:3128", false);
        check("the proxy", false);
        check("http://proxy:3128 ", false);
    }

    #[test]
    fn a_password_is_never_shown() {
        let check = |value: &str, expected: &str| assert_eq!(shown(value), expected);
        check("http://proxy:3128", "http://proxy:3128");
        check("http://user:pass@proxy:3128", "http://***@proxy:3128");
        check("user:pass@proxy:3128", "***@proxy:3128");
        check("user:p://x@proxy:3128", "***@proxy:3128");
        check("http://user:p#/@ss@proxy:3128", "http://***@proxy:3128");
    }
}
