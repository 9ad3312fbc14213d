//! A span record as an OTLP span. Follows opentelemetry/proto/trace/v1/trace.proto, 1.9.

use std::fmt::Write as _;

use super::{attributes, proto};
use crate::record::{ErrorChain, Link, Outcome, Sampling, SpanKind, SpanRecord, Status};

/// Bits 8 and 9 of `flags`: whether it is known that the parent is remote, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// The name of the attribute that tells a cancelled or unfinished span, which OTLP has no word for.
const OUTCOME: &str = "cruddur.outcome";

/// What some backend wants beside OTLP's own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpanStyle {
    /// `SampleRate`, which Honeycomb multiplies by.
    pub(super) sample_rate: bool,
}

/// One `spans` entry of a `ScopeSpans`.
pub(super) fn encode(out: &mut Vec<u8>, span: &SpanRecord, sampling: &Sampling, style: SpanStyle) {
    proto::message(out, 2, |out| {
        proto::bytes_always(out, 1, &span.trace_id.to_bytes());
        proto::bytes_always(out, 2, &span.span_id.to_bytes());
        if let Some(trace_state) = &span.trace_state {
            proto::string(out, 3, trace_state);
        }
        if let Some(parent_id) = span.parent_id {
            proto::bytes_always(out, 4, &parent_id.to_bytes());
        }
        proto::string(out, 5, &span.name);
        proto::uint(out, 6, kind(span.kind));
        proto::fixed64(out, 7, span.start.0);
        proto::fixed64(out, 8, span.end.0);
        own_attributes(out, span, sampling, style);
        proto::uint(out, 10, u64::from(span.dropped_attributes));
        // First, since Honeycomb copies the first exception's fields onto the span.
        if let Some(error) = &span.error {
            exception(out, span, error);
        }
        for event in &span.events {
            proto::message(out, 11, |out| {
                proto::fixed64(out, 1, event.time.0);
                proto::string(out, 2, &event.name);
                attributes::list(out, 3, &event.attributes);
            });
        }
        proto::uint(out, 12, u64::from(span.dropped_events));
        span.links.iter().for_each(|it| link(out, it));
        proto::uint(out, 14, u64::from(span.dropped_links));
        status(out, span);
        let remote = if span.parent_is_remote { IS_REMOTE } else { 0 };
        proto::fixed32(out, 16, u32::from(span.trace_flags.to_byte()) | HAS_IS_REMOTE | remote);
    });
}

fn own_attributes(out: &mut Vec<u8>, span: &SpanRecord, sampling: &Sampling, style: SpanStyle) {
    attributes::list(out, 9, &span.attributes);
    if span.callsite.now && span.attribute("app.now").is_none() {
        proto::message(out, 9, |out| {
            proto::string(out, 1, "app.now");
            proto::message(out, 2, |out| {
                proto::message(out, 1, |out| {
                    let _ = write!(Text(out), "{}", span.start);
                });
            });
        });
    }
    match span.outcome {
        Outcome::Cancelled => attributes::text(out, 9, OUTCOME, "cancelled"),
        Outcome::Unfinished => attributes::text(out, 9, OUTCOME, "unfinished"),
        Outcome::Ok | Outcome::Error | Outcome::Panic => {}
    }
    if style.sample_rate && sampling.rate > 1.0 {
        let rate = sampling.rate.round().min(f64::from(u32::MAX)) as i64;
        attributes::one(out, 9, "SampleRate", &rate.into());
    }
}

/// Text that is formatted straight into the bytes.
struct Text<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

const fn kind(kind: SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// The semantic conventions' `exception` event.
fn exception(out: &mut Vec<u8>, span: &SpanRecord, error: &ErrorChain) {
    proto::message(out, 11, |out| {
        proto::fixed64(out, 1, span.end.0);
        proto::string(out, 2, "exception");
        let class = match (error.class.as_ref(), error.is_panic) {
            ("", true) => "panic",
            (class, _) => class,
        };
        if !class.is_empty() {
            attributes::text(out, 3, "exception.type", class);
        }
        attributes::text(out, 3, "exception.message", &error.message);
        let stack = stack_trace(class, error);
        if !stack.is_empty() {
            attributes::text(out, 3, "exception.stacktrace", &stack);
        }
    });
}

/// The error, where it was recorded, its causes, and its backtrace if it carried one; empty if
/// that would only repeat type and message.
fn stack_trace(class: &str, error: &ErrorChain) -> String {
    let mut text = String::new();
    if error.causes.is_empty() && error.backtrace.is_none() && error.place.is_none() {
        return text;
    }
    let separator = if class.is_empty() { "" } else { ": " };
    let _ = write!(text, "{class}{separator}{}", error.message);
    if let Some((file, line)) = error.place {
        let _ = write!(text, "\n    at {file}:{line}");
    }
    for cause in &error.causes {
        let _ = write!(text, "\nCaused by: {cause}");
    }
    if let Some(backtrace) = &error.backtrace {
        let _ = write!(text, "\n{backtrace}");
    }
    text
}

fn link(out: &mut Vec<u8>, link: &Link) {
    proto::message(out, 13, |out| {
        proto::bytes_always(out, 1, &link.trace_id.to_bytes());
        proto::bytes_always(out, 2, &link.span_id.to_bytes());
        attributes::list(out, 4, &link.attributes);
        proto::fixed32(out, 6, u32::from(link.trace_flags.to_byte()));
    });
}

fn status(out: &mut Vec<u8>, span: &SpanRecord) {
    let failed = matches!(span.outcome, Outcome::Error | Outcome::Panic);
    let (code, message) = match &span.status {
        Status::Ok => (1, ""),
        Status::Error { message } => (2, message.as_ref()),
        Status::Unset if failed => (2, span.error.as_ref().map_or("", |error| &error.message)),
        Status::Unset => return,
    };
    proto::message(out, 15, |out| {
        proto::string(out, 2, message);
        proto::uint(out, 3, code);
    });
}
