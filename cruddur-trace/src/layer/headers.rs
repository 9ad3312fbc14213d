//! Headers that are recorded because somebody listed them; the scrubber masks secrets among them.

use http::{HeaderMap, HeaderName};

use crate::errors::{MASK, scrubber};
use crate::record::{Key, Value};
use crate::span::Root;

/// A header to record, and the attribute's name.
#[derive(Clone, Debug)]
pub(crate) struct CapturedHeader {
    name: HeaderName,
    key: String,
    masked: bool,
}

impl CapturedHeader {
    /// `prefix` is `http.request.header.` or `http.response.header.`.
    pub(crate) fn new(name: &HeaderName, prefix: &str, sanitized: &[String]) -> Self {
        let is_listed = |text: &String| name.as_str().contains(&text.to_ascii_lowercase());
        let masked = sanitized.iter().any(is_listed);
        Self { name: name.clone(), key: format!("{prefix}{name}"), masked }
    }

    pub(crate) fn name(&self) -> &HeaderName {
        &self.name
    }
}

/// Records the listed headers as lists of text, as the conventions have it.
pub(crate) fn capture(root: &mut Root, headers: &HeaderMap, captured: &[CapturedHeader]) {
    for header in captured {
        let mut values = Vec::new();
        for value in headers.get_all(&header.name) {
            let text = if header.masked {
                Value::from(MASK)
            } else {
                Value::from(scrubber().header(header.name.as_str(), value.as_bytes()).into_owned())
            };
            values.push(text);
        }
        if !values.is_empty() {
            root.set_attribute(Key::Owned(header.key.clone()), Value::Array(values));
        }
    }
}
