//! A report as a Sentry event in an envelope. Pure.
//!
//! Of the `sentry` crate only the protocol types are used: no client, no hub, none of its
//! integrations. `contexts.trace` is made of our ids, frames are the observed functions, so an event
//! groups alike in every build and links to the trace that it happened in.

use crate::errors::{ErrorReport, Frame, ReportKind, ReportLevel};
use crate::record::text::first_bytes;
use crate::record::{LogRecord, Severity, UnixNanos, Value as Field};
use sentry::protocol::{
    Breadcrumb, Context, Envelope, Event, Exception, Frame as SentryFrame, IpAddress, Level, Map,
    Mechanism, Request, Stacktrace, TraceContext, User, Value,
};
use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Largest event, in bytes.
/// Source: Sentry's documentation, "Envelopes: Size Limits" (1 MiB an event), read 2026-11.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Longest message of an exception, in bytes; Sentry cuts at 8,192.
const MAX_TEXT: usize = 8_192;

/// What is the same in every event of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) environment: String,
    pub(crate) release: Option<String>,
    pub(crate) server_name: Option<String>,
}

/// The envelope of a report, at most [`MAX_BYTES`]: what helps least is left out first.
pub(super) fn encode(report: &ErrorReport, about: &About) -> Vec<u8> {
    let mut event = event(report, about);
    for step in 0..4 {
        let bytes = envelope(event.clone());
        if bytes.len() <= MAX_BYTES {
            return bytes;
        }
        match step {
            0 => event.extra.clear(),
            1 => event.breadcrumbs.values.clear(),
            2 => event.request = None,
            _ => event.exception.values.iter_mut().for_each(shorten),
        }
    }
    event.exception.values.truncate(1);
    event.tags.clear();
    envelope(event)
}

fn envelope(event: Event<'static>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let envelope: Envelope = event.into();
    // A vector takes all that is written.
    let _ = envelope.to_writer(&mut bytes);
    bytes
}

fn event(report: &ErrorReport, about: &About) -> Event<'static> {
    let mut event = Event {
        event_id: report.id.parse().unwrap_or_default(),
        level: level(report.level),
        platform: Cow::Borrowed("native"),
        timestamp: time(report.time),
        environment: Some(Cow::Owned(about.environment.clone())),
        release: about.release.clone().map(Cow::Owned),
        server_name: about.server_name.clone().map(Cow::Owned),
        ..Event::default()
    };
    if let Some(fingerprint) = &report.fingerprint {
        event.fingerprint = Cow::Owned(vec![Cow::Owned(fingerprint.clone())]);
    }
    match report.kind {
        ReportKind::Message => {
            event.message = Some(first_bytes(&report.error.message, MAX_TEXT).to_owned());
        }
        _ => event.exception.values = exceptions(report),
    }
    if let Some(trace) = report.trace {
        let context = TraceContext {
            trace_id: trace.trace_id.to_bytes().into(),
            span_id: trace.span_id.to_bytes().into(),
            ..TraceContext::default()
        };
        event.contexts.insert("trace".to_owned(), Context::Trace(Box::new(context)));
    }
    if let Some(request) = &report.request {
        event.transaction = request.route.clone();
        event.request = Some(Request {
            url: request.url.parse().ok(),
            method: Some(request.method.clone()),
            data: request.body.clone(),
            query_string: request.url.split_once('?').map(|(_, query)| query.to_owned()),
            headers: request.headers.iter().cloned().collect(),
            ..Request::default()
        });
        if let Some(id) = &request.request_id {
            event.tags.insert("request_id".to_owned(), id.to_string());
        }
        if let Some(status) = request.status {
            event.tags.insert("status".to_owned(), status.to_string());
        }
    }
    event.user = user(report);
    event.breadcrumbs.values = report.events.iter().map(|it| breadcrumb(it)).collect();
    event.extra = extra(report);
    event
}

