//! `baggage`, after W3C baggage.
//!
//! Source: <https://www.w3.org/TR/baggage/>, read 2026-11. Names and values only: properties
//! (`;key=value` after a value) are not kept.

use super::digits;

/// Most bytes of the header's lines together, and most members; what is over is not read.
const MAX_BYTES: usize = 8_192;
const MAX_MEMBERS: usize = 64;

/// Names and decoded values of all lines of the header; members that are no valid pair are skipped.
#[must_use]
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let mut members: Vec<(String, String)> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        for member in line.split(|byte| *byte == b',') {
            bytes += member.len() + 1;
            if bytes > MAX_BYTES + 1 {
                return members;
            }
            let Some((name, value)) = parse_member(member) else { continue };
            if let Some((_, earlier)) = members.iter_mut().find(|(known, _)| *known == name) {
                *earlier = value;
            } else if members.len() < MAX_MEMBERS {
                members.push((name, value));
            }
        }
    }
    members
}

fn parse_member(member: &[u8]) -> Option<(String, String)> {
    let pair = member.split(|byte| *byte == b';').next()?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let name = digits::trim(&pair[..equals]);
    let value = digits::trim(&pair[equals + 1..]);
    if name.is_empty() || !name.iter().all(is_token) || !value.iter().all(is_octet) {
        return None;
    }
    Some((str::from_utf8(name).ok()?.to_owned(), decode(value)))
}

/// A character of an HTTP token.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// A character that stands for itself in a value; `=` is one.
fn is_octet(byte: &u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// Percent-decoded; what is no UTF-8 then becomes U+FFFD.
fn decode(value: &[u8]) -> String {
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
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The header of these names and values, percent-encoded, within the limits; what does not fit is
/// left out, from the end. `None` if nothing is left.
#[must_use]
pub fn format(members: &[(String, String)]) -> Option<String> {
    let mut out = String::new();
    for (name, value) in members.iter().take(MAX_MEMBERS) {
        if name.is_empty() || !name.bytes().all(|byte| is_token(&byte)) {
            continue;
        }
        let before = out.len();
        if before > 0 {
            out.push(',');
        }
        out.push_str(name);
        out.push('=');
        encode(value, &mut out);
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
                parsed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
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
        assert_eq!(parse([long.as_bytes()]), [("a".to_owned(), "1".to_owned())]);
    }

    proptest! {
        #[test]
        fn what_is_formatted_parses_to_the_same(
            members in proptest::collection::btree_map("[a-z]{1,8}", any::<String>(), 0..20)
        ) {
            let members: Vec<(String, String)> = members.into_iter().collect();
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
