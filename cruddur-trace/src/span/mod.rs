//! The span core.
