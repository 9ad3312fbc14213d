//! Error reports: a failure, neutral of any backend, reported once.

mod report;
mod scrub;

pub use report::{ErrorReport, Frame, ReportKind, ReportLevel, ReportedRequest};
pub use scrub::{ExportDecision, Exported, MASK, OnExport, ScrubRule, Scrubber, scrubber};
