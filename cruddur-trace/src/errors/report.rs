//! What is known of a failure, in no backend's terms.

use crate::record::{Attribute, ErrorChain, LogRecord, TraceLink, UnixNanos};
use std::collections::hash_map::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What kind of failure is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
#[non_exhaustive]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
    /// The body, scrubbed; only where somebody asked for it.
    pub body: Option<String>,
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
    /// The name of that user, where the code gave one.
    pub user_name: Option<String>,
    /// The mail address of that user, where the code gave one.
    pub user_email: Option<String>,
    /// Whether nobody caught it: a panic, or an `Err` that ended in a 5xx.
    pub is_uncaught: bool,
    /// The name of the thread on which it happened.
    pub thread: Option<String>,
    /// What was logged in the same request before, oldest first.
    pub events: Vec<Arc<LogRecord>>,
    /// What else is known.
    pub custom: Vec<Attribute>,
    /// Groups reports where the backend's own grouping will not do.
    pub fingerprint: Option<String>,
}

impl ErrorReport {
    /// A report of a failure of which nothing else is known yet.
    #[must_use]
    pub fn new(kind: ReportKind, error: ErrorChain, time: UnixNanos) -> Self {
        Self {
            id: report_id(),
            kind,
            level: ReportLevel::Error,
            time,
            error,
            frames: Vec::new(),
            native_frames: Vec::new(),
            trace: None,
            request: None,
            user_id: None,
            user_name: None,
            user_email: None,
            is_uncaught: false,
            thread: None,
            events: Vec::new(),
            custom: Vec::new(),
            fingerprint: None,
        }
    }

    /// Where it happened, as the frame after [`frames`](Self::frames).
    ///
    /// Backends group by names of files and functions and not by lines, so that a failure stays the
    /// same one when code above it is edited. Where no observed function is known the line is part
    /// of the name all the same: otherwise all that fails in one file would be one failure.
    #[must_use]
    pub fn place_frame(&self) -> Option<Frame> {
        let (file, line) = self.error.place?;
        let what = if self.kind == ReportKind::Panic { "panic" } else { "error" };
        let function = match self.frames.is_empty() {
            true => format!("{what} at line {line}"),
            false => what.to_owned(),
        };
        Some(Frame { function, file: file.to_owned(), line: Some(line), column: None })
    }

    /// Bytes that it takes in a queue, about.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let error = &self.error;
        let frames = self.frames.iter().chain(&self.native_frames);
        let request = self.request.as_ref().map_or(0, |it| {
            let pairs = it.headers.iter().chain(&it.query);
            it.url.len() + pairs.map(|(key, value)| 48 + key.len() + value.len()).sum::<usize>()
        });
        size_of::<Self>()
            + error.message.len()
            + error.causes.iter().map(String::len).sum::<usize>()
            + error.backtrace.as_ref().map_or(0, String::len)
            + frames.map(|it| size_of::<Frame>() + it.function.len() + it.file.len()).sum::<usize>()
            + request
            + self.events.iter().map(|it| it.size_bytes()).sum::<usize>()
            + self.custom.iter().map(|it| it.key.len() + it.value.size_bytes() + 48).sum::<usize>()
    }
}

/// A random UUID of version 4: 128 bits of the standard library's keyed hash, whose keys come from
/// the operating system.
pub(crate) fn report_id() -> String {
    use std::hash::BuildHasher;
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let high = RandomState::new().hash_one((count, 0_u8));
    let low = RandomState::new().hash_one((count, 1_u8));
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
