//! Lines for the terminal, each with its trace.

use std::fmt;

use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::event;
use crate::errors::scrubber;
use crate::record::json_line::json_line;
use crate::span::{self, path};

/// How many spans of the path a line shows: the innermost.
const MAX_PATH: usize = 6;

/// Adds the span path and the trace id to the lines of any [`FormatEvent`]: in front of a line of
/// text, as members of a line of JSON.
///
/// ```
/// use cruddur_trace::bridge::tracing::WithTrace;
///
/// let format = WithTrace(tracing_subscriber::fmt::format().compact());
/// let layer = tracing_subscriber::fmt::layer::<tracing_subscriber::Registry>().event_format(format);
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WithTrace<F>(pub F);

/// Lines for people: time of day, level, span path, the first 8 digits of the trace id, target,
/// message, fields; secrets are masked. Coloured where the writer allows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Readable;

/// One flat JSON object a line, with the same names as the lines in CloudWatch Logs; secrets are
/// masked.
#[derive(Clone, Debug, Default)]
pub struct JsonLines {
    service: String,
}

impl JsonLines {
    /// Lines with this `service`.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into() }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithTrace<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(link) = span::current_link() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        if let Some(members) = line.strip_prefix('{') {
            let (trace_id, span_id) = (link.trace_id, link.span_id);
            let comma = if members.trim_start().starts_with('}') { "" } else { "," };
            write!(writer, "{{\"trace_id\":\"{trace_id}\",\"span_id\":\"{span_id}\"")?;
            return write!(writer, "{comma}{members}");
        }
        let ansi = writer.has_ansi_escapes();
        write_trace(&mut writer, ansi)?;
        if ansi {
            // The text above is plain; only the writer itself lets the format colour its line.
            return self.0.format_event(context, writer, event);
        }
        writer.write_str(&line)
    }
}

/// `get /home:get-activities 4bf92f35 `, dimmed on a terminal.
fn write_trace(writer: &mut Writer<'_>, ansi: bool) -> fmt::Result {
    let Some(link) = span::current_link() else { return Ok(()) };
    let (dim, plain) = if ansi { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
    let path = path(MAX_PATH).join(":");
    let space = if path.is_empty() { "" } else { " " };
    let id = link.trace_id.to_string();
    write!(writer, "{path}{space}{dim}{}{plain} ", &id[..8])
}

impl<S, N> FormatEvent<S, N> for Readable
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut record = event::record(event, event::fields(event));
        scrubber().log(&mut record);
        let ansi = writer.has_ansi_escapes();
        let (dim, plain) = if ansi { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        let level_colour = match (ansi, *event.metadata().level()) {
            (false, _) => "",
            (true, Level::ERROR) => "\x1b[31m",
            (true, Level::WARN) => "\x1b[33m",
            (true, Level::INFO) => "\x1b[32m",
            (true, Level::DEBUG) => "\x1b[34m",
            (true, Level::TRACE) => "\x1b[35m",
        };
        // `2026-11-22T16:00:00.000000Z`: the time of day, in milliseconds.
        let time = record.time.to_string();
        let level = record.severity.as_str();
        write!(writer, "{dim}{}{plain} {level_colour}{level:>5}{plain} ", &time[11..23])?;
        write_trace(&mut writer, ansi)?;
        write!(writer, "{dim}{}:{plain} {}", record.target, shown(&record.body))?;
        for attribute in &record.attributes {
            let value = attribute.value.to_string();
            write!(writer, " {dim}{}={plain}{}", attribute.key, shown(&value))?;
        }
        writeln!(writer)
    }
}

/// Text without what would move the cursor or colour the rest: a log line must not forge others.
fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(|it| it.is_control() && it != '\t') {
        let harmless = |it: char| match it {
            '\n' | '\t' => it.to_string(),
            it if it.is_control() => it.escape_default().to_string(),
            it => it.to_string(),
        };
        text.chars().map(harmless).collect::<String>().replace('\n', "\n    ").into()
    } else {
        text.into()
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut record = event::record(event, event::fields(event));
        scrubber().log(&mut record);
        writeln!(writer, "{}", json_line(&record, &self.service, 1 << 20))
    }
}
