//! A rule's pattern, sorted by how much work it is to match.

use super::wildcard_match;

/// What a field of a request has to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `*`.
    Any,
    /// ASCII without wildcards.
    Literal(String),
    Glob(String),
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte == b'*') {
            Self::Any
        } else if text.is_ascii() && !text.contains(['*', '?']) {
            Self::Literal(text.to_owned())
        } else {
            Self::Glob(text.to_owned())
        }
    }

    /// Whether the text matches; what is not known does.
    pub(super) fn matches(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::Any, _) | (_, None) => true,
            (Self::Literal(pattern), Some(text)) => {
                // Of all letters only these have an ASCII one for their lower case.
                pattern.eq_ignore_ascii_case(text)
                    || (!text.is_ascii() && wildcard_match(pattern, text))
            }
            (Self::Glob(pattern), Some(text)) => {
                !begins_otherwise(pattern, text) && wildcard_match(pattern, text)
            }
        }
    }
}

/// Whether an ASCII character before any wildcard already tells the two apart. Most rules are done
/// with here, in a few nanoseconds.
fn begins_otherwise(pattern: &str, text: &str) -> bool {
    let mut text = text.bytes();
    for wanted in pattern.bytes() {
        if matches!(wanted, b'*' | b'?') || !wanted.is_ascii() {
            return false;
        }
        match text.next() {
            None => return true,
            Some(found) if found.eq_ignore_ascii_case(&wanted) => {}
            // A letter beyond ASCII may have an ASCII one for its lower case.
            Some(found) => return found.is_ascii(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorting_changes_nothing(pattern in "[aAkKé/\u{212a}*?]{0,6}", text in "[aAkKé/\u{212a}]{0,7}") {
            let expected = wildcard_match(&pattern, &text);
            prop_assert_eq!(Pattern::new(&pattern).matches(Some(&text)), expected);
        }
    }

    #[test]
    fn the_kelvin_sign_is_a_k() {
        assert!(Pattern::new("k*").matches(Some("\u{212a}elvin")));
        assert!(Pattern::new("ké*").matches(Some("\u{212a}É")));
    }
}
