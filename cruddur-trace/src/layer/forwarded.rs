//! What trusted proxies say of a request: the client's address, the scheme, the host.

use std::net::{IpAddr, SocketAddr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What proxies that are trusted said of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded<'a> {
    /// The nearest address that is no trusted proxy.
    pub(crate) client: Option<IpAddr>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) host: Option<&'a str>,
}

/// What `Forwarded`, or else `X-Forwarded-*`, says; nothing unless the peer is a trusted proxy.
pub(crate) fn read<'a>(
    headers: &'a HeaderMap,
    peer: Option<SocketAddr>,
    trusted: &[IpNet],
) -> Forwarded<'a> {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
    if !peer.is_some_and(|peer| is_trusted(peer.ip())) {
        return Forwarded::default();
    }
    if headers.contains_key(FORWARDED) {
        return from_forwarded(headers, is_trusted);
    }
    let hops = lines(headers, &X_FORWARDED_FOR).rev().map(str::trim);
    let client = nearest(hops.map(parse_node), is_trusted);
    let last = |name| lines(headers, name).next_back().map(str::trim);
    let scheme = last(&X_FORWARDED_PROTO).and_then(known_scheme);
    Forwarded { client, scheme, host: last(&X_FORWARDED_HOST).filter(|host| !host.is_empty()) }
}

/// The elements of all lines of a header, in order. Lines that are no text are skipped.
fn lines<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl DoubleEndedIterator<Item = &'a str> {
    let texts = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    texts.flat_map(|line| line.split(','))
}

/// The first hop, from the near end, that is no trusted proxy; what is no address ends the search,
/// since nothing beyond it can be trusted.
fn nearest(
    hops: impl Iterator<Item = Option<IpAddr>>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    let mut farthest = None;
    for hop in hops {
        let Some(ip) = hop else { break };
        farthest = Some(ip);
        if !is_trusted(ip) {
            break;
        }
    }
    farthest
}

fn from_forwarded(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Forwarded<'_> {
    fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim().trim_matches('"'))
    }
    let hops = || lines(headers, &FORWARDED).rev();
    let client =
        nearest(hops().map(|element| parameter(element, "for").and_then(parse_node)), is_trusted);
    let last = hops().next();
    Forwarded {
        client,
        scheme: last.and_then(|it| parameter(it, "proto")).and_then(known_scheme),
        host: last.and_then(|it| parameter(it, "host")).filter(|host| !host.is_empty()),
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Ok(ip) = text.parse() {
        return Some(ip);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The scheme as a word that is no stranger's choice.
pub(crate) fn known_scheme(text: &str) -> Option<&'static str> {
    match text {
        _ if text.eq_ignore_ascii_case("http") => Some("http"),
        _ if text.eq_ignore_ascii_case("https") => Some("https"),
        _ if text.eq_ignore_ascii_case("ws") => Some("ws"),
        _ if text.eq_ignore_ascii_case("wss") => Some("wss"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().expect("valid"), "fd00::/8".parse().expect("valid")];
        let check = |peer: &str, pairs: &[(&'static str, &'static str)], client: Option<&str>| {
            let headers = headers(pairs);
            let peer = Some(peer.parse().expect("an address"));
            let said = read(&headers, peer, &trusted);
            assert_eq!(said.client.map(|ip| ip.to_string()).as_deref(), client, "{pairs:?}");
        };
        check("192.0.2.9:1", &[("x-forwarded-for", "198.51.100.1")], None);
        check("10.0.0.1:1", &[("x-forwarded-for", "198.51.100.1")], Some("198.51.100.1"));
        check("[::ffff:10.0.0.1]:1", &[("x-forwarded-for", "198.51.100.1")], Some("198.51.100.1"));
        // A client may claim anything further out.
        check(
            "10.0.0.1:1",
            &[("x-forwarded-for", "1.1.1.1, 198.51.100.1, 10.0.0.2")],
            Some("198.51.100.1"),
        );
        check(
            "10.0.0.1:1",
            &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1")],
            Some("198.51.100.1"),
        );
        check("10.0.0.1:1", &[("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.2")], Some("10.0.0.2"));
        check("10.0.0.1:1", &[("x-forwarded-for", "10.0.0.3")], Some("10.0.0.3"));
        check("10.0.0.1:1", &[("forwarded", "for=198.51.100.1;proto=https")], Some("198.51.100.1"));
        check("[fd00::1]:1", &[("forwarded", "For=\"[2001:db8::1]:80\"")], Some("2001:db8::1"));
        check("10.0.0.1:1", &[("forwarded", "for=_hidden")], None);
    }

    #[test]
    fn scheme_and_host_come_from_the_nearest_proxy() {
        let trusted = ["10.0.0.0/8".parse().expect("valid")];
        let peer = Some("10.0.0.1:1".parse().expect("an address"));
        let both = headers(&[(
            "forwarded",
            "for=1.1.1.1;host=evil, for=2.2.2.2;host=\"a.example:8\";proto=HTTPS",
        )]);
        let said = read(&both, peer, &trusted);
        assert_eq!((said.scheme, said.host), (Some("https"), Some("a.example:8")));
        let x = headers(&[("x-forwarded-proto", "https"), ("x-forwarded-host", "b.example")]);
        let said = read(&x, peer, &trusted);
        assert_eq!((said.scheme, said.host), (Some("https"), Some("b.example")));
    }
}
