//! Cruddur, a micro-blog that shows `cruddur-trace` at work.
//!
//! The API ([`app`]) is an ordinary axum application over an embedded SQLite store; what
//! makes it visible is `#[observe]` on its handlers, one layer on its router, and
//! [`main`] that starts the telemetry. The same process holds the local console that
//! stands in for Honeycomb, X-Ray, CloudWatch Logs and Rollbar.

mod api;
pub mod app;
mod cors;
pub mod error;
pub mod page;
pub mod session;
pub mod settings;
pub mod store;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

/// Runs the demo with these arguments.
pub fn main(_arguments: impl IntoIterator<Item = String>) -> ExitCode {
    ExitCode::FAILURE
}
