//! Text that must not be shown.

use std::fmt;
use std::sync::Arc;

/// A key, a token, a password: no `Debug`, no `Display` and no message ever shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Says how long it is and nothing else: enough to see an empty or a cut-off key.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<secret, {} characters>", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_only_the_length() {
        assert_eq!(format!("{:?}", Secret::new("hcaik_01")), "<secret, 8 characters>");
    }
}
