//! `tracing` events and spans.
