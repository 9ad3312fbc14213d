//! `baggage`, after W3C baggage.
//!
//! Source: <https://www.w3.org/TR/baggage/>, read 2026-11. A member is a name, a value and any number
//! of properties (`;key=value` or `;key` after the value), which mean nothing here and are sent on.

use super::digits;

/// Most bytes of the header's lines together, and most members; what is over is not read.
const MAX_BYTES: usize = 8_192;
const MAX_MEMBERS: usize = 64;

/// One member of the baggage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Its name: a token, as HTTP has them.
    pub name: String,
    /// Its value, percent-decoded.
    pub value: String,
    /// Its properties as they are sent, `;` between them: `ttl=30;sensitive`. Mostly empty.
    pub properties: String,
}

impl Member {
    /// A member without properties.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), properties: String::new() }
    }

    /// The same with properties as they are sent, `;` between them. What is no property is left out.
    ///
    /// ```
    /// use cruddur_trace::propagation::baggage::{Member, format};
    ///
    /// let member = Member::new("user", "ñ").with_properties("ttl=30; sensitive");
    /// assert_eq!(format(&[member]).as_deref(), Some("user=%C3%B1;ttl=30;sensitive"));
    /// ```
    #[must_use]
    pub fn with_properties(mut self, properties: &str) -> Self {
        self.properties = properties_of(properties.as_bytes().split(|byte| *byte == b';'));
        self
    }
}

/// The members of all lines of the header; what is no valid member is skipped, and of two of one name
/// the later one counts.
#[must_use]
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        for text in line.split(|byte| *byte == b',') {
            bytes += text.len() + 1;
            if bytes > MAX_BYTES + 1 {
                return members;
            }
            let Some(member) = parse_member(text) else { continue };
            if let Some(earlier) = members.iter_mut().find(|it| it.name == member.name) {
                *earlier = member;
            } else if members.len() < MAX_MEMBERS {
                members.push(member);
            }
        }
    }
    members
}

fn parse_member(member: &[u8]) -> Option<Member> {
    let mut parts = member.split(|byte| *byte == b';');
    let (name, value) = pair(parts.next()?);
    let value = value?;
    if !is_name(name) || !value.iter().all(is_octet) {
        return None;
    }
    let name = str::from_utf8(name).ok()?.to_owned();
    // What is no UTF-8 becomes U+FFFD.
    let value = String::from_utf8_lossy(&percent_decoded(value)).into_owned();
    Some(Member { name, value, properties: properties_of(parts) })
}

/// What stands before and after the first `=`, blanks taken off.
fn pair(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'=') {
        Some(equals) => (digits::trim(&text[..equals]), Some(digits::trim(&text[equals + 1..]))),
        None => (digits::trim(text), None),
    }
}

/// Those that are properties, without blanks: a key, or a key and a value, which stays as it is.
fn properties_of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut kept = String::new();
    for part in parts {
        let (key, value) = pair(part);
        if !is_name(key) || !value.unwrap_or_default().iter().all(is_octet) {
            continue;
        }
        if !kept.is_empty() {
            kept.push(';');
        }
        // Both are ASCII by now.
        kept.extend(key.iter().map(|byte| char::from(*byte)));
        if let Some(value) = value {
            kept.push('=');
            kept.extend(value.iter().map(|byte| char::from(*byte)));
        }
    }
    kept
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(is_token)
}

/// A character of an HTTP token.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// A character that stands for itself in a value; `=` is one.
fn is_octet(byte: &u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// Percent-decoded; a `%` that no two digits follow stays as it is.
pub(crate) fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                decoded.push(high << 4 | low);
                rest = &rest[3..];
            }
            None => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    decoded
}

