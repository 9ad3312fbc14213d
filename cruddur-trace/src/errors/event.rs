//! Reports of `tracing`'s `error!`, for those who ask for them.
//!
//! Off until [`ReportOptions::error_events`](super::ReportOptions::error_events). An event is told on
//! its thread and waits on the exporter's for a moment: if the request around it then fails, the
//! failure is what is reported, under the event's id, and the event stands in its telemetry.

use super::by_hand::Report;
use super::report::ReportKind;
use crate::record::{ErrorChain, LogRecord};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

static ON: AtomicBool = AtomicBool::new(false);

/// The target and the beginning of what tower-http's `CatchPanic` logs: the panic hook has seen that
/// panic, and whoever answers for the request reports it.
const CATCH_PANIC: (&str, &str) = ("tower_http::catch_panic", "Service panicked");

#[cfg(feature = "_pipeline")]
pub(crate) fn set_report_events(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

/// Whether events of the level `ERROR` are reported.
#[inline]
pub(crate) fn reports_events() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Reports an event, with the error among its fields if there is one.
pub(crate) fn report_event(record: LogRecord, error: Option<ErrorChain>) {
    if record.target == CATCH_PANIC.0 && record.body.starts_with(CATCH_PANIC.1) {
        return;
    }
    let place = match record.place {
        Some((Cow::Borrowed(file), line)) => Some((file, line)),
        _ => None,
    };
    let mut chain = ErrorChain { class: record.target, place, ..ErrorChain::default() };
    chain.message = record.body;
    if let Some(error) = error {
        let told = std::iter::once(error.message).chain(error.causes);
        chain.causes = told.filter(|it| *it != chain.message && !it.is_empty()).collect();
        chain.backtrace = error.backtrace;
        if chain.message.is_empty() && !chain.causes.is_empty() {
            chain.message = chain.causes.remove(0);
        }
    }
    let mut report = Report::new(ReportKind::Error, chain);
    for attribute in record.attributes {
        report = report.field(attribute.key, attribute.value);
    }
    report.send_event();
}
