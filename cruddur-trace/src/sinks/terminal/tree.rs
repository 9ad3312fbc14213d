//! Spans as an indented tree, log records as lines. Pure.

use std::fmt::Write as _;

use crate::record::{Attribute, Fragment, LogRecord, Outcome, SpanRecord, Status, TraceLink};

/// One line for the trace, one per span, indented under its parent.
pub(super) fn fragment(out: &mut String, fragment: &Fragment) {
    let _ = writeln!(out, "trace {}", fragment.trace_id);
    let spans = &fragment.spans;
    let is_top = |span: &SpanRecord| {
        span.parent_id.is_none_or(|parent| spans.iter().all(|other| other.span_id != parent))
    };
    // Explicit, since a trace may be deeper than the stack.
    let mut open: Vec<(usize, usize)> =
        (0..spans.len()).rev().filter(|index| is_top(&spans[*index])).map(|it| (it, 1)).collect();
    while let Some((index, depth)) = open.pop() {
        line(out, &spans[index], depth);
        let id = spans[index].span_id;
        let children = (0..spans.len()).rev().filter(|child| spans[*child].parent_id == Some(id));
        open.extend(children.filter(|child| *child != index).map(|child| (child, depth + 1)));
    }
}

fn line(out: &mut String, span: &SpanRecord, depth: usize) {
    let millis = span.duration_nanos() as f64 / 1e6;
    let _ = write!(out, "{:indent$}{} {millis:.3} ms", "", Shown(&span.name), indent = depth * 2);
    match span.outcome {
        // Such as a client's span, whose call came back, but with a 404.
        Outcome::Ok if matches!(span.status, Status::Error { .. }) => out.push_str(" ERROR"),
        Outcome::Ok => {}
        Outcome::Error => out.push_str(" ERROR"),
        Outcome::Panic => out.push_str(" PANIC"),
        Outcome::Cancelled => out.push_str(" cancelled"),
        Outcome::Unfinished => out.push_str(" unfinished"),
    }
    match (&span.error, &span.status) {
        (Some(error), _) => {
            let _ = write!(out, " {}: {}", Shown(&error.class), Shown(&error.message));
        }
        (None, Status::Error { message }) if !message.is_empty() => {
            let _ = write!(out, " {}", Shown(message));
        }
        _ => {}
    }
    attributes(out, &span.attributes);
    out.push('\n');
}

fn attributes(out: &mut String, attributes: &[Attribute]) {
    for attribute in attributes {
        let _ = write!(out, " {}={}", attribute.key, Shown(&attribute.value.to_string()));
    }
}

/// One line.
pub(super) fn log(out: &mut String, log: &LogRecord) {
    let severity = log.severity.as_str();
    let _ = write!(out, "{} {severity:5} {}: {}", log.time, log.target, Shown(&log.body));
    attributes(out, &log.attributes);
    if let Some(TraceLink { trace_id, .. }) = &log.trace {
        let _ = write!(out, " trace_id={trace_id}");
    }
    out.push('\n');
}

/// Text without control characters: a terminal obeys them.
struct Shown<'a>(&'a str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|letter| {
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())
            } else {
                f.write_char(letter)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::fixtures;
    use crate::record::{Sampling, Severity, SpanId, UnixNanos};

    #[test]
    fn spans_are_a_tree() {
        let mut root = fixtures::span(1, Outcome::Ok);
        root.name = "GET /api/activities/home".into();
        let mut child = fixtures::span(2, Outcome::Error);
        child.parent_id = SpanId::new(1);
        child.attributes = vec![Attribute::new("app.result_length", 4)];
        child.status = Status::Error { message: "no\u{1b}[31m feed".into() };
        let mut grandchild = fixtures::span(3, Outcome::Cancelled);
        grandchild.parent_id = SpanId::new(2);
        let mut second = fixtures::span(4, Outcome::Ok);
        second.parent_id = SpanId::new(1);
        second.status = Status::Error { message: "".into() };
        let spans = vec![root, child, grandchild, second];
        let trace = Fragment::new(spans[0].trace_id, spans, Sampling::ALWAYS);
        let mut text = String::new();
        fragment(&mut text, &trace);
        insta::assert_snapshot!(text, @r"
        trace 00000000000000000000000000000001
          GET /api/activities/home 1000.000 ms
            test 1000.000 ms ERROR no\u{1b}[31m feed app.result_length=4
              test 1000.000 ms cancelled
            test 1000.000 ms ERROR
        ");
    }

    #[test]
    fn a_log_record_is_one_line() {
        let body = "two\nlines".to_owned();
        let mut record = LogRecord::new(1, UnixNanos(0), Severity::Warn, body);
        record.target = "app".into();
        record.attributes = vec![Attribute::new("count", 4)];
        let mut text = String::new();
        log(&mut text, &record);
        assert_eq!(text, "1970-01-01T00:00:00.000000Z WARN  app: two\\nlines count=4\n");
    }
}
