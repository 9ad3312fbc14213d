//! A log record: what a `tracing` event or a `log` line becomes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::{Attribute, Key, Resource, SpanId, TraceFlags, TraceId, UnixNanos, clock};

/// What is exported unless told: `info`, with the libraries that exporters and servers are made of
/// at `warn`, and sqlx's queries, which become spans.
#[cfg(any(feature = "_pipeline", feature = "tracing"))]
pub(crate) const DEFAULT_EXPORT_FILTER: &str = "info,h2=warn,hyper=warn,hyper_util=warn,\
     tower=warn,rustls=warn,aws_config=warn,aws_runtime=warn,aws_sdk=warn,aws_smithy=warn,\
     aws_sigv4=warn,aws_credential_types=warn,reqwest=warn,tonic=warn,sqlx::query=debug";

/// One line of a log, correlated with its trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogRecord {
    /// Counts up in this process: tells a line that arrives twice from two equal lines.
    pub log_id: u64,
    /// When it happened (not when it was written).
    pub time: UnixNanos,
    /// How bad it is.
    pub severity: Severity,
    /// What it comes from: the event's target.
    pub target: Key,
    /// The module, where it is known and not the target itself.
    pub module: Option<Key>,
    /// The source file and line, if known.
    pub place: Option<(Key, u32)>,
    /// The message.
    pub body: String,
    /// The event's fields but the message, typed.
    pub attributes: Vec<Attribute>,
    /// The span in which it happened.
    pub trace: Option<TraceLink>,
    /// The id of the request in which it happened.
    pub request_id: Option<Arc<str>>,
    /// The user on whose behalf it happened.
    pub user_id: Option<Arc<str>>,
    /// What it is about, where that is not this process: a browser whose logs are relayed.
    pub resource: Option<Arc<Resource>>,
}

/// The span that a log record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceLink {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The W3C flags of its trace.
    pub trace_flags: TraceFlags,
}

/// How bad a log record is, with OpenTelemetry's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// 1.
    Trace = 1,
    /// 5.
    Debug = 5,
    /// 9.
    #[default]
    Info = 9,
    /// 13.
    Warn = 13,
    /// 17.
    Error = 17,
}

impl Severity {
    /// Upper case, as OpenTelemetry's severity text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The next `log_id` of this process.
///
/// Counting begins at the time of the first call, in microseconds since 1970: so ids of a process
/// and of the one after it differ, and fit into the 53 bits that JSON numbers keep everywhere.
pub(crate) fn next_log_id() -> u64 {
    static NEXT: OnceLock<AtomicU64> = OnceLock::new();
    NEXT.get_or_init(|| AtomicU64::new(clock::now().0 / 1_000)).fetch_add(1, Ordering::Relaxed)
}

impl LogRecord {
    /// A record with nothing but a time, a severity and a message.
    #[must_use]
    pub fn new(log_id: u64, time: UnixNanos, severity: Severity, body: String) -> Self {
        Self {
            log_id,
            time,
            severity,
            target: Key::Borrowed(""),
            module: None,
            place: None,
            body,
            attributes: Vec::new(),
            trace: None,
            request_id: None,
            user_id: None,
            resource: None,
        }
    }

    /// Bytes that it takes in a queue, about.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>()
            + self.body.len()
            + self.attributes.iter().map(Attribute::size_bytes).sum::<usize>()
    }
}
