//! What is known of a failure, in no backend's terms.

use crate::record::{Attribute, ErrorChain, LogRecord, TraceLink, UnixNanos};
use std::sync::Arc;

/// What kind of failure is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// An `Err`.
    Error,
    /// A panic.
    Panic,
    /// Something that somebody wanted to say.
    Message,
}

/// How bad it is, worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReportLevel {
    /// The process can't go on.
    Critical,
    /// A request failed.
    #[default]
    Error,
    /// Something is odd.
    Warning,
    /// For knowledge.
    Info,
    /// For development.
    Debug,
}

/// A place on the way of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function with its module path.
    pub function: String,
    /// The source file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// The request that failed, already scrubbed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReportedRequest {
    /// E.g. `GET`.
    pub method: String,
    /// The whole URL, its query scrubbed.
    pub url: String,
    /// The route's template.
    pub route: Option<String>,
    /// The request's headers, scrubbed.
    pub headers: Vec<(String, String)>,
    /// Query parameters, scrubbed.
    pub query: Vec<(String, String)>,
    /// The client's address.
    pub client_address: Option<String>,
    /// The status that was answered.
    pub status: Option<u16>,
    /// The request's id.
    pub request_id: Option<Arc<str>>,
}

/// One failure, told once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorReport {
    /// A random UUID in lower case with hyphens: what the client is told and a backend dedupes by.
    pub id: String,
    /// What kind of failure it is.
    pub kind: ReportKind,
    /// How bad it is.
    pub level: ReportLevel,
    /// When it happened.
    pub time: UnixNanos,
    /// Class, message and causes.
    pub error: ErrorChain,
    /// Observed functions from the route to the place of failure; the most recent call last.
    pub frames: Vec<Frame>,
    /// Native frames, resolved off the request path; the most recent call last.
    pub native_frames: Vec<Frame>,
    /// The span in which it happened.
    pub trace: Option<TraceLink>,
    /// The request in which it happened.
    pub request: Option<ReportedRequest>,
    /// The user on whose behalf it happened.
    pub user_id: Option<Arc<str>>,
    /// What was logged in the same request before, oldest first.
    pub events: Vec<Arc<LogRecord>>,
    /// What else is known.
    pub custom: Vec<Attribute>,
    /// Groups reports where the backend's own grouping will not do.
    pub fingerprint: Option<String>,
}
