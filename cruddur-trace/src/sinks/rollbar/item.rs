//! A report as a Rollbar item: the JSON that `POST /api/1/item/` takes.
//!
//! Pure. It renders what it is given: scrubbing and rules happened before, making it small enough
//! happens afterwards ([`super::truncate`]).
//!
//! Source of names and limits: Rollbar API reference, "Create an item", read 2026-11.

use crate::errors::{ErrorReport, Frame, ReportKind, ReportLevel, ReportedRequest};
use crate::record::text::first_chars;
use crate::record::{Attribute, LogRecord, Severity, UnixNanos, Value as Field};
use serde_json::{Map, Value, json};

/// Longest `environment`, `context`, `title` and person's name, in characters.
const MAX_NAME: usize = 255;
/// Longest `code_version`, in characters.
const MAX_CODE_VERSION: usize = 40;
/// Longest id of a person, in characters.
const MAX_PERSON_ID: usize = 40;
/// Most exceptions of a chain; Rollbar shows fewer.
const MAX_CHAIN: usize = 32;
/// Most entries of telemetry; Rollbar's own notifiers keep 100.
const MAX_TELEMETRY: usize = 100;

/// What is the same in every item of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) environment: String,
    pub(crate) code_version: Option<String>,
    pub(crate) service: String,
    pub(crate) host: Option<String>,
    /// What Rollbar takes off the start of file names.
    pub(crate) root: Option<String>,
    /// E.g. `axum`.
    pub(crate) framework: Option<&'static str>,
}

/// The whole payload, `{"data": …}`.
pub(crate) fn item(report: &ErrorReport, about: &About) -> Value {
    let code_version = about.code_version.as_deref().map(|it| first_chars(it, MAX_CODE_VERSION));
    let mut data = json!({
        "environment": first_chars(&about.environment, MAX_NAME),
        "level": level(report.level),
        "timestamp": seconds(report.time),
        "platform": std::env::consts::OS,
        "language": "rust",
        "uuid": report.id,
        "notifier": { "name": "cruddur-trace", "version": env!("CARGO_PKG_VERSION") },
        "body": body(report),
        "server": without_nulls(json!({
            "host": about.host,
            "root": about.root,
            "code_version": code_version,
        })),
        "custom": custom(report, about),
        "attributes": attributes(report),
    });
    if let Value::Object(data) = &mut data {
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                data.insert(key.to_owned(), value);
            }
        };
        let request = report.request.as_ref();
        put("code_version", code_version.map(Value::from));
        put("framework", about.framework.map(Value::from));
        let route = request.and_then(|it| it.route.as_deref());
        put("context", route.map(|it| first_chars(it, MAX_NAME).into()));
        put("request", request.map(self::request));
        put("person", person(report));
        put("fingerprint", report.fingerprint.as_deref().map(|it| first_chars(it, 1_024).into()));
    }
    json!({ "data": data })
}

fn body(report: &ErrorReport) -> Value {
    let mut body = match report.kind {
        ReportKind::Message => json!({ "message": { "body": report.error.message } }),
        _ if report.error.causes.is_empty() => json!({ "trace": trace(report) }),
        _ => {
            let causes = report.error.causes.iter().take(MAX_CHAIN - 1);
            // Outermost first. Only it has a place: Rust's errors don't know where they began.
            let chain =
                std::iter::once(trace(report)).chain(causes.enumerate().map(|(at, cause)| {
                    let class = cause_class(report, at);
                    json!({ "frames": [], "exception": { "class": class, "message": cause } })
                }));
            json!({ "trace_chain": chain.collect::<Vec<_>>() })
        }
    };
    if !report.events.is_empty() {
        let from = report.events.len().saturating_sub(MAX_TELEMETRY);
        let telemetry = report.events[from..].iter().map(|it| log_entry(it));
        body["telemetry"] = telemetry.collect();
    }
    body
}

/// Of some causes only the text is known.
fn cause_class(report: &ErrorReport, at: usize) -> &str {
    let known = report.error.cause_classes.get(at);
    known.map(String::as_str).filter(|it| !it.is_empty()).unwrap_or("cause")
}

fn trace(report: &ErrorReport) -> Value {
    let frames = report.frames.iter().map(frame);
    let place = report.place_frame();
    let mut frames: Vec<Value> = frames.chain(place.as_ref().map(frame)).collect();
    if frames.is_empty() {
        frames.push(json!({ "filename": "(unknown)", "method": "(unknown)" }));
    }
    json!({
        "frames": frames,
        "exception": { "class": class(report), "message": report.error.message },
    })
}

fn class(report: &ErrorReport) -> &str {
    match report.kind {
        ReportKind::Panic => "panic",
        _ if report.error.class.is_empty() => "error",
        _ => &report.error.class,
    }
}

