//! Which request methods are known: a name of a span and of a metric must not be a stranger's choice.

/// RFC 9110, PATCH (RFC 5789) and QUERY, as the conventions have it; the frequent ones first.
const STANDARD: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];

/// What stands for every other method in attributes.
pub(crate) const OTHER: &str = "_OTHER";

/// The known methods.
#[derive(Clone, Debug)]
pub(crate) struct Methods(Vec<&'static str>);

impl Default for Methods {
    fn default() -> Self {
        Self(STANDARD.to_vec())
    }
}

impl Methods {
    /// These and no others (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`): the list replaces ours. It
    /// lives as long as the program, which has one.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| &*name.leak()).collect())
    }

    /// The name for `http.request.method` by the standard list, for outgoing requests.
    pub(crate) fn standard_name(method: &str) -> &'static str {
        STANDARD.into_iter().find(|known| *known == method).unwrap_or(OTHER)
    }

    /// The name for `http.request.method`. Methods are case-sensitive.
    pub(crate) fn name(&self, method: &str) -> &'static str {
        self.0.iter().find(|known| **known == method).map_or(OTHER, |name| name)
    }
}

/// What a span's name begins with.
pub(crate) fn span_name(name: &'static str) -> &'static str {
    if name == OTHER { "HTTP" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_methods_have_a_name() {
        let standard = Methods::default();
        let own = Methods::new(["GET".to_owned(), "PURGE".to_owned()]);
        let check = |methods: &Methods, method: &str, name: &str, of_span: &str| {
            let known = methods.name(method);
            assert_eq!((known, span_name(known)), (name, of_span));
        };
        check(&standard, "GET", "GET", "GET");
        check(&standard, "QUERY", "QUERY", "QUERY");
        check(&standard, "get", "_OTHER", "HTTP");
        check(&standard, "PURGE", "_OTHER", "HTTP");
        check(&own, "PURGE", "PURGE", "PURGE");
        check(&own, "POST", "_OTHER", "HTTP");
    }
}
