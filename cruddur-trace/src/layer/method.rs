//! Which request methods are known: a name of a span and of a metric must not be a stranger's choice.

use std::borrow::Cow;

/// RFC 9110, PATCH (RFC 5789) and QUERY, as the conventions have it; the frequent ones first.
const STANDARD: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];

/// What stands for every other method.
pub(crate) const OTHER: &str = "_OTHER";

/// The known methods, by number.
#[derive(Clone, Debug)]
pub(crate) struct Methods(Vec<Cow<'static, str>>);

/// The number of a known method, or of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MethodIndex(pub(crate) u8);

impl MethodIndex {
    pub(crate) const OTHER: Self = Self(u8::MAX);
}

impl Default for Methods {
    fn default() -> Self {
        Self(STANDARD.into_iter().map(Cow::Borrowed).collect())
    }
}

impl Methods {
    /// These and no others (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`): the list replaces ours.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().take(usize::from(u8::MAX)).map(Cow::Owned).collect())
    }

    /// Names are case-sensitive.
    pub(crate) fn index(&self, method: &str) -> MethodIndex {
        let at = self.0.iter().position(|known| known == method);
        at.and_then(|at| u8::try_from(at).ok()).map_or(MethodIndex::OTHER, MethodIndex)
    }

    /// The name for `http.request.method`.
    pub(crate) fn name(&self, index: MethodIndex) -> &str {
        self.0.get(usize::from(index.0)).map_or(OTHER, |name| name)
    }

    /// What a span's name begins with.
    pub(crate) fn span_name(&self, index: MethodIndex) -> &str {
        self.0.get(usize::from(index.0)).map_or("HTTP", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_methods_have_a_name() {
        let standard = Methods::default();
        let own = Methods::new(["GET".to_owned(), "PURGE".to_owned()]);
        let check = |methods: &Methods, method: &str, name: &str, span_name: &str| {
            let index = methods.index(method);
            assert_eq!((methods.name(index), methods.span_name(index)), (name, span_name));
        };
        check(&standard, "GET", "GET", "GET");
        check(&standard, "QUERY", "QUERY", "QUERY");
        check(&standard, "get", "_OTHER", "HTTP");
        check(&standard, "PURGE", "_OTHER", "HTTP");
        check(&own, "PURGE", "PURGE", "PURGE");
        check(&own, "POST", "_OTHER", "HTTP");
    }
}
