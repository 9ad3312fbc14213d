//! Which keys name a secret.

/// What happens to the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let lower = key.to_ascii_lowercase();
        if let Some((_, rule)) = self.own.iter().rev().find(|(it, _)| it.matches(&lower)) {
            return *rule;
        }
        if is_secret(key, &lower) { ScrubRule::Deny } else { ScrubRule::Allow }
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

fn is_secret(key: &str, lower: &str) -> bool {
    if PLAIN.contains(&lower) {
        return false;
    }
    let squashed: String = lower.chars().filter(|it| it.is_alphanumeric()).collect();
    if squashed == "session" || SECRET_PARTS.iter().any(|part| squashed.contains(part)) {
        return true;
    }
    let words = words(key);
    if words.iter().any(|word| SECRET_WORDS.contains(&word.as_str())) {
        return true;
    }
    match words.as_slice() {
        [only] => only == "key",
        [.., before, last] => last == "key" && !PLAIN_KEYS.contains(&before.as_str()),
        [] => false,
    }
}

/// The words of `api_key`, `api-key`, `apiKey` and `API.Key`, in lower case.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_is_lower = false;
    for letter in key.chars() {
        let begins = letter.is_uppercase() && previous_is_lower;
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        previous_is_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}
