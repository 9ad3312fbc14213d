//! `tracestate`, after W3C trace context level 2.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/>, read 2026-11. The list is passed on as it came;
//! one invalid member discards all of it, which leaves `traceparent` as it is.

use super::digits;

/// Most members of a list; a longer one is discarded.
const MAX_MEMBERS: usize = 32;
/// Bytes that every participant has to pass on; a longer list is cut to whole members.
const MAX_BYTES: usize = 512;
/// Members longer than this go first when a list is cut.
const LARGE_MEMBER: usize = 128;

/// All lines of the header as one list; `None` if there is no member, or one that is invalid.
#[must_use]
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let mut joined = String::new();
    let mut members = 0;
    for line in lines {
        for member in line.split(|byte| *byte == b',') {
            let member = digits::trim(member);
            if member.is_empty() {
                continue;
            }
            members += 1;
            if members > MAX_MEMBERS || !is_member(member) {
                return None;
            }
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(str::from_utf8(member).ok()?);
        }
    }
    if joined.is_empty() { None } else { cut(joined) }
}

fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|byte| *byte == b'=') else { return false };
    is_key(&member[..equals]) && is_value(&member[equals + 1..])
}

fn is_key(key: &[u8]) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_other = |byte: &u8| is_first(byte) || b"_-*/@".contains(byte);
    key.len() <= 256 && key.first().is_some_and(is_first) && key.iter().all(is_other)
}

fn is_value(value: &[u8]) -> bool {
    let is_allowed = |byte: &u8| matches!(byte, b' '..=b'~') && !b",=".contains(byte);
    (1..=256).contains(&value.len()) && value.last() != Some(&b' ') && value.iter().all(is_allowed)
}

/// `list` in at most 512 bytes: whole members go, the large ones first, then those at the end. `None`
/// if none fits: one alone may have 513.
fn cut(list: String) -> Option<String> {
    if list.len() <= MAX_BYTES {
        return Some(list);
    }
    let mut members: Vec<&str> = list.split(',').collect();
    let mut length = list.len();
    let by_size = |member: &&str| member.len() > LARGE_MEMBER;
    while length > MAX_BYTES {
        let Some(at) = members.iter().rposition(by_size).or(members.len().checked_sub(1)) else {
            break;
        };
        // The last one has no comma.
        length = length.saturating_sub(members.remove(at).len() + 1);
    }
    (!members.is_empty()).then(|| members.join(","))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(line: &str) -> Option<String> {
        parse([line.as_bytes()])
    }

    #[test]
    fn lists_are_joined_and_checked() {
        let check = |lines: &[&str], expected: Option<&str>| {
            let parsed = parse(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(parsed.as_deref(), expected, "{lines:?}");
        };
        check(&["foo=1,bar=2"], Some("foo=1,bar=2"));
        check(
            &["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
            Some("foo=1,bar=2,rojo=1,congo=2,baz=3"),
        );
        check(&["foo=1 \t , \t bar=2, \t baz=3"], Some("foo=1,bar=2,baz=3"));
        check(&["", "foo=1", ",,"], Some("foo=1"));
        check(&[""], None);
        check(&[], None);
        check(&["foo=1,foo=1"], Some("foo=1,foo=1"));
        // Keys.
        check(&["foo =1"], None);
        check(&["FOO=1"], None);
        check(&["foo.bar=1"], None);
        check(&["@foo=1,bar=2"], None);
        check(&["foo@=1,bar=2"], Some("foo@=1,bar=2"));
        check(&["foo@bar@baz=1"], Some("foo@bar@baz=1"));
        check(&["0a=1"], Some("0a=1"));
        check(&["=1"], None);
        check(&["foo"], None);
        // Values.
        check(&["foo=bar=baz"], None);
        check(&["foo=,bar=3"], None);
        check(&["foo= 1"], Some("foo= 1"));
        check(&["foo=\u{e9}"], None);
    }

    #[test]
    fn keys_and_values_have_a_length() {
        let check = |key: usize, value: usize, ok: bool| {
            let member = format!("{}={}", "k".repeat(key), "v".repeat(value));
            // A member may be valid and still too long to be passed on with others.
            assert_eq!(one(&member).is_some(), ok, "{key} {value}");
        };
        check(256, 255, true);
        check(256, 256, false);
        check(256, 1, true);
        check(257, 1, false);
        check(1, 256, true);
        check(1, 257, false);
    }

    #[test]
    fn the_33rd_member_discards_the_list() {
        let list =
            |count: usize| (0..count).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join(",");
        assert_eq!(one(&list(32)), Some(list(32)));
        assert_eq!(one(&list(33)), None);
    }

    #[test]
    fn large_members_are_cut_first_then_those_at_the_end() {
        let large = format!("large={}", "x".repeat(200));
        let small: Vec<String> = (0..10).map(|at| format!("s{at}={}", "y".repeat(40))).collect();
        let kept = one(&format!("{},{large},{}", small[..5].join(","), small[5..].join(",")));
        assert_eq!(kept, Some(small.join(",")));
        let medium: Vec<String> = (0..8).map(|at| format!("m{at}={}", "z".repeat(97))).collect();
        assert_eq!(one(&medium.join(",")), Some(medium[..5].join(",")));
    }

    proptest! {
        #[test]
        fn what_is_passed_on_is_valid_and_short(lines in proptest::collection::vec("[a-z@=, 0-9A\u{e9}]{0,300}", 0..4)) {
            if let Some(list) = parse(lines.iter().map(String::as_bytes)) {
                prop_assert!(list.len() <= MAX_BYTES);
                prop_assert!(list.split(',').all(|member| is_member(member.as_bytes())));
                prop_assert_eq!(one(&list), Some(list.clone()));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse([line.as_slice()]);
        }
    }
}
