//! Which keys name a secret.

use super::starts::Starts;

/// What happens to the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScrubRule {
    /// They leave as they are, but for secrets that are known by their shape.
    Allow,
    /// They are replaced by a mask of fixed length.
    Deny,
    /// They are replaced by a hash that is comparable within this process.
    Hash,
}

/// The user's rules, in the order in which they were given, above the standard ones.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyRules {
    own: Vec<(Pattern, ScrubRule)>,
}

/// A key in lower case; `*` at either end.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    open_start: bool,
    open_end: bool,
}

/// Longest key that is looked at, in bytes: what is longer is no key that anybody gave.
const MAX_KEY_BYTES: usize = 128;

/// Parts of a key, without its separators, that make it a secret wherever they stand.
const SECRET_PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "signingkey",
    "encryptionkey",
    "authorization",
    "credential",
    "csrf",
    "xsrf",
    "cookie",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "sessionid",
    "sessid",
    "sessiontoken",
    "sessionkey",
    "signature",
    "creditcard",
    "cardnumber",
    "clientcert",
    "connectionstring",
    "webhookurl",
    "honeycombteam",
    "mysqlpwd",
    "pgpass",
];

const PART_STARTS: Starts = Starts::of(SECRET_PARTS, false);

/// Words of a key that make it a secret.
const SECRET_WORDS: &[&str] = &[
    "pwd",
    "pass",
    "pw",
    "token",
    "auth",
    "oauth",
    "jwt",
    "bearer",
    "sig",
    "cvv",
    "cvc",
    "ssn",
    "otp",
    "totp",
    "mfa",
    "pin",
    "iban",
    "nonce",
    "verifier",
    "assertion",
    "dsn",
    "sid",
    "salt",
];

/// What may stand before the word `key` without making it a secret.
const PLAIN_KEYS: &[&str] = &[
    "primary",
    "foreign",
    "sort",
    "partition",
    "cache",
    "routing",
    "idempotency",
    "public",
    "map",
    "hash",
    "lookup",
    "row",
    "object",
    "message",
];

/// Keys of OpenTelemetry's conventions that look like secrets and are none (read 2026-11).
const PLAIN: &[&str] = &[
    "session.id",
    "session.previous_id",
    "gen_ai.token.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "messaging.kafka.message.key",
    "feature_flag.key",
    "aws.s3.key",
    "aws.secretsmanager.secret.arn",
];

impl KeyRules {
    pub(super) fn add(&mut self, key: &str, rule: ScrubRule) {
        let lower = key.trim().to_ascii_lowercase();
        let open_start = lower.starts_with('*');
        let open_end = lower.ends_with('*');
        let text = lower.trim_matches('*').to_owned();
        self.own.push((Pattern { text, open_start, open_end }, rule));
    }

    pub(super) fn rule(&self, key: &str) -> ScrubRule {
        // The end of a long key says what it is: `a.b.c.password`.
        let start = key.len().saturating_sub(MAX_KEY_BYTES);
        let start = (start..=key.len()).find(|&at| key.is_char_boundary(at)).unwrap_or(0);
        let key = key[start..].trim();
        if !self.own.is_empty() {
            let lower = key.to_ascii_lowercase();
            if let Some((_, rule)) = self.own.iter().rev().find(|(it, _)| it.matches(&lower)) {
                return *rule;
            }
        }
        if is_secret(key) { ScrubRule::Deny } else { ScrubRule::Allow }
    }
}

impl Pattern {
    fn matches(&self, key: &str) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => key == self.text,
            (true, false) => key.ends_with(&self.text),
            (false, true) => key.starts_with(&self.text),
            (true, true) => key.contains(&self.text),
        }
    }
}

fn is_secret(key: &str) -> bool {
    if PLAIN.iter().any(|it| it.eq_ignore_ascii_case(key)) {
        return false;
    }
    let letters = Letters::of(key);
    let squashed = letters.all();
    if squashed == b"session" {
        return true;
    }
    let is_part = |at: usize| {
        let rest = &squashed[at..];
        PART_STARTS.at(rest).any(|it| rest.starts_with(SECRET_PARTS[it].as_bytes()))
    };
    if (0..squashed.len()).any(is_part) {
        return true;
    }
    let is_secret = |word: &[u8]| SECRET_WORDS.iter().any(|it| it.as_bytes() == word);
    let (mut before, mut last) = (None, None);
    for word in letters.words() {
        if is_secret(word) {
            return true;
        }
        before = last.replace(word);
    }
    let is_plain = |word: &[u8]| PLAIN_KEYS.iter().any(|it| it.as_bytes() == word);
    last == Some(b"key") && before.is_none_or(|before| !is_plain(before))
}

/// A key's letters and digits in lower case, and where its words begin: the words of `api_key`,
/// `api-key`, `apiKey` and `API.Key` are the same. Nothing is allocated: every parameter of every
/// query comes by here. What is not ASCII belongs to the word around it, and to no secret's name.
struct Letters {
    bytes: [u8; MAX_KEY_BYTES],
    begins: [bool; MAX_KEY_BYTES],
    length: usize,
}

impl Letters {
    fn of(key: &str) -> Self {
        let mut letters =
            Self { bytes: [0; MAX_KEY_BYTES], begins: [false; MAX_KEY_BYTES], length: 0 };
        let (mut previous_is_lower, mut after_separator) = (false, true);
        for byte in key.bytes().take(MAX_KEY_BYTES) {
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                letters.bytes[letters.length] = byte.to_ascii_lowercase();
                letters.begins[letters.length] =
                    after_separator || byte.is_ascii_uppercase() && previous_is_lower;
                letters.length += 1;
                after_separator = false;
            } else {
                after_separator = true;
            }
            previous_is_lower = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        }
        letters
    }

    fn all(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn words(&self) -> impl Iterator<Item = &[u8]> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at;
            at = (start + 1..self.length).find(|it| self.begins[*it]).unwrap_or(self.length);
            (start < self.length).then(|| &self.bytes[start..at.max(start)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_however_they_are_joined() {
        let check = |key: &str, expected: &[&str]| {
            let letters = Letters::of(key);
            let words: Vec<_> = letters.words().map(String::from_utf8_lossy).collect();
            assert_eq!(words, expected, "{key}");
        };
        check("api_key", &["api", "key"]);
        check("apiKey", &["api", "key"]);
        check("API.Key", &["api", "key"]);
        check("user[pin]", &["user", "pin"]);
        check("größe2X", &["größe2", "x"]);
        check("__", &[]);
        check("", &[]);
        check(&"k".repeat(500), &[&"k".repeat(128)]);
    }

    #[test]
    fn names_of_the_conventions_that_look_like_secrets_are_none() {
        let rules = KeyRules::default();
        for key in PLAIN.iter().chain(&[
            "sort_key",
            "primaryKey",
            "monkey",
            "http.route",
            "db.query.text",
            "gen_ai.usage.total_tokens",
            "author",
            "passenger",
            "spin",
            "assigned",
            "desalted",
        ]) {
            assert_eq!(rules.rule(key), ScrubRule::Allow, "{key}");
        }
        for key in ["pass", "Api-Key", "key", "userPIN", "x.token", "ÄPassword", "my key"] {
            assert_eq!(rules.rule(key), ScrubRule::Deny, "{key}");
        }
    }
}
