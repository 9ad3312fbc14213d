//! The hook that sees every record before it leaves.

use crate::errors::ErrorReport;
use crate::record::{LogRecord, SpanRecord};
use std::sync::Arc;

/// A record that is about to leave; the hook may change it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Exported<'a> {
    /// A finished span.
    Span(&'a mut SpanRecord),
    /// A log record.
    Log(&'a mut LogRecord),
    /// An error report.
    Report(&'a mut ErrorReport),
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportDecision {
    /// It leaves, as it now is.
    #[default]
    Keep,
    /// It is dropped, and counted as suppressed.
    Drop,
}

/// Sees every span, log record and report once, on the exporter thread, before any sink does.
pub type OnExport = Arc<dyn Fn(Exported<'_>) -> ExportDecision + Send + Sync>;
