//! What the ecosystem emits, and how it flows in.
#[cfg(feature = "otel")]
pub mod otel;
#[cfg(feature = "tracing")]
pub mod tracing;
