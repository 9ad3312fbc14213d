//! The `cause` block: exceptions, linked to what caused them, with parsed Rust frames.

use crate::record::{SpanRecord, Status, Value};

use super::caps::Caps;
use super::json::Json;
use super::name::MAX_FIELD_CHARS;
use crate::record::text::{first_bytes, first_chars};

/// The parts of one entry of `cause.exceptions`.
struct Exception<'a> {
    class: &'a str,
    message: &'a str,
    backtrace: Option<&'a str>,
    /// Where it was recorded: path, line and function.
    place: Option<(&'a str, u32, &'a str)>,
    /// Whether the next entry caused this one.
    has_cause: bool,
}

/// One line of a stack.
#[derive(Debug, PartialEq, Eq)]
struct StackFrame<'a> {
    path: &'a str,
    line: u32,
    label: &'a str,
}

/// Writes the cause if there is one; gives how much was cut.
pub(crate) fn write_cause(json: &mut Json, span: &SpanRecord, remote: bool, caps: &Caps) -> u64 {
    let exceptions = exceptions(span);
    if exceptions.is_empty() {
        return 0;
    }
    let mut trimmed = 0;
    json.key("cause");
    json.open_object();
    json.key("exceptions");
    json.open_array();
    let shown = exceptions.len().min(caps.exceptions);
    for (index, exception) in exceptions[..shown].iter().enumerate() {
        json.open_object();
        json.key("id");
        json.hex(exception_id(span, index), 16);
        let message = first_bytes(exception.message, caps.message_bytes);
        trimmed += u64::from(message.len() < exception.message.len());
        json.key("message");
        json.text(message);
        if !exception.class.is_empty() {
            json.key("type");
            json.text(first_chars(exception.class, MAX_FIELD_CHARS));
        }
        if remote {
            json.key("remote");
            json.boolean(true);
        }
        if exception.has_cause && index + 1 < shown {
            json.key("cause");
            json.hex(exception_id(span, index + 1), 16);
        }
        let left_out = exceptions.len() - shown;
        if index + 1 == shown && left_out > 0 {
            json.key("skipped");
            json.integer(left_out as i64);
            trimmed += left_out as u64;
        }
        trimmed += write_stack(json, exception, caps);
        json.close_object();
    }
    json.close_array();
    json.close_object();
    trimmed
}

fn write_stack(json: &mut Json, exception: &Exception<'_>, caps: &Caps) -> u64 {
    let mut frames = exception.backtrace.map(parse_backtrace).unwrap_or_default();
    if let (true, Some((path, line, label))) = (frames.is_empty(), exception.place) {
        frames.push(StackFrame { path, line, label });
    }
    if frames.is_empty() {
        return 0;
    }
    let shown = frames.len().min(caps.frames);
    json.key("stack");
    json.open_array();
    for frame in &frames[..shown] {
        json.open_object();
        json.key("path");
        json.text(first_chars(frame.path, 500));
        json.key("line");
        json.integer(i64::from(frame.line));
        json.key("label");
        json.text(first_chars(frame.label, 500));
        json.close_object();
    }
    json.close_array();
    let left_out = frames.len() - shown;
    if left_out > 0 {
        json.key("truncated");
        json.integer(left_out as i64);
    }
    left_out as u64
}

/// An id that is the same each time a span is rendered: nothing here draws a random number.
fn exception_id(span: &SpanRecord, index: usize) -> u128 {
    let spread = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u128::from((span.span_id.bits() ^ spread).max(1))
}

