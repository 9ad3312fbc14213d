//! Sampling: what is decided once, at the root of a trace.
#[cfg(feature = "xray")]
pub mod xray;
