//! Patterns of sampling rules and of dynamic naming: `*` and `?`.
//!
//! Equal to the matching of the X-Ray SDK for Python, which the interoperability tests compare it
//! with on random patterns; but for texts that hold a `*` themselves, where that SDK takes the
//! pattern's `*` for a letter.

/// Whether `text` matches `pattern`, where `*` stands for any characters and `?` for exactly one;
/// case is ignored.
///
/// Linear in practice and quadratic at worst: only the last `*` is ever tried again.
#[must_use]
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if pattern.is_ascii() && text.is_ascii() {
        let fold = |one: u8, other: u8| one.eq_ignore_ascii_case(&other);
        return matches(pattern.as_bytes(), text.as_bytes(), b'*', b'?', fold);
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Letter by letter, since the lower case of one may be two: `?` stands for one as it is written.
    let fold = |one: char, other: char| one == other || one.to_lowercase().eq(other.to_lowercase());
    matches(&pattern, &text, '*', '?', fold)
}

fn matches<T: Copy + PartialEq>(
    pattern: &[T],
    text: &[T],
    any: T,
    one: T,
    same: impl Fn(T, T) -> bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and how much of the text it has swallowed so far.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(letter) if *letter == any => {
                retry = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == one || same(*letter, text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, swallowed)) = retry else { return false };
                retry = Some((star, swallowed + 1));
                p = star + 1;
                t = swallowed + 1;
            }
        }
    }
    pattern[p..].iter().all(|letter| *letter == any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_documented() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(wildcard_match(pattern, text), expected, "{pattern} {text}");
        };
        check("*", "", true);
        check("", "", true);
        check("", "a", false);
        check("GET", "get", true);
        check("/api/*/home", "/api/activities/home", true);
        check("/api/*/home", "/api/activities/home/x", false);
        check("?", "é", true);
        check("??", "é", false);
        check("a?c", "AİC", true);
        check("*a*b*c", "xaxbxbc", true);
        check("*4567-*", "4567-cruddur.gitpod.io", true);
        check("a?", "a", false);
        check("a*?", "ab", true);
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        let pattern = "*a".repeat(200) + "b";
        let text = "a".repeat(20_000);
        assert!(!wildcard_match(&pattern, &text));
    }
}
