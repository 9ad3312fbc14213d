//! A report on its way to the exporter.

use super::{ErrorReport, Frame};

#[cfg(feature = "_pipeline")]
use super::native::NativeTrace;

/// A report whose native frames are still addresses: what a request thread hands over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingReport {
    report: Box<ErrorReport>,
    /// Of a `tracing` event: it gives way to a report of the failure around it.
    is_event: bool,
    #[cfg(feature = "_pipeline")]
    native: Option<NativeTrace>,
}

impl PendingReport {
    /// A report without native frames.
    #[must_use]
    pub fn new(report: ErrorReport) -> Self {
        Self {
            report: Box::new(report),
            is_event: false,
            #[cfg(feature = "_pipeline")]
            native: None,
        }
    }

    #[cfg(feature = "_pipeline")]
    pub(super) fn with_native(mut self, native: Option<NativeTrace>) -> Self {
        self.native = native;
        self
    }

    #[cfg(any(feature = "tracing", test))]
    pub(super) fn of_event(mut self) -> Self {
        self.is_event = true;
        self
    }

    #[cfg(feature = "_pipeline")]
    pub(super) fn is_event(&self) -> bool {
        self.is_event
    }

    pub(super) fn edit(&mut self) -> &mut ErrorReport {
        &mut self.report
    }

    pub(super) fn level(&mut self, level: super::ReportLevel) {
        self.report.level = level;
    }

    /// Leaves the native frames out.
    pub(super) fn drop_native(&mut self) {
        #[cfg(feature = "_pipeline")]
        {
            self.native = None;
        }
    }

    /// What is known already.
    #[must_use]
    pub fn report(&self) -> &ErrorReport {
        &self.report
    }

    /// The report with its native frames. Reads debug information: takes up to a third of a second
    /// the first time, so never call it on a thread that runs requests.
    #[must_use]
    pub fn resolve(self) -> ErrorReport {
        #[allow(unused_mut)]
        let mut report = *self.report;
        #[cfg(feature = "_pipeline")]
        if let Some(native) = self.native {
            report.native_frames = native.resolve();
            if native.was_skipped() {
                report.custom.push(crate::record::Attribute::new(
                    "native_backtrace_skipped",
                    "symbols of an earlier panic were being loaded at that moment",
                ));
            }
        }
        report
    }

    /// Whether resolving takes time.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        #[cfg(feature = "_pipeline")]
        return self.native.is_some();
        #[cfg(not(feature = "_pipeline"))]
        false
    }
}

/// The observed functions that a failure passed, outermost first, as frames.
pub(super) fn logical_frames(callsites: &[&'static crate::record::Callsite]) -> Vec<Frame> {
    let frame = |callsite: &&'static crate::record::Callsite| Frame {
        function: callsite.function.to_owned(),
        file: callsite.file.to_owned(),
        line: Some(callsite.line),
        column: None,
    };
    callsites.iter().map(frame).collect()
}
