//! What X-Ray allows in names, keys and short texts.
//!
//! Source: "AWS X-Ray segment documents", AWS X-Ray developer guide, read 2026-11.

use std::borrow::Cow;

use super::letters::is_letter_or_digit;

/// Longest segment or subsegment name, in characters.
pub(crate) const MAX_NAME_CHARS: usize = 200;
/// Longest value of `http` and `user` fields, in characters.
pub(crate) const MAX_FIELD_CHARS: usize = 250;
/// Longest annotation key, in characters.
pub(crate) const MAX_ANNOTATION_KEY_CHARS: usize = 500;
/// Longest annotation text, in characters.
pub(crate) const MAX_ANNOTATION_CHARS: usize = 1_000;

fn is_allowed_in_name(letter: char) -> bool {
    is_letter_or_digit(letter) || letter == ' ' || "_.:/%&#=+-@".contains(letter)
}

/// The name with everything stripped that X-Ray refuses, at most 200 characters; `unnamed` if
/// nothing is left. Other white space than blanks becomes a blank.
pub(crate) fn sanitized_name(name: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _.:/%&#=+-@".contains(&byte);
    if !name.is_empty() && name.len() <= MAX_NAME_CHARS && name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    let blank = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
    let kept: String =
        name.chars().map(blank).filter(|it| is_allowed_in_name(*it)).take(MAX_NAME_CHARS).collect();
    if kept.trim().is_empty() { Cow::Borrowed("unnamed") } else { Cow::Owned(kept) }
}

/// An annotation key: what is not a letter, a digit or `_` becomes `_`. `None` if there is nothing
/// left to search by.
pub(crate) fn annotation_key(key: &str) -> Option<Cow<'_, str>> {
    if key.is_empty() {
        return None;
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if key.len() <= MAX_ANNOTATION_KEY_CHARS && key.bytes().all(allowed) {
        return Some(Cow::Borrowed(key));
    }
    let letter = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
    let made: String = key.chars().map(letter).take(MAX_ANNOTATION_KEY_CHARS).collect();
    made.bytes().any(|byte| byte != b'_').then_some(Cow::Owned(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_only_what_xray_takes() {
        let check = |name: &str, expected: &str| assert_eq!(sanitized_name(name), expected);
        check("cruddur-backend", "cruddur-backend");
        check("GET /users/{id}", "GET /users/id");
        check("Größe: 5\n%", "Größe: 5 %");
        // Letters by Rust's word, but not by X-Ray's.
        check("e\u{301}Ⓐ𝕏", "e");
        check("🦀", "unnamed");
        check("", "unnamed");
        check(&"🦀".repeat(500), "unnamed");
        assert_eq!(sanitized_name(&"é".repeat(300)).chars().count(), 200);
    }

    #[test]
    fn annotation_keys_keep_only_word_characters() {
        let check = |key: &str, expected: Option<&str>| {
            assert_eq!(annotation_key(key).as_deref(), expected);
        };
        check("app.now", Some("app_now"));
        check("app_now", Some("app_now"));
        check("größe", Some("gr__e"));
        check("...", None);
        check("", None);
        assert_eq!(annotation_key(&"a.".repeat(400)).map(|key| key.len()), Some(500));
    }
}
