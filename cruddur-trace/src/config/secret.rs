//! Text that must not be shown.

use std::fmt;
use std::sync::Arc;

/// A key, a token, a password: no `Debug`, no `Display` and no message ever shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Says how long it is and nothing else: enough to see an empty or a cut-off key.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<secret, {} characters>", self.0.chars().count())
    }
}

/// A URL as it may be shown: without the password in front of its host, and without the values of
/// its query, where some backends have their key. Other text stays as it is.
pub(crate) fn shown_url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let end = place.find(['/', '#']).unwrap_or(place.len());
    let (authority, path) = place.split_at(end);
    let mut shown = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => format!("{scheme}://{place}"),
    };
    for (index, pair) in query.into_iter().flat_map(|it| it.split('&')).enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key, _)) => shown.extend([key, "=***"]),
            None => shown.push_str(pair),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Secret, shown_url};

    #[test]
    fn a_url_is_shown_without_what_is_secret_in_it() {
        let check = |url: &str, expected: &str| assert_eq!(shown_url(url), expected);
        check("https://u:p@host:4318/x?y", "https://***@host:4318/x?y");
        check(
            "https://host/v1/traces?token=t&page=2#f",
            "https://host/v1/traces?token=***&page=***",
        );
        check("http://u:p@[::1]:4318", "http://***@[::1]:4318");
        check("http://host/a@b", "http://host/a@b");
        check("http://u:p@q@host?k=a?b", "http://***@host?k=***");
        check("host:4317", "host:4317");
        check("udp:a:1 tcp:b:2", "udp:a:1 tcp:b:2");
    }

    #[test]
    fn debug_shows_only_the_length() {
        assert_eq!(format!("{:?}", Secret::new("hcaik_01")), "<secret, 8 characters>");
    }
}
