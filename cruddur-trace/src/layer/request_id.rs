//! The request's id: the caller's if it is harmless, else the trace's.

use std::sync::Arc;

use http::HeaderValue;

/// Longest id that is taken from a caller, in bytes.
const MAX_BYTES: usize = 128;

/// The caller's id, if it is at most 128 bytes of a safe alphabet: it ends up in logs and headers.
pub(crate) fn accepted(value: &HeaderValue) -> Option<Arc<str>> {
    let text = value.to_str().ok()?;
    is_safe(text).then(|| Arc::from(text))
}

fn is_safe(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@~".contains(&byte);
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_and_harmless_ids_are_taken() {
        let check = |text: &str, safe: bool| assert_eq!(is_safe(text), safe, "{text}");
        check("2f1a0c34-5b6d-7e8f-9a0b-1c2d3e4f5a6b", true);
        check("Root=1-5759e988-bd862e3fe1be46a994272793", true);
        check(&"a".repeat(128), true);
        check(&"a".repeat(129), false);
        check("", false);
        check("a b", false);
        check("a\"b", false);
        check("<script>", false);
        check("ñ", false);
    }
}
