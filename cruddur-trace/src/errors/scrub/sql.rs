//! SQL text: its literals are data, and data does not leave.

use super::Scrubber;
use std::borrow::Cow;

impl Scrubber {
    /// A statement whose literals are replaced by `?` and whose comments are dropped.
    ///
    /// Strings in single quotes (doubled and escaped quotes understood), dollar-quoted strings,
    /// hexadecimal and decimal numbers are literals; names in double quotes or backticks stay.
    #[must_use]
    pub fn sql(&self, statement: &str) -> String {
        let bytes = statement.as_bytes();
        let mut out = String::with_capacity(statement.len());
        let (mut at, mut copied) = (0, 0);
        while at < bytes.len() {
            let Some((end, replacement)) = literal(statement, at) else {
                at += 1;
                continue;
            };
            out.push_str(&statement[copied..at]);
            out.push_str(replacement);
            at = end;
            copied = end;
        }
        out.push_str(&statement[copied..]);
        match self.text(&out) {
            Cow::Borrowed(_) => out,
            Cow::Owned(scrubbed) => scrubbed,
        }
    }
}

/// The end of what begins at `at`, and what replaces it.
fn literal(statement: &str, at: usize) -> Option<(usize, &'static str)> {
    let bytes = statement.as_bytes();
    let rest = &bytes[at..];
    // Of a name, or of a placeholder: `t2`, `$1`, `?1`, `:1`, `@1`.
    let inside_name = at > 0
        && (bytes[at - 1].is_ascii_alphanumeric()
            || b"_$\"`?:@".contains(&bytes[at - 1])
            || !bytes[at - 1].is_ascii());
    match rest[0] {
        b'\'' => Some((string_end(bytes, at + 1), "?")),
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

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
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
