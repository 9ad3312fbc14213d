//! The variants: each does the same duties by its own means, and counts what comes out.

pub mod fastrace;
pub mod observe;
pub mod opentelemetry;
pub mod tracing;
