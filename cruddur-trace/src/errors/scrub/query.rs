//! Queries, forms and whole URLs: `key=value` pairs in percent encoding.

use super::{MASK, ScrubRule, Scrubber};
use std::borrow::Cow;

impl Scrubber {
    /// A URL's query, without its `?`, as it may leave: order, keys and encoding are kept.
    #[must_use]
    pub fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        let is_clean = query.split(['&', ';']).all(|pair| self.pair(pair).is_none());
        if is_clean {
            return Cow::Borrowed(query);
        }
        let mut out = String::with_capacity(query.len());
        for part in query.split_inclusive(['&', ';']) {
            let pair = part.trim_end_matches(['&', ';']);
            match self.pair(pair) {
                Some((key, value)) => {
                    out.push_str(key);
                    if pair.len() > key.len() {
                        out.push('=');
                    }
                    out.push_str(&value);
                }
                None => out.push_str(pair),
            }
            out.push_str(&part[pair.len()..]);
        }
        Cow::Owned(out)
    }

    /// A body of `application/x-www-form-urlencoded` as it may leave.
    #[must_use]
    pub fn form<'a>(&self, form: &'a str) -> Cow<'a, str> {
        self.query(form)
    }

    /// The decoded parameters of a query or a form as they may leave, in their order.
    #[must_use]
    pub fn parameters(&self, query: &str) -> Vec<(String, String)> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                let key = decode(key);
                let value = self.value(&key, &decode(value)).into_owned();
                (self.text(&key).into_owned(), value)
            })
            .collect()
    }

    /// A URL as it may leave: user and password, query and fragment are scrubbed.
    #[must_use]
    pub fn url<'a>(&self, url: &'a str) -> Cow<'a, str> {
        let (before, fragment) = match url.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (url, None),
        };
        let (place, query) = match before.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (before, None),
        };
        let mut out = self.text(place).into_owned();
        if let Some(query) = query {
            out.push('?');
            out.push_str(&self.query(query));
        }
        if let Some(fragment) = fragment {
            out.push('#');
            out.push_str(&self.query(fragment));
        }
        if out == url { Cow::Borrowed(url) } else { Cow::Owned(out) }
    }

    /// The key of a pair, still encoded, and what its value becomes; `None` if it stays as it is.
    fn pair<'a>(&self, pair: &'a str) -> Option<(&'a str, String)> {
        let Some((key, value)) = pair.split_once('=') else {
            let text = decode(pair);
            return matches!(self.text(&text), Cow::Owned(_)).then(|| ("", MASK.to_owned()));
        };
        match self.rule(&decode(key)) {
            ScrubRule::Allow => {
                let text = decode(value);
                matches!(self.text(&text), Cow::Owned(_)).then(|| (key, MASK.to_owned()))
            }
            rule => (!value.is_empty()).then(|| (key, self.masked(rule, value))),
        }
    }
}

/// Percent and plus decoded once; what is no valid escape stays, what is no UTF-8 becomes `U+FFFD`.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|it| std::str::from_utf8(it).ok());
        let code = escape.and_then(|it| u8::from_str_radix(it, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
