//! Every environment variable, in one table; each effective value with its source.
//!
//! `default_*` in code < environment < `force_*` in code. Everything is text until a section
//! (`Config` and its parts) reads it once, when telemetry is set up; nothing here reads the
//! environment or a file by itself: `telemetry.rs` passes both in.
//!
//! An empty variable is an unset one (docker compose passes `""`); stray quotes, blanks and
//! carriage returns are taken off with a warning; a value that can't be read is an error that names
//! the variable and the remedy. Secrets may come from `<NAME>_FILE`.
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, unused_imports, reason = "each sink uses a part of it")
)]

mod document;
mod error;
mod honeycomb;
mod otlp;
mod parse;
mod secret;
mod sections;
mod settings;
mod table;

pub use document::{reference, startup_table};
pub use error::ConfigError;
pub use secret::Secret;
pub(crate) use secret::shown_url;
pub(crate) use settings::Layers;
pub use settings::{Setting, Settings, Source};
pub use table::{Support, Variable, variables};

pub(crate) use honeycomb::{Honeycomb, honeycomb_host};
pub(crate) use otlp::{Compression, OtlpConfig, OtlpSignal, PemFile, Protocol, TlsFiles};
pub(crate) use parse::duration as parse_duration;
pub(crate) use sections::{
    AwsConfig, BatchConfig, CloudWatchConfig, Config, Keep, LogsExporter, RollbarConfig,
    SentryConfig, TracesExporter, XRayConfig, XRayTransport,
};
#[cfg(feature = "tower")]
pub(crate) use sections::{excluded_paths, propagate_to};
