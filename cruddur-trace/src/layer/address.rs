//! Who asks and who was asked: the peer's address, the client's behind trusted proxies, the host.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The address of the other end of the connection, as a server puts it into a request's extensions.
///
/// Needed without axum, whose `ConnectInfo<SocketAddr>` is known to the layer as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// What proxies that are trusted said of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded<'a> {
    /// The nearest address that is no trusted proxy.
    pub(crate) client: Option<IpAddr>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) host: Option<&'a str>,
}

/// The peer, from the extensions of a request.
pub(crate) fn peer(extensions: &http::Extensions) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    extensions.get::<PeerAddr>().map(|peer| peer.0)
}

/// What `Forwarded`, or else `X-Forwarded-*`, says; nothing unless the peer is a trusted proxy.
pub(crate) fn forwarded<'a>(
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

/// The host that was asked for, and its port: what a trusted proxy says, else the URL's authority
/// (HTTP/2), else `Host`.
pub(crate) fn host<'a>(
    uri: &'a Uri,
    header: Option<&'a HeaderValue>,
    forwarded: &Forwarded<'a>,
) -> Option<(&'a str, Option<u16>)> {
    if let Some(host) = forwarded.host {
        return split_port(host);
    }
    if let Some(authority) = uri.authority() {
        return split_port(authority.as_str());
    }
    split_port(header?.to_str().ok()?)
}

/// The name or address, an IPv6 one without its brackets, and the port. A user and a password before
/// an `@` belong to nobody's attributes; what can't be a host is none.
pub(crate) fn split_port(host: &str) -> Option<(&str, Option<u16>)> {
    let end = host.bytes().position(|byte| !IS_USUAL[usize::from(byte)]).unwrap_or(host.len());
    let (name, rest) = host.split_at(end);
    match rest.strip_prefix(':') {
        Some(port) if end > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((name, port.parse().ok()))
        }
        None if end > 0 && rest.is_empty() => Some((name, None)),
        _ => split_unusual(host),
    }
}

/// Letters, digits, dots, hyphens and underscores: all that names and IPv4 addresses are made of.
const IS_USUAL: [bool; 256] = {
    let mut is_usual = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let it = byte as u8;
        is_usual[byte] = it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_');
        byte += 1;
    }
    is_usual
};

fn split_unusual(host: &str) -> Option<(&str, Option<u16>)> {
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host).trim();
    if let Some(rest) = host.strip_prefix('[') {
        let (ip, rest) = rest.split_once(']')?;
        return (!ip.is_empty()).then(|| (ip, rest.strip_prefix(':').and_then(parse_port)));
    }
    let (name, port) = match host.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((name, _)) if name.contains(':') => (host, None),
        Some((name, port)) => (name, parse_port(port)),
        None => (host, None),
    };
    let is_strange = |byte: u8| byte <= b' ' || byte == 0x7f || b"/\\?#<>\"{}|^`,".contains(&byte);
    (!name.is_empty() && !name.bytes().any(is_strange)).then_some((name, port))
}

/// Digits alone: `parse` would take a sign.
fn parse_port(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// An address as text, without allocating.
pub(crate) fn with_ip_text<R>(ip: IpAddr, run: impl FnOnce(&str) -> R) -> R {
    let mut text = Short { bytes: [0; 48], length: 0 };
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            for (number, octet) in ip.octets().into_iter().enumerate() {
                if number > 0 {
                    text.push(b'.');
                }
                if octet >= 100 {
                    text.push(b'0' + octet / 100);
                }
                if octet >= 10 {
                    text.push(b'0' + octet / 10 % 10);
                }
                text.push(b'0' + octet % 10);
            }
        }
        IpAddr::V6(ip) => {
            let _ = write!(text, "{ip}");
        }
    }
    run(text.as_str())
}

/// 48 bytes hold every IPv6 address.
struct Short {
    bytes: [u8; 48],
    length: usize,
}

impl Short {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl std::fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
            let said = forwarded(&headers, peer, &trusted);
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
        let said = forwarded(&both, peer, &trusted);
        assert_eq!((said.scheme, said.host), (Some("https"), Some("a.example:8")));
        let x = headers(&[("x-forwarded-proto", "https"), ("x-forwarded-host", "b.example")]);
        let said = forwarded(&x, peer, &trusted);
        assert_eq!((said.scheme, said.host), (Some("https"), Some("b.example")));
    }

    #[test]
    fn a_host_is_split_from_its_port() {
        let check = |host: &str, expected: Option<(&str, Option<u16>)>| {
            assert_eq!(split_port(host), expected);
        };
        check("a.example", Some(("a.example", None)));
        check("a.example:8080", Some(("a.example", Some(8080))));
        check("[2001:db8::1]:80", Some(("2001:db8::1", Some(80))));
        check("[2001:db8::1]", Some(("2001:db8::1", None)));
        check("2001:db8::1", Some(("2001:db8::1", None)));
        check("user:secret@a.example:81", Some(("a.example", Some(81))));
        check("user:secret@[::1]:81", Some(("::1", Some(81))));
        check("a.example:", Some(("a.example", None)));
        check("a.example:+80", Some(("a.example", None)));
        check("a.example:99999", Some(("a.example", None)));
        check("a.example,b.example", None);
        check("a.example/<script>", None);
        check("[", None);
        check("[]:80", None);
        check(":80", None);
        check("@", None);
        check("", None);
    }

    #[test]
    fn addresses_are_written_as_usual() {
        for text in ["0.0.0.0", "192.0.2.10", "255.255.255.255", "2001:db8::1"] {
            with_ip_text(text.parse().expect("valid"), |written| assert_eq!(written, text));
        }
        with_ip_text("::ffff:10.0.0.1".parse().expect("valid"), |it| assert_eq!(it, "10.0.0.1"));
    }
}
