//! The `http`, `sql` and `aws` blocks of a document, and the flags that follow from a status.

mod aws;
mod http;
mod sql;

use crate::record::SpanRecord;

use super::facets::{Facet, Facets};
use super::json::Json;

pub(crate) use aws::{is_aws_call, write_aws_call};
pub(crate) use http::write_http;
pub(crate) use sql::write_sql;

/// How a request ended, in X-Ray's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The client's fault (4xx).
    pub(crate) error: bool,
    /// The client came too often (429); always with `error`.
    pub(crate) throttle: bool,
    /// The server's fault (5xx, or a failure with no status).
    pub(crate) fault: bool,
}

impl Flags {
    /// By the HTTP status whatever the span's own status is; a failure without one is a fault.
    pub(crate) fn of(status: Option<i64>, span: &SpanRecord) -> Self {
        match status {
            Some(429) => Self { error: true, throttle: true, fault: false },
            Some(400..=499) => Self { error: true, ..Self::default() },
            Some(500..=599) => Self { fault: true, ..Self::default() },
            _ => Self { fault: span.is_failure(), ..Self::default() },
        }
    }

    pub(crate) fn write(self, json: &mut Json) {
        for (key, is_set) in
            [("error", self.error), ("throttle", self.throttle), ("fault", self.fault)]
        {
            if is_set {
                json.key(key);
                json.boolean(true);
            }
        }
    }
}

/// Writes a text field if there is one.
pub(crate) fn field(json: &mut Json, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        json.key(key);
        json.text(text);
    }
}

/// The status of an HTTP response, where it is one.
pub(crate) fn status(facets: &Facets<'_>) -> Option<i64> {
    facets.peek_integer(Facet::Status).filter(|status| (100..=599).contains(status))
}