/// The header of these members, values percent-encoded, within the limits; what does not fit is left
/// out, from the end. `None` if nothing is left.
#[must_use]
pub fn format(members: &[Member]) -> Option<String> {
    let mut out = String::new();
    for Member { name, value, properties } in members.iter().take(MAX_MEMBERS) {
        if !is_name(name.as_bytes()) {
            continue;
        }
        let before = out.len();
        if before > 0 {
            out.push(',');
        }
        out.push_str(name);
        out.push('=');
        encode(value, &mut out);
        // The field is public, so what stands there is looked at once more.
        let properties = properties_of(properties.as_bytes().split(|byte| *byte == b';'));
        if !properties.is_empty() {
            out.push(';');
            out.push_str(&properties);
        }
        if out.len() > MAX_BYTES {
            out.truncate(before);
            break;
        }
    }
    (!out.is_empty()).then_some(out)
}

fn encode(value: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if is_octet(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 0xf)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_read_from_all_lines() {
        let check = |lines: &[&str], expected: &[(&str, &str)]| {
            let parsed = parse(lines.iter().map(|line| line.as_bytes()));
            let parsed: Vec<_> =
                parsed.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
            assert_eq!(parsed, expected, "{lines:?}");
        };
        check(&["a=1,b=2", "c=3"], &[("a", "1"), ("b", "2"), ("c", "3")]);
        check(&[" a = 1 ; ttl=30 , b=2;x"], &[("a", "1"), ("b", "2")]);
        check(&["a=b=c=="], &[("a", "b=c==")]);
        check(&["a=%C3%B1%20x"], &[("a", "ñ x")]);
        check(&["a=100%"], &[("a", "100%")]);
        check(&["a=%zz"], &[("a", "%zz")]);
        check(&["a=%ff"], &[("a", "\u{fffd}")]);
        check(&["a"], &[]);
        check(&["=1,a b=2,c=d e,f=6"], &[("f", "6")]);
        check(&["a=1,a=2"], &[("a", "2")]);
        check(&["a="], &[("a", "")]);
    }

    #[test]
    fn what_is_over_the_limits_is_left_out() {
        let many: Vec<String> = (0..100).map(|at| format!("k{at}=v")).collect();
        assert_eq!(parse([many.join(",").as_bytes()]).len(), 64);
        let long = format!("a=1,b={}", "x".repeat(9_000));
        assert_eq!(parse([long.as_bytes()]), [Member::new("a", "1")]);
    }

    #[test]
    fn properties_are_sent_on_as_they_came() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(format(&parse([line.as_bytes()])).as_deref(), expected, "{line}");
        };
        check("a=1;ttl=30", Some("a=1;ttl=30"));
        check(
            "a=1 ; ttl = 30 ;\tsensitive , b=2;x=%20y;x",
            Some("a=1;ttl=30;sensitive,b=2;x=%20y;x"),
        );
        check("a=1;k=v=w;k=", Some("a=1;k=v=w;k="));
        // What is no property is left out, and the member stays.
        check("a=1;;=2;a b;k=\"v\";ok;\u{e9}", Some("a=1;ok"));
        check("a=1;", Some("a=1"));
        check(";a=1", None);
        // The later member counts, with its own properties.
        check("a=1;old,a=2", Some("a=2"));
        let sneaky = Member { properties: "x,evil=1;ok\r\n".to_owned(), ..Member::new("a", "1") };
        assert_eq!(format(&[sneaky]).as_deref(), Some("a=1"));
    }

    proptest! {
        #[test]
        fn what_is_formatted_parses_to_the_same(
            members in proptest::collection::btree_map(
                "[a-z]{1,8}",
                (any::<String>(), "([a-z]{1,3}(=[!-+./:-~]{0,5})?;){0,3}"),
                0..20,
            )
        ) {
            let members: Vec<Member> = members
                .into_iter()
                .map(|(name, (value, properties))| {
                    Member::new(name, value).with_properties(&properties)
                })
                .collect();
            let Some(text) = format(&members) else { return Ok(()) };
            prop_assert!(text.len() <= MAX_BYTES && text.is_ascii());
            let parsed = parse([text.as_bytes()]);
            prop_assert_eq!(&parsed[..], &members[..parsed.len()]);
        }

        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse([line.as_slice()]);
        }
    }
}
