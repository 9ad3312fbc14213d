//! Free text: messages, causes, log lines, Debug output, JSON as text.
//!
//! One pass. At the start of each word it asks for a known shape; at each `=`, `:` and their likes it
//! looks back for a key and, if that names a secret, masks the value that follows.

use super::{ScrubRule, Scrubber, shapes};
use std::borrow::Cow;

/// Longest key that is looked for before a separator, in bytes.
const MAX_KEY_BYTES: usize = 64;
/// Most blanks between a key, its separator and its value.
const MAX_BLANKS: usize = 4;
/// Keys of headers whose value is the rest of the line.
const LINE_VALUES: &[&str] = &["authorization", "cookie"];

impl Scrubber {
    /// Free text as it may leave: borrowed where there was nothing to mask.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut copied, mut at) = (0, 0);
        // An option (`--password x`) may stand before the next blank.
        let mut seen_dashes = false;
        while at < bytes.len() {
            let found = match CLASS[usize::from(bytes[at])] {
                Class::Word => {
                    // Here a word begins: what follows the last one is none, and it is skipped whole.
                    let found = shapes::match_at(&text[at..]).map(|it| Found {
                        start: at + it.kept,
                        end: at + it.end,
                        rule: ScrubRule::Deny,
                    });
                    if found.is_none() {
                        at += bytes[at..].iter().take_while(|it| is_word(**it)).count();
                        continue;
                    }
                    found
                }
                Class::Blank if !may_separate(bytes, at, seen_dashes) => None,
                Class::Blank | Class::Separator => {
                    self.keyed(text, at).or_else(|| userinfo(text, at))
                }
                Class::Dash => {
                    seen_dashes |= bytes.get(at + 1) == Some(&b'-');
                    shapes::private_key(&text[at..]).map(|it| Found {
                        start: at,
                        end: at + it,
                        rule: ScrubRule::Deny,
                    })
                }
                Class::Other => None,
            };
            match found {
                Some(found) if found.end > found.start => {
                    out.push_str(&text[copied..found.start]);
                    out.push_str(&self.masked(found.rule, &text[found.start..found.end]));
                    copied = found.end;
                    at = found.end;
                    if is_word(bytes[at - 1]) {
                        // What is left of the word that ended here begins none.
                        at += bytes[at..].iter().take_while(|it| is_word(**it)).count();
                    }
                }
                _ => at += 1,
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    /// The value that follows the separator at `at`, if the key before it names a secret.
    fn keyed(&self, text: &str, at: usize) -> Option<Found> {
        let bytes = text.as_bytes();
        let after = separator_end(bytes, at)?;
        let key_end = skip_back(bytes, at, |it| it == b' ', MAX_BLANKS);
        let key_end = skip_back(bytes, key_end, |it| b"\"'\\`]".contains(&it), 4);
        let is_key = |it: u8| it.is_ascii_alphanumeric() || b"_-.".contains(&it);
        let key_start = skip_back(bytes, key_end, is_key, MAX_KEY_BYTES);
        let key = &text[key_start..key_end];
        // A blank separates only an option from its value (`--password x`), a word from a quoted
        // one (`password "x"`), and what is told (`the password was x`).
        let by_blank = bytes[at] == b' ';
        let is_told = after > at + 1 && ["pass", "secret"].iter().any(|it| key.contains(it));
        let is_option = key.starts_with("--");
        if by_blank && !is_option && !is_told && !is_quoted_next(bytes, after) {
            return None;
        }
        // A number or a source file before a colon is a time or a place, not a key.
        let is_file = [".rs", ".py", ".js", ".ts"].iter().any(|it| key.ends_with(it));
        if is_file || key.is_empty() || key.bytes().all(|it| !it.is_ascii_alphabetic()) {
            return None;
        }
        let rule = self.rule(key.trim_start_matches(['-', '.']));
        if rule == ScrubRule::Allow {
            return None;
        }
        let lower = key.to_ascii_lowercase();
        let whole_line = bytes[at] == b':' && LINE_VALUES.iter().any(|it| lower.contains(it));
        let (start, end) = value(bytes, after, whole_line)?;
        Some(Found { start, end, rule })
    }
}

struct Found {
    start: usize,
    end: usize,
    rule: ScrubRule,
}

/// What a byte may begin.
#[derive(Clone, Copy)]
enum Class {
    /// A part of a word.
    Word,
    /// What may stand between a key and its value.
    Separator,
    /// The same, and mostly does not.
    Blank,
    /// The `-----BEGIN` of a private key, or an option.
    Dash,
    Other,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'=' | b':' | b'%' => Class::Separator,
            b' ' => Class::Blank,
            b'-' => Class::Dash,
            it if it.is_ascii_alphanumeric() || it == b'_' => Class::Word,
            _ => Class::Other,
        };
        byte += 1;
    }
    table
};

#[inline]
fn is_word(byte: u8) -> bool {
    matches!(CLASS[usize::from(byte)], Class::Word)
}

