//! Pure parsers of single values.

use crate::propagation::baggage::percent_decoded;

/// What surrounds a value by mistake (blanks, a CR of a Windows file, quotes that compose keeps) is
/// taken off.
pub(super) fn tidy(raw: &str) -> &str {
    let trimmed = raw.trim();
    for quote in ['"', '\''] {
        let inner = trimmed.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.trim();
        }
    }
    trimmed
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `500ms`, `2s`, `1m`, or bare milliseconds.
pub(crate) fn duration(text: &str) -> Option<std::time::Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let millis = match text[digits..].trim() {
        "" | "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    Some(std::time::Duration::from_millis(millis))
}

/// The members of a comma-separated list, without blanks; empty members are skipped.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|member| !member.is_empty())
}

/// `key=value` pairs, values percent-decoded, as `OTEL_RESOURCE_ATTRIBUTES` and
/// `OTEL_EXPORTER_OTLP_HEADERS` are written (W3C baggage without properties).
///
/// # Errors
///
/// The key (or the place) of the first member that has no key, no `=` or no value. A value is
/// never part of the error: it may be a secret.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for (index, member) in list(text).enumerate() {
        let Some((key, value)) = member.split_once('=') else {
            return Err(format!("member {} has no \"=\"", index + 1));
        };
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            return Err(format!("member {} has no key", index + 1));
        }
        if value.is_empty() {
            return Err(format!("\"{key}\" has no value"));
        }
        // A lone "%" stays as it is: keys hold them, and peers accept them.
        let Ok(value) = String::from_utf8(percent_decoded(value.as_bytes())) else {
            return Err(format!("the value of \"{key}\" is not percent-encoded UTF-8"));
        };
        found.push((key.to_owned(), value));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn stray_quotes_blanks_and_carriage_returns_are_taken_off() {
        let check = |raw: &str, expected: &str| assert_eq!(tidy(raw), expected, "{raw:?}");
        check("value", "value");
        check("  value\r\n", "value");
        check("\"value\"\r", "value");
        check("' value '", "value");
        check("it's", "it's");
        check("\"half", "\"half");
        check("\"\"", "");
    }

    #[test]
    fn durations_are_milliseconds_unless_they_say_otherwise() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        };
        check("500", Some(500));
        check("500ms", Some(500));
        check("2s", Some(2_000));
        check("1 m", Some(60_000));
        check("-1", None);
        check("1h", None);
        check("", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn pairs_are_decoded_and_half_written_ones_named() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            pairs("a=1, b=x%20y%3D,,c=k=v"),
            Ok(vec![pair("a", "1"), pair("b", "x y="), pair("c", "k=v")])
        );
        assert_eq!(pairs("a=100%"), Ok(vec![pair("a", "100%")]));
        assert_eq!(pairs("x-honeycomb-team="), Err("\"x-honeycomb-team\" has no value".to_owned()));
        assert_eq!(pairs("a=1,secret"), Err("member 2 has no \"=\"".to_owned()));
        assert_eq!(pairs("=x"), Err("member 1 has no key".to_owned()));
        assert!(pairs("a=%ff").is_err());
    }

    #[test]
    fn booleans_take_the_usual_words() {
        let check = |text: &str, expected| assert_eq!(boolean(text), expected, "{text}");
        check("TRUE", Some(true));
        check("0", Some(false));
        check("maybe", None);
    }
}
