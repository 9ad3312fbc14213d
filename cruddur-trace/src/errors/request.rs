//! Failures that end a request or a trace: the one place where `#[observe]`'s frames, the hook's
//! record and the layer's knowledge of the request become one report.

use super::hook::take_record_of;
use super::pending::{PendingReport, logical_frames};
use super::{ErrorReport, Frame, ReportKind, ReportedRequest, by_hand, recent};
use crate::record::{ErrorChain, clock};
use crate::span::{FailedRoot, Scope};
use std::fmt;

#[cfg(feature = "tower")]
use super::hook::{self, take_record};
#[cfg(feature = "tower")]
use super::outlet;
#[cfg(feature = "tower")]
use crate::record::TraceLink;
#[cfg(feature = "tower")]
use crate::span::{Failure, TraceContext};
#[cfg(feature = "tower")]
use std::any::Any;
#[cfg(feature = "tower")]
use std::sync::Arc;

/// Describes the request when it is known that somebody wants to know: a failure is rare, so that
/// nothing is rendered or scrubbed before.
pub(crate) trait DescribeRequest: Send + Sync + fmt::Debug {
    /// Method, URL, headers, query and client, scrubbed.
    fn describe(&self) -> ReportedRequest;
}

/// What the layer knows of a request that failed.
#[cfg(feature = "tower")]
#[derive(Debug)]
pub(crate) struct FailedRequest<'a> {
    /// Where it stands in its trace.
    pub(crate) context: Option<TraceContext>,
    /// What the observed functions left behind: `root.failure()`.
    pub(crate) failure: Failure,
    /// The status that is answered, if one is.
    pub(crate) status: Option<u16>,
    /// What was caught, if it panicked.
    pub(crate) panic: Option<&'a (dyn Any + Send)>,
    /// The inner service's error, or the body's.
    pub(crate) error: Option<ErrorChain>,
}

/// Reports a request that ended in a 5xx, a panic, or an error of the service or the body; gives the
/// report's id, which the client is told, or `None` if nobody takes reports. Call it once, when the request has failed, on the thread
/// that caught the panic.
#[cfg(feature = "tower")]
pub(crate) fn report_request(failed: FailedRequest<'_>) -> Option<String> {
    let FailedRequest { context, failure, status, panic, error } = failed;
    let link = context.as_ref().map(TraceContext::link);
    if !outlet::is_open(link) {
        return None;
    }
    let scope = context.and_then(|it| it.scope);
    let mut frames = logical_frames(&failure.frames);
    let mut request = scope.as_deref().and_then(of_scope);
    if let Some(request) = &mut request {
        request.status = status;
        add_route(&mut frames, request);
    }
    let record = match (panic, link) {
        (Some(payload), _) => take_record(Some(payload)),
        // Somebody within caught a panic and made a 5xx of it.
        (None, Some(link)) if failure.error.is_none() => take_record_of(link),
        (None, _) => None,
    };
    let mut pending = match (record, panic) {
        (Some(record), _) => record.into_pending(frames),
        // `resume_unwind` skips the hook.
        (None, Some(payload)) => {
            let message = hook::message(payload);
            let error = ErrorChain {
                class: "panic".into(),
                message,
                is_panic: true,
                ..ErrorChain::default()
            };
            with_frames(ReportKind::Panic, error, frames)
        }
        (None, None) => {
            let error = failure.error.or(error).unwrap_or_else(|| status_only(status));
            with_frames(ReportKind::Error, error, frames)
        }
    };
    let report = pending.edit();
    report.trace = link.or(report.trace);
    report.request = request;
    report.is_uncaught = true;
    report.user_id = scope.as_ref().and_then(|it| it.user_id()).or_else(|| report.user_id.take());
    let request_id = scope.as_ref().and_then(|it| it.request_id().cloned());
    Some(send_once(pending, request_id))
}

/// Reports a root outside of any request that ended in an `Err` or a panic.
pub(crate) fn report_root(failed: &FailedRoot<'_>) -> Option<PendingReport> {
    let mut frames = logical_frames(&failed.failure.frames);
    let own = logical_frames(failed.callsite.as_slice());
    if own.first() != frames.first() {
        frames.splice(0..0, own);
    }
    let mut pending = if failed.is_panic {
        match take_record_of(failed.link) {
            Some(record) => record.into_pending(frames),
            None => {
                let message = "a panic that skipped the panic hook".to_owned();
                let class = "panic".into();
                let error = ErrorChain { class, message, is_panic: true, ..ErrorChain::default() };
                with_frames(ReportKind::Panic, error, frames)
            }
        }
    } else {
        with_frames(ReportKind::Error, failed.failure.error.clone()?, frames)
    };
    let report = pending.edit();
    report.trace = Some(failed.link);
    report.is_uncaught = true;
    if let Some(scope) = failed.scope {
        report.user_id = scope.user_id();
        report.request = of_scope(scope);
        if let Some(request) = &report.request {
            add_route(&mut report.frames, request);
        }
    }
    let request_id = failed.scope.and_then(|it| it.request_id().cloned());
    recent::remember(pending.edit(), request_id).is_none().then_some(pending)
}

/// Puts the route in front: a stable name for where it began, also where nothing below is observed.
pub(super) fn add_route(frames: &mut Vec<Frame>, request: &ReportedRequest) {
    if let Some(route) = &request.route {
        let function = format!("{} {route}", request.method);
        frames.insert(0, Frame { function, file: "(route)".into(), line: None, column: None });
    }
}

fn with_frames(kind: ReportKind, mut error: ErrorChain, frames: Vec<Frame>) -> PendingReport {
    by_hand::bound(&mut error);
    let mut report = ErrorReport::new(kind, error, clock::now());
    report.frames = frames;
    report.thread = std::thread::current().name().map(str::to_owned);
    PendingReport::new(report)
}

#[cfg(feature = "tower")]
fn status_only(status: Option<u16>) -> ErrorChain {
    let (class, message) = match status {
        Some(status) => (format!("http.{status}"), format!("the request was answered {status}")),
        None => ("http".to_owned(), "the request failed without an answer".to_owned()),
    };
    ErrorChain { class: class.into(), message, ..ErrorChain::default() }
}

#[cfg(feature = "tower")]
fn send_once(mut pending: PendingReport, request_id: Option<Arc<str>>) -> String {
    if let Some(known) = recent::remember(pending.edit(), request_id) {
        return known;
    }
    let (id, trace): (_, Option<TraceLink>) = (pending.report().id.clone(), pending.report().trace);
    outlet::send(trace, pending);
    id
}

/// The request that a scope belongs to; `None` outside of any.
pub(super) fn of_scope(scope: &Scope) -> Option<ReportedRequest> {
    let mut request = scope.described_request()?;
    request.route = scope.route().map(|it| it.to_string()).or(request.route);
    request.request_id = scope.request_id().cloned();
    Some(request)
}