/// Whether the blank at `at` can stand between a key and its value at all (see `keyed`): a quote, or
/// `is` and `was`, follow, or an option came before.
fn may_separate(bytes: &[u8], at: usize, seen_dashes: bool) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or_default();
    seen_dashes || b"\"'`iw".contains(&next)
}

/// The end of the separator that starts at `at`; a path's `::` is none.
fn separator_end(bytes: &[u8], at: usize) -> Option<usize> {
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        b':' if next == Some(b':') || (at > 0 && bytes[at - 1] == b':') => None,
        b':' if next == Some(b'/') && bytes.get(at + 2) == Some(&b'/') => None,
        b':' if next == Some(b'=') => Some(at + 2),
        b'=' if matches!(next, Some(b'=' | b'>')) => Some(at + 2),
        b'=' | b':' => Some(at + 1),
        b'%' => {
            let code = bytes.get(at + 1..at + 3)?;
            (code.eq_ignore_ascii_case(b"3D") || code.eq_ignore_ascii_case(b"3A")).then_some(at + 3)
        }
        b' ' => {
            let rest = &bytes[at..];
            let word = [b" is ".as_slice(), b" was "].into_iter().find(|it| rest.starts_with(it));
            Some(at + word.map_or(1, <[u8]>::len))
        }
        _ => None,
    }
}

fn is_quoted_next(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|it| b"\"'`".contains(it))
}

fn skip_back(bytes: &[u8], mut at: usize, skip: impl Fn(u8) -> bool, most: usize) -> usize {
    let least = at.saturating_sub(most);
    while at > least && skip(bytes[at - 1]) {
        at -= 1;
    }
    at
}

/// Start and end of the value that begins near `at`; `None` if there is none.
fn value(bytes: &[u8], mut at: usize, whole_line: bool) -> Option<(usize, usize)> {
    let blanks = bytes[at..].iter().take_while(|it| b" \t".contains(it)).count();
    at += blanks;
    let escapes = bytes[at..].iter().take_while(|it| **it == b'\\').count();
    let first = *bytes.get(at + escapes)?;
    if b"\"'`".contains(&first) {
        let start = at + escapes + 1;
        return Some((start, quoted_end(bytes, start, first, escapes)));
    }
    if whole_line {
        let length = bytes[at..].iter().take_while(|it| !b"\r\n\"'".contains(it)).count();
        return Some((at, at + length));
    }
    // `Some("x")`, `Secret(x)`, `[1, 2]`, `{ … }`: all that the bracket holds.
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || b"_:&".contains(it);
    let name = bytes[at..].iter().take_while(|it| is_name(it)).count();
    let has_bracket = bytes.get(at + name).is_some_and(|it| b"([{".contains(it));
    let is_struct = bytes[at + name..].starts_with(b" {");
    if name < 64 && (has_bracket || (name > 0 && is_struct)) {
        return Some((at, bracket_end(bytes, at + name + usize::from(!has_bracket))));
    }
    let is_end =
        |at: usize| b" \t\r\n,;&\"'`)]}<>|".contains(&bytes[at]) || bytes[at..].starts_with(b"%26");
    let end = (at..bytes.len()).find(|&at| is_end(at)).unwrap_or(bytes.len());
    let end = scheme_end(bytes, at, end);
    (end > at).then_some((at, end))
}

/// `Bearer x` and `Basic x` are one value of two words.
fn scheme_end(bytes: &[u8], start: usize, end: usize) -> usize {
    let schemes: [&[u8]; 4] = [b"bearer", b"basic", b"token", b"apikey"];
    let is_scheme = schemes.iter().any(|it| it.eq_ignore_ascii_case(&bytes[start..end]));
    if !is_scheme || bytes.get(end) != Some(&b' ') {
        return end;
    }
    let rest = &bytes[end + 1..];
    end + 1 + rest.iter().take_while(|it| !b" \t\r\n,;&\"'`)]}<>|".contains(it)).count()
}

/// The position of the quote that closes; the end of the text if none does.
fn quoted_end(bytes: &[u8], start: usize, quote: u8, escapes: usize) -> usize {
    let mut at = start;
    let mut backslashes = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => backslashes += 1,
            // A quote closes when it is escaped as often as the one that opened.
            it if it == quote && backslashes <= escapes => return at - backslashes,
            _ => backslashes = 0,
        }
        at += 1;
    }
    bytes.len()
}

/// The position after the bracket that closes the one at `at`; the end of the text if none does.
fn bracket_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (index, byte) in bytes[at..].iter().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), it) if open == *it => quote = None,
            (None, b'"') => quote = Some(b'"'),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') if depth == 1 => return at + index + 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    bytes.len()
}

/// The user and password of a URL whose `://` stands at `at`.
fn userinfo(text: &str, at: usize) -> Option<Found> {
    let rest = text[at..].strip_prefix("://")?;
    let start = at + 3;
    let is_end = |it: char| it.is_whitespace() || "/?#\"'<>".contains(it);
    let authority = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    // A password may itself hold an `@` or a `/`, though it should not.
    let end = start + authority.rfind('@')?;
    Some(Found { start, end, rule: ScrubRule::Deny })
}
