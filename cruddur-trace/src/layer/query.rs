//! Secrets in a URL's query: the values of known parameters are replaced, their keys stay.

use std::borrow::Cow;

/// What the conventions ask to be replaced, and what signs requests to other clouds.
/// Source: OpenTelemetry semantic conventions 1.42, `url.query`, read 2026-11.
pub(crate) const SECRET_PARAMETERS: [&str; 8] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
    "X-Goog-Credential",
];

const REDACTED: &str = "REDACTED";

/// `query` with the values of secret parameters replaced; borrowed if there are none.
pub(crate) fn redact<'a>(query: &'a str, more: &[String]) -> Cow<'a, str> {
    let is_secret = |pair: &&str| {
        let key = pair.split('=').next().unwrap_or_default();
        pair.len() > key.len() && is_secret_key(key, more)
    };
    if !query.split('&').any(|pair| is_secret(&pair)) {
        return Cow::Borrowed(query);
    }
    let mut redacted = String::with_capacity(query.len());
    for (number, pair) in query.split('&').enumerate() {
        if number > 0 {
            redacted.push('&');
        }
        match pair.split_once('=').filter(|_| is_secret(&pair)) {
            Some((key, _)) => {
                redacted.push_str(key);
                redacted.push('=');
                redacted.push_str(REDACTED);
            }
            None => redacted.push_str(pair),
        }
    }
    Cow::Owned(redacted)
}

fn is_secret_key(key: &str, more: &[String]) -> bool {
    let named = |key: &str| {
        let is_it = |secret: &str| secret.eq_ignore_ascii_case(key);
        SECRET_PARAMETERS.iter().any(|secret| is_it(secret)) || more.iter().any(|it| is_it(it))
    };
    if key.contains('%') { named(&decode(key)) } else { named(key) }
}

/// Percent-decoded, for comparing only.
fn decode(key: &str) -> String {
    let mut decoded = Vec::with_capacity(key.len());
    let mut bytes = key.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_secret_parameters_are_replaced() {
        let check = |query: &str, expected: &str| {
            assert_eq!(redact(query, &["token".to_owned()]), expected);
        };
        check("a=1&b=2", "a=1&b=2");
        check("sig=abc&a=1", "sig=REDACTED&a=1");
        check(
            "a=1&X-Amz-Signature=abc=&X-Amz-Credential=x",
            "a=1&X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED",
        );
        check("x-goog-signature=abc", "x-goog-signature=REDACTED");
        check("X%2DAmz%2dSignature=abc", "X%2DAmz%2dSignature=REDACTED");
        check("token=abc&Token=d", "token=REDACTED&Token=REDACTED");
        check("sig", "sig");
        check("design=1&signature2=x", "design=1&signature2=x");
        check("", "");
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic_or_leaks(query in "[a-zA-Z%0-9=&-]{0,40}", secret in "[a-z]{8}") {
            let whole = format!("{query}&sig={secret}");
            let redacted = redact(&whole, &[]);
            prop_assert!(redacted.ends_with("&sig=REDACTED"));
        }
    }
}
