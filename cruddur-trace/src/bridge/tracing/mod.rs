//! `tracing` events and spans, and `log` records, as part of the trace in which they happen.
//!
//! - An event becomes a log record with the ids of the current span, or an event of that span where
//!   no logs exporter is on. Each has the time at which it happened.
//! - A `tracing` span of another crate becomes a span of the tree, where a trace is being recorded.
//!   `otel.name`, `otel.kind`, `otel.status_code`, `otel.status_description` and `follows_from` mean
//!   what they mean to tracing-opentelemetry; [`SpanExt`] has the rest.
//! - `sqlx::query` events become CLIENT spans, dated back by the time that the query took.
//!
//! [`TracingLayer`] composes with any subscriber that is built on
//! [`Registry`](tracing_subscriber::Registry); `Telemetry::init` installs one with [`Readable`] or
//! [`JsonLines`] for the terminal. Nothing that happens on the exporter's own threads is recorded.
//!
//! Outside of a trace a `tracing` span records nothing, unless [`SpanExt::set_parent`] gives it a
//! parent in another process, or its `otel.kind` is `server` or `consumer`.

mod event;
mod ext;
mod fields;
mod filter;
mod format;
mod layer;
mod spans;
mod sqlx;
mod subscriber;
#[cfg(test)]
mod tests;

pub use ext::SpanExt;
pub use filter::{DEFAULT_EXPORT_FILTER, ExportFilter, InvalidFilter};
pub use format::{JsonLines, Readable, WithTrace};
pub use layer::TracingLayer;
pub use subscriber::{InstallError, Terminal, install};