fn frame(frame: &Frame) -> Value {
    let mut out = json!({ "filename": stable_file(&frame.file), "method": frame.function });
    if let Some(line) = frame.line {
        out["lineno"] = line.into();
    }
    if let Some(column) = frame.column {
        out["colno"] = column.into();
    }
    out
}

/// A file name that is the same wherever the program was built: Rollbar groups by it.
///
/// `/home/x/.cargo/registry/src/index-1949cf8c/axum-0.8.9/src/lib.rs` becomes
/// `axum-0.8.9/src/lib.rs`, and `/rustc/<commit>/library/…` becomes `library/…`.
fn stable_file(file: &str) -> String {
    let file = file.replace('\\', "/");
    let after = |marker: &str| {
        let (_, rest) = file.split_once(marker)?;
        rest.split_once('/').map(|(_, rest)| rest.to_owned())
    };
    after("/registry/src/").or_else(|| after("/rustc/")).unwrap_or(file)
}

fn log_entry(event: &LogRecord) -> Value {
    let mut body = Map::new();
    body.insert("message".to_owned(), event.body.as_str().into());
    for attribute in &event.attributes {
        body.insert(attribute.key.to_string(), field(&attribute.value));
    }
    if !event.target.is_empty() {
        body.insert("target".to_owned(), event.target.as_ref().into());
    }
    json!({
        "level": match event.severity {
            Severity::Error => "error",
            Severity::Warn => "warning",
            Severity::Info => "info",
            Severity::Debug | Severity::Trace => "debug",
        },
        "type": "log",
        "source": "server",
        "timestamp_ms": event.time.0 / 1_000_000,
        "body": body,
    })
}

fn request(request: &ReportedRequest) -> Value {
    let query_string = request.url.split_once('?').map(|(_, query)| query);
    without_nulls(json!({
        "url": request.url,
        "method": request.method,
        "headers": pairs(&request.headers),
        "GET": (!request.query.is_empty()).then(|| pairs(&request.query)),
        "query_string": query_string,
        "user_ip": request.client_address,
        "body": request.body,
    }))
}

/// Pairs as an object; values of a name that stands more than once are joined.
fn pairs(pairs: &[(String, String)]) -> Value {
    let mut out = Map::new();
    for (key, value) in pairs {
        match out.get_mut(key) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(value);
            }
            _ => {
                out.insert(key.clone(), value.as_str().into());
            }
        }
    }
    Value::Object(out)
}

fn person(report: &ErrorReport) -> Option<Value> {
    let id = report.user_id.as_deref()?;
    Some(without_nulls(json!({
        "id": first_chars(id, MAX_PERSON_ID),
        "username": report.user_name.as_deref().map(|it| first_chars(it, MAX_NAME)),
        "email": report.user_email.as_deref().map(|it| first_chars(it, MAX_NAME)),
    })))
}

/// Rollbar searches by these.
fn attributes(report: &ErrorReport) -> Value {
    let mut list = vec![json!({ "key": "is_uncaught", "value": report.is_uncaught.to_string() })];
    if let Some(trace) = report.trace {
        list.push(json!({ "key": "trace_id", "value": trace.trace_id.to_string() }));
        list.push(json!({ "key": "span_id", "value": trace.span_id.to_string() }));
    }
    list.into()
}

fn custom(report: &ErrorReport, about: &About) -> Value {
    let mut custom = Map::new();
    let mut put = |key: &str, value: Value| {
        custom.insert(key.to_owned(), value);
    };
    put("service", about.service.as_str().into());
    if let Some(trace) = report.trace {
        put("trace_id", trace.trace_id.to_string().into());
        put("span_id", trace.span_id.to_string().into());
    }
    if let Some(request) = &report.request {
        if let Some(status) = request.status {
            put("status", status.into());
        }
        if let Some(id) = &request.request_id {
            put("request_id", id.as_ref().into());
        }
    }
    if let Some(thread) = &report.thread {
        put("thread", thread.as_str().into());
    }
    if let Some(backtrace) = &report.error.backtrace {
        put("backtrace", backtrace.as_str().into());
    }
    if !report.native_frames.is_empty() {
        let lines = report.native_frames.iter().map(|it| {
            let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
            Value::from(format!("{} ({}{line})", it.function, stable_file(&it.file)))
        });
        put("native_backtrace", lines.collect());
    }
    for Attribute { key, value, .. } in &report.custom {
        put(key, field(value));
    }
    Value::Object(custom)
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

fn level(level: ReportLevel) -> &'static str {
    match level {
        ReportLevel::Critical => "critical",
        ReportLevel::Error => "error",
        ReportLevel::Warning => "warning",
        ReportLevel::Info => "info",
        ReportLevel::Debug => "debug",
    }
}

fn seconds(time: UnixNanos) -> u64 {
    time.0 / 1_000_000_000
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
