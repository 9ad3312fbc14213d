//! Takes out of texts what must not leave a browser: query strings, e-mail addresses, tokens, and
//! characters that could forge a line of a log.

use std::borrow::Cow;

use crate::errors::scrubber;
use crate::record::text::first_bytes;

/// What stands for an e-mail address.
const EMAIL: &str = "[e-mail]";

/// A text as it may leave, of at most `max_bytes`. Line ends stay only in stack traces.
pub(crate) fn text(text: &str, keeps_lines: bool, max_bytes: usize) -> String {
    let plain: String = text
        .chars()
        .map(|it| if is_forging(it) && !(keeps_lines && it == '\n') { ' ' } else { it })
        .collect();
    let mut clean = String::with_capacity(plain.len());
    for (index, line) in plain.split('\n').enumerate() {
        if index > 0 {
            clean.push('\n');
        }
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 {
                clean.push(' ');
            }
            clean.push_str(&self::word(word));
        }
    }
    let mut clean = match scrubber().text(&clean) {
        Cow::Borrowed(_) => clean,
        Cow::Owned(scrubbed) => scrubbed,
    };
    clean.truncate(first_bytes(&clean, max_bytes).len());
    clean
}

/// Control characters, and those that reorder text or break lines in Unicode.
fn is_forging(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn word(word: &str) -> Cow<'_, str> {
    if let Some((scheme, rest)) = word.split_once("://") {
        return Cow::Owned(format!("{scheme}://{}", without_query(rest)));
    }
    if word.contains('@') { Cow::Owned(without_emails(word)) } else { Cow::Borrowed(word) }
}

/// Without user and password, query and fragment; the line and column of a stack frame stay.
fn without_query(rest: &str) -> String {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (place, query) = rest.split_at(end);
    let host_end = place.find('/').unwrap_or(place.len());
    let (authority, path) = place.split_at(host_end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    let position_start =
        query.trim_end_matches(|it: char| it.is_ascii_digit() || ":)".contains(it));
    let position = &query[position_start.len()..];
    // Digits at a query's end may belong to its value: a position begins with a colon.
    let position = position.find(':').map_or("", |at| &position[at..]);
    format!("{host}{}{position}", without_emails(path))
}

fn without_emails(text: &str) -> String {
    let is_local = |it: char| it.is_alphanumeric() || "._%+-".contains(it);
    let is_domain = |it: char| it.is_alphanumeric() || ".-".contains(it);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let local = before.len() - before.trim_end_matches(is_local).len();
        let domain = after.len() - after.trim_start_matches(is_domain).len();
        let is_email = local > 0 && after[..domain].trim_matches('.').contains('.');
        if is_email {
            clean.push_str(&before[..before.len() - local]);
            clean.push_str(EMAIL);
            rest = &after[domain..];
        } else {
            clean.push_str(before);
            clean.push('@');
            rest = after;
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_what_must_not_leave() {
        let check = |given: &str, expected: &str| assert_eq!(text(given, false, 2_048), expected);
        check("http://a.example/p?token=1#x", "http://a.example/p");
        check("https://user:word@a.example/p", "https://a.example/p");
        check("GET http://a/b?c=d failed", "GET http://a/b failed");
        check("at f (http://a/x.js?v=12:3:45)", "at f (http://a/x.js:3:45)");
        check("mail worf@enterprise.example now", "mail [e-mail] now");
        check("(worf@enterprise.example)", "([e-mail])");
        check("http://a/users/worf@e.example/x", "http://a/users/[e-mail]/x");
        check("/api/activities/@worf", "/api/activities/@worf");
        check("a\r\n2026-11-22 ERROR forged", "a  2026-11-22 ERROR forged");
        check("\u{1b}[31mred", " [31mred");
        check("plain text", "plain text");
    }

    #[test]
    fn stack_traces_keep_their_lines() {
        assert_eq!(text("Error: x\n  at a\r\n", true, 2_048), "Error: x\n  at a \n");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(text("ééé", false, 3), "é");
    }

    #[test]
    fn tokens_are_masked() {
        let given =
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";
        assert!(!text(given, false, 2_048).contains("dozjgNryP4J3jVmNHl0w5N"));
    }
}
