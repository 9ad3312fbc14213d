//! Error reports: a failure, neutral of any backend, reported once.
//!
//! A failure is one report when a request ends in a 5xx or a panic, when a trace outside of any
//! request ends in an `Err` or a panic, or when the code says so ([`report_error`],
//! [`report_message`]). An `Err` that is recovered from, and a 4xx, report nothing.
//!
//! The panic hook ([`install_panic_hook`]) notes place and stack, `#[observe]` leaves its frames on
//! the way out, the layer knows the request: whoever stands outermost puts them together, once, and
//! the report goes the way that spans go. Its native frames are resolved, its secrets masked
//! ([`Scrubber`]) and its rules applied on the exporter thread, never on a thread that runs requests.

mod address;
mod by_hand;
#[cfg(feature = "_pipeline")]
mod desk;
#[cfg(feature = "tracing")]
mod event;
mod hook;
#[cfg(feature = "_pipeline")]
mod limit;
mod logged;
#[cfg(feature = "_pipeline")]
mod native;
#[cfg(feature = "_pipeline")]
mod options;
mod outlet;
mod pending;
mod recent;
mod report;
mod request;
mod scrub;
#[cfg(test)]
mod tests;

pub use address::{ClientAddress, set_client_address};
pub use by_hand::{Report, report_error, report_message};
pub use hook::{flush_in_panic_hook, install_panic_hook};
#[cfg(feature = "_pipeline")]
pub use options::{ReportDecision, ReportOptions};
pub use pending::PendingReport;
pub use report::{ErrorReport, Frame, ReportKind, ReportLevel, ReportedRequest};
pub use scrub::{MASK, ScrubRule, Scrubber, scrubber};

#[cfg(feature = "tower")]
pub(crate) use address::client_address;
#[cfg(feature = "_pipeline")]
pub(crate) use desk::{Held, ReportDesk};
#[cfg(all(feature = "tracing", feature = "_pipeline"))]
pub(crate) use event::set_report_events;
#[cfg(feature = "tracing")]
pub(crate) use event::{report_event, reports_events};
#[cfg(any(feature = "tower", feature = "_pipeline"))]
pub(crate) use hook::discard;
pub(crate) use hook::{message, place_of};
pub(crate) use request::{DescribeRequest, report_root};
#[cfg(feature = "tower")]
pub(crate) use request::{FailedRequest, report_request};
#[cfg(feature = "_pipeline")]
pub(crate) use scrub::{RecordScrubber, configure as configure_scrubber};
