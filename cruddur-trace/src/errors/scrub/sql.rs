//! SQL text: its literals are data, and data does not leave.

use super::Scrubber;
use std::borrow::Cow;

impl Scrubber {
    /// A statement whose literals are replaced by `?` and whose comments are dropped.
    ///
    /// Strings in single quotes (doubled and escaped quotes understood), dollar-quoted strings,
    /// hexadecimal and decimal numbers are literals; names in double quotes or backticks stay.
    ///
    /// Whether a backslash escapes a quote depends on the database: MySQL's does, elsewhere
    /// `ESCAPE '\'` is a whole string. The reading in which every string has an end is taken; where
    /// both have, or none has, nothing behind the first doubtful string is shown.
    #[must_use]
    pub fn sql(&self, statement: &str) -> String {
        let escaped = masked(statement, true);
        let out = match escaped.doubtful_from {
            None => escaped.text,
            Some(doubtful_from) => {
                let plain = masked(statement, false);
                match (escaped.is_whole, plain.is_whole) {
                    (true, false) => escaped.text,
                    (false, true) => plain.text,
                    _ => format!("{}?", &escaped.text[..doubtful_from]),
                }
            }
        };
        match self.text(&out) {
            Cow::Borrowed(_) => out,
            Cow::Owned(scrubbed) => scrubbed,
        }
    }
}

/// A statement without literals, by one reading of backslashes.
struct Masked {
    text: String,
    /// Every string has an end, where one may end.
    is_whole: bool,
    /// Where the first string begins that the other reading ends elsewhere.
    doubtful_from: Option<usize>,
}

fn masked(statement: &str, escapes: bool) -> Masked {
    let bytes = statement.as_bytes();
    let mut text = String::with_capacity(statement.len());
    let (mut is_whole, mut doubtful_from) = (true, None);
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let (end, replacement) = if bytes[at] == b'\'' {
            let end = string_end(bytes, at + 1, escapes);
            // No word follows a string without a blank.
            let follows = end.and_then(|end| bytes.get(end)).copied().unwrap_or(b' ');
            is_whole &= end.is_some() && !follows.is_ascii_alphanumeric();
            if doubtful_from.is_none() && string_end(bytes, at + 1, !escapes) != end {
                doubtful_from = Some(text.len() + at - copied);
            }
            (end.unwrap_or(bytes.len()), "?")
        } else if let Some(found) = literal(statement, at) {
            found
        } else {
            at += 1;
            continue;
        };
        text.push_str(&statement[copied..at]);
        text.push_str(replacement);
        at = end;
        copied = end;
    }
    text.push_str(&statement[copied..]);
    Masked { text, is_whole, doubtful_from }
}

/// The end of what begins at `at` and is no string in quotes, and what replaces it.
fn literal(statement: &str, at: usize) -> Option<(usize, &'static str)> {
    let bytes = statement.as_bytes();
    let rest = &bytes[at..];
    // Of a name, or of a placeholder: `t2`, `$1`, `?1`, `:1`, `@1`.
    let inside_name = at > 0
        && (bytes[at - 1].is_ascii_alphanumeric()
            || b"_$\"`?:@".contains(&bytes[at - 1])
            || !bytes[at - 1].is_ascii());
    match rest[0] {
        b'-' if rest.starts_with(b"--") => Some((line_end(bytes, at), " ")),
        b'/' if rest.starts_with(b"/*") => {
            let end = statement[at..].find("*/").map_or(bytes.len(), |end| at + end + 2);
            Some((end, " "))
        }
        b'$' if !inside_name => dollar_end(statement, at).map(|end| (end, "?")),
        b'0'..=b'9' if !inside_name => {
            let is_part = |it: &u8| it.is_ascii_alphanumeric() || *it == b'.';
            Some((at + rest.iter().take_while(|it| is_part(it)).count(), "?"))
        }
        _ => None,
    }
}

/// The end of a string whose text begins at `at`; `None` if it has none.
fn string_end(bytes: &[u8], mut at: usize, escapes: bool) -> Option<usize> {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|it| *it == b'\n').map_or(bytes.len(), |end| at + end)
}

/// The end of `$tag$ … $tag$`; `None` for a parameter such as `$1`.
fn dollar_end(statement: &str, at: usize) -> Option<usize> {
    let rest = &statement[at..];
    let tag = &rest[..rest[1..].find('$')? + 2];
    let is_tag = |it: char| it.is_ascii_alphabetic() || it == '_' || it == '$';
    if tag.len() > 64 || !tag.chars().all(is_tag) {
        return None;
    }
    let body = &rest[tag.len()..];
    Some(body.find(tag).map_or(statement.len(), |end| at + tag.len() + end + tag.len()))
}