/// The oldest cause first, as Sentry wants it.
fn exceptions(report: &ErrorReport) -> Vec<Exception> {
    let error = &report.error;
    let class = match report.kind {
        ReportKind::Panic => "panic",
        _ if error.class.is_empty() => "error",
        _ => &error.class,
    };
    let mut frames: Vec<SentryFrame> = report.frames.iter().map(frame).collect();
    frames.extend(report.place_frame().as_ref().map(frame));
    let class_of = |at: usize| {
        let known = error.cause_classes.get(at).filter(|it| !it.is_empty());
        known.cloned().unwrap_or_else(|| "cause".to_owned())
    };
    let causes = error.causes.iter().enumerate().rev().map(|(at, cause)| Exception {
        ty: class_of(at),
        value: Some(first_bytes(cause, MAX_TEXT).to_owned()),
        ..Exception::default()
    });
    let outermost = Exception {
        ty: class.to_owned(),
        value: Some(first_bytes(&error.message, MAX_TEXT).to_owned()),
        stacktrace: (!frames.is_empty()).then(|| Stacktrace { frames, ..Stacktrace::default() }),
        mechanism: Some(Mechanism {
            ty: if report.kind == ReportKind::Panic { "panic" } else { "generic" }.to_owned(),
            handled: Some(!report.is_uncaught),
            ..Mechanism::default()
        }),
        ..Exception::default()
    };
    causes.chain(std::iter::once(outermost)).collect()
}

fn frame(frame: &Frame) -> SentryFrame {
    SentryFrame {
        function: Some(frame.function.clone()),
        module: frame.function.rsplit_once("::").map(|(module, _)| module.to_owned()),
        filename: Some(frame.file.clone()),
        lineno: frame.line.map(u64::from),
        colno: frame.column.map(u64::from),
        in_app: Some(true),
        ..SentryFrame::default()
    }
}

fn user(report: &ErrorReport) -> Option<User> {
    let address = report.request.as_ref().and_then(|it| it.client_address.as_ref()?.parse().ok());
    if report.user_id.is_none() && address.is_none() {
        return None;
    }
    Some(User {
        id: report.user_id.as_ref().map(ToString::to_string),
        username: report.user_name.clone(),
        email: report.user_email.clone(),
        ip_address: address.map(IpAddress::Exact),
        ..User::default()
    })
}

fn breadcrumb(log: &LogRecord) -> Breadcrumb {
    Breadcrumb {
        timestamp: time(log.time),
        ty: "log".to_owned(),
        category: Some(log.target.to_string()),
        level: match log.severity {
            Severity::Error => Level::Error,
            Severity::Warn => Level::Warning,
            Severity::Info => Level::Info,
            Severity::Debug | Severity::Trace => Level::Debug,
        },
        message: Some(first_bytes(&log.body, MAX_TEXT).to_owned()),
        data: log.attributes.iter().map(|it| (it.key.to_string(), field(&it.value))).collect(),
    }
}

fn extra(report: &ErrorReport) -> Map<String, Value> {
    let mut extra: Map<_, _> =
        report.custom.iter().map(|it| (it.key.to_string(), field(&it.value))).collect();
    if !report.native_frames.is_empty() {
        let lines = report.native_frames.iter().map(|it| {
            let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
            Value::from(format!("{} ({}{line})", it.function, it.file))
        });
        extra.insert("native_backtrace".to_owned(), lines.collect());
    }
    if let Some(backtrace) = &report.error.backtrace {
        extra.insert("backtrace".to_owned(), backtrace.as_str().into());
    }
    extra
}

fn shorten(exception: &mut Exception) {
    if let Some(stacktrace) = &mut exception.stacktrace {
        let from = stacktrace.frames.len().saturating_sub(60);
        stacktrace.frames.drain(..from);
    }
}

fn field(value: &Field) -> Value {
    match value {
        Field::Bool(it) => (*it).into(),
        Field::I64(it) => (*it).into(),
        Field::F64(it) => (*it).into(),
        Field::Str(it) => it.as_ref().into(),
        Field::Array(items) => items.iter().map(field).collect(),
    }
}

fn level(level: ReportLevel) -> Level {
    match level {
        ReportLevel::Critical => Level::Fatal,
        ReportLevel::Error => Level::Error,
        ReportLevel::Warning => Level::Warning,
        ReportLevel::Info => Level::Info,
        ReportLevel::Debug => Level::Debug,
    }
}

fn time(time: UnixNanos) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(time.0)
}
