//! The per-request layer.
