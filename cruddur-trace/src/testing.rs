//! Captures what a test records.