fn exceptions(span: &SpanRecord) -> Vec<Exception<'_>> {
    let mut list = Vec::new();
    if let Some(error) = span.error.as_deref() {
        let function = span.callsite.function;
        list.push(Exception {
            class: if error.is_panic && error.class.is_empty() { "panic" } else { &error.class },
            message: &error.message,
            backtrace: error.backtrace.as_deref(),
            place: error.place.map(|(path, line)| (path, line, function)),
            has_cause: !error.causes.is_empty(),
        });
        let count = error.causes.len();
        list.extend(error.causes.iter().enumerate().map(|(index, message)| Exception {
            class: "",
            message,
            backtrace: None,
            place: None,
            has_cause: index + 1 < count,
        }));
    }
    let known = span.error.as_deref();
    for event in span.events.iter().filter(|event| event.name == "exception") {
        let text = |key: &str| {
            let found = event.attributes.iter().find(|it| it.key == key);
            found.and_then(|it| it.value.as_str()).unwrap_or("")
        };
        let (class, message) = (text("exception.type"), text("exception.message"));
        if known.is_some_and(|error| error.message == message && error.class == class) {
            continue;
        }
        let trace = text("exception.stacktrace");
        list.push(Exception {
            class,
            message,
            backtrace: Some(trace).filter(|it| !it.is_empty()),
            place: None,
            has_cause: false,
        });
    }
    if let (true, Status::Error { message }) = (list.is_empty(), &span.status)
        && !message.is_empty()
    {
        list.push(Exception { class: "", message, backtrace: None, place: None, has_cause: false });
    }
    list
}

/// Whether an event is shown as an exception, and so nowhere else.
pub(crate) fn is_shown_as_cause(name: &str, attributes: &[crate::record::Attribute]) -> bool {
    let only_known = attributes.iter().all(|attribute| {
        matches!(
            attribute.key.as_ref(),
            "exception.type" | "exception.message" | "exception.stacktrace" | "exception.escaped"
        ) && matches!(attribute.value, Value::Str(_) | Value::Bool(_))
    });
    name == "exception" && only_known
}

/// The frames of a backtrace as Rust prints it, innermost first. Where no frame is found, each
/// line that says something is one, so that foreign stack traces are shown too.
fn parse_backtrace(text: &str) -> Vec<StackFrame<'_>> {
    let mut frames: Vec<StackFrame<'_>> = Vec::new();
    for line in text.lines().map(str::trim) {
        let at = line.strip_prefix("at ").and_then(split_place);
        let numbered = line.split_once(": ").filter(|(number, _)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        match (at, numbered, frames.last_mut()) {
            (Some((path, line)), _, Some(frame)) if frame.path.is_empty() => {
                frame.path = path;
                frame.line = line;
            }
            (_, Some((_, label)), _) => frames.push(StackFrame { path: "", line: 0, label }),
            _ => {}
        }
    }
    // The machinery that took the backtrace tells nothing.
    let machinery =
        ["std::backtrace", "backtrace::", "core::panicking", "std::panicking", "rust_begin_unwind"];
    let first =
        frames.iter().position(|frame| !machinery.iter().any(|it| frame.label.starts_with(it)));
    frames.drain(..first.unwrap_or(0));
    if frames.is_empty() {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        frames.extend(lines.map(|label| StackFrame { path: "", line: 0, label }));
    }
    frames
}

/// `./src/main.rs:3:5` is a path and a line; the column is not shown by X-Ray.
fn split_place(place: &str) -> Option<(&str, u32)> {
    let (rest, last) = place.rsplit_once(':')?;
    match rest.rsplit_once(':') {
        Some((path, line)) if line.parse::<u32>().is_ok() => Some((path, line.parse().ok()?)),
        _ => Some((rest, last.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_backtrace_is_parsed() {
        let text = "   0: std::backtrace::Backtrace::create\n             at /rustc/abc/library/std/src/backtrace.rs:331:13\n   1: app::fail\n             at ./src/main.rs:3:5\n   2: <app::S as core::fmt::Debug>::fmt\n   3: main";
        let frame = |path, line, label| StackFrame { path, line, label };
        assert_eq!(
            parse_backtrace(text),
            [
                frame("./src/main.rs", 3, "app::fail"),
                frame("", 0, "<app::S as core::fmt::Debug>::fmt"),
                frame("", 0, "main"),
            ]
        );
    }

    #[test]
    fn a_foreign_stack_trace_keeps_its_lines() {
        let frames = parse_backtrace("Traceback (most recent call last):\n  File x\nError");
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[1].label, "File x");
    }

    #[test]
    fn places_are_split_at_line_and_column() {
        assert_eq!(split_place("src/a.rs:3:5"), Some(("src/a.rs", 3)));
        assert_eq!(split_place("C:\\a.rs:3"), Some(("C:\\a.rs", 3)));
        assert_eq!(split_place("nowhere"), None);
    }
}
