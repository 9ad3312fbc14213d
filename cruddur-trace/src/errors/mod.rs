//! Error reports: a failure, neutral of any backend.

mod report;

pub use report::{ErrorReport, Frame, ReportKind, ReportLevel, ReportedRequest};
