//! docs/migrating.md: what stood there before and what takes its place, both compiled, both run.
//!
//! Each line of a diff in the document stands in the file of its side, in the same order.

mod document;
mod fastrace;
mod sentry_tower;
mod trace_layer;
mod tracing_opentelemetry;
