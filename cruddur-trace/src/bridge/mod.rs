//! What the ecosystem emits, and how it flows in.
#[cfg(feature = "otel")]
pub mod otel;
#[cfg(all(feature = "otel", feature = "xray"))]
pub mod otel_xray;
#[cfg(feature = "tracing")]
pub mod tracing;
