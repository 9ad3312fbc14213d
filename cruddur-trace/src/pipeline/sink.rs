//! The seam between the pipeline and a backend.

use std::sync::Arc;
use std::time::Duration;

use super::RecordKind;
use crate::errors::ErrorReport;
use crate::record::{Attribute, Fragment, LogRecord, MetricsSnapshot, UnixNanos};

/// A backend: pure encoding, and one request at a time on the wire.
///
/// The pipeline owns queueing, batching, retrying, backing off and counting; a sink does none of it.
/// Each sink is a task of its own on the exporter thread, so none stalls another.
pub(crate) trait Sink: 'static {
    /// One request, ready to be sent as often as needed.
    type Request: 'static;

    /// What accounts and messages call it: `otlp`, `xray`, `cloudwatch_logs`, `rollbar`.
    fn name(&self) -> &'static str;

    /// What it wants to be given.
    fn signals(&self) -> Signals;

    /// Takes what was found out of the platform after start-up: resource attributes, told once,
    /// before the first batch that follows. What is known already stays.
    fn learn(&mut self, _found: &[Attribute]) {}

    /// What a request carries, for the books; of a sink of several signals only it can tell. One
    /// that carries several is told by its first.
    fn kind(&self, _request: &Self::Request) -> RecordKind {
        let signals = self.signals();
        if signals.otlp_spans || signals.xray_spans {
            RecordKind::Spans
        } else if signals.logs {
            RecordKind::Logs
        } else if signals.reports {
            RecordKind::Reports
        } else {
            RecordKind::Points
        }
    }

    /// Turns what has gathered into requests. Pure but for the sink's own state: no I/O, no clock.
    ///
    /// Every record of the batch ends up in a request or among `refused`.
    fn encode(&mut self, batch: Batch, now: UnixNanos) -> Encoded<Self::Request>;

    /// Sends one request once.
    fn send(
        &mut self,
        request: &Self::Request,
    ) -> impl Future<Output = Result<Delivered, SendError>>;

    /// Whether it wants a log record that tells of losses, once it can be sent again.
    fn tells_losses(&self) -> bool {
        false
    }

    /// Log records that it takes in one batch, where that is not the setting's number.
    fn max_batch_logs(&self) -> Option<usize> {
        None
    }

    /// Halves of a request that the backend refused as a whole; `None` if there is nothing to halve.
    fn split(
        &mut self,
        request: Self::Request,
    ) -> Result<[Outgoing<Self::Request>; 2], Self::Request> {
        Err(request)
    }
}

/// Which records a sink wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    pub(crate) otlp_spans: bool,
    pub(crate) xray_spans: bool,
    pub(crate) logs: bool,
    pub(crate) reports: bool,
    pub(crate) metrics: bool,
}

/// What has gathered for a sink since its last batch.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) fragments: Vec<Arc<Fragment>>,
    pub(crate) logs: Vec<Arc<LogRecord>>,
    pub(crate) reports: Vec<Arc<ErrorReport>>,
    pub(crate) metrics: Option<Arc<MetricsSnapshot>>,
}

/// What a batch became.
#[derive(Debug)]
pub(crate) struct Encoded<R> {
    pub(crate) requests: Vec<Outgoing<R>>,
    /// Records that can't be sent, by reason.
    pub(crate) refused: Vec<(Loss, u64)>,
}

/// A request and how many records it carries.
#[derive(Debug)]
pub(crate) struct Outgoing<R> {
    pub(crate) request: R,
    pub(crate) records: u64,
}

/// The backend took a request, all of it or but for some records.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// Records that it refused.
    pub(crate) rejected: u64,
    /// What it says of them; logged once per text.
    pub(crate) message: Option<String>,
}

/// The backend did not take a request.
#[derive(Debug)]
pub(crate) enum SendError {
    /// It may take the same request later.
    Retry {
        /// How long it asks to wait.
        after: Option<Duration>,
        cause: String,
    },
    /// It will not take this request, but may take halves of it (too large, or one bad record).
    Split { cause: String },
    /// It will never take it. `remedy`-like advice belongs into the text.
    Refused { cause: String },
}

/// Why a record was lost. Every lost record is counted under one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Loss {
    /// The hand-over queue between the handlers and the exporter thread was full.
    HandOverFull,
    /// The sink's queue was full.
    QueueFull,
    /// The record is larger than the backend takes.
    TooLarge,
    /// The backend's rules don't allow the record (its time, its form).
    Invalid,
    /// The backend refused it.
    Rejected,
    /// The backend could not be reached, or kept failing, until the retries were used up.
    RetriesExhausted,
    /// A rate limit or suppression rule of our own held it back.
    Suppressed,
    /// The deadline of a shutdown passed.
    Shutdown,
}
