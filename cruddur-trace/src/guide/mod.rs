//! How to use this crate, chapter by chapter. Every example runs as a test.

#[doc = include_str!("observe.md")]
pub mod observe {}
