//! The variants: each does the same duties by its own means, and counts what comes out.

pub mod bare;
pub mod duties;
pub mod fastrace;
pub mod layers;
pub mod logfire;
pub mod observe;
pub mod opentelemetry;
pub mod sentry;
pub mod tracing;
