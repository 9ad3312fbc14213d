//! Who asked and what for: the peer's address, the host and its port, as text without allocating.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use http::{HeaderValue, Uri};

use super::forwarded::Forwarded;

/// The address of the other end of the connection, as a server puts it into a request's extensions.
///
/// Needed without axum, whose `ConnectInfo<SocketAddr>` is known to the layer as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// The peer, from the extensions of a request.
pub(crate) fn peer(extensions: &http::Extensions) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    extensions.get::<PeerAddr>().map(|peer| peer.0)
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
