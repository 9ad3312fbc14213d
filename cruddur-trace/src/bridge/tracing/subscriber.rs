//! The subscriber that `Telemetry::init` installs, for programs that have none of their own.

use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use super::{ExportFilter, JsonLines, Readable, TracingLayer};

/// What the terminal shows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Terminal {
    /// Lines for people, coloured only on a terminal: [`Readable`].
    #[default]
    Readable,
    /// The same without colour anywhere.
    Plain,
    /// JSON lines with this `service`: [`JsonLines`].
    Json(String),
    /// Nothing.
    Off,
}

/// Installs a subscriber: `layer` behind `export`, and `terminal` on standard error behind
/// `rust_log` (directives as `RUST_LOG` has them; `info` if empty). `log` records come too, unless
/// the program has a logger of its own.
///
/// # Errors
///
/// If a global subscriber is set already: then compose with `Telemetry::tracing_layer` instead; or
/// if `rust_log` can't be read.
pub fn install(
    layer: TracingLayer,
    export: ExportFilter,
    terminal: Terminal,
    rust_log: &str,
) -> Result<(), InstallError> {
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let shown = builder.parse(rust_log).map_err(|cause| InstallError::Filter {
        text: rust_log.to_owned(),
        cause: Box::new(cause),
    })?;
    let colour = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::registry()
        .with(layer.with_filter(export))
        .with(terminal_layer(terminal, std::io::stderr, colour).with_filter(shown));
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|cause| InstallError::AlreadySet(Box::new(cause)))?;
    // A logger of the program's own stays: its records are its own affair then.
    let _ = tracing_log::LogTracer::init();
    Ok(())
}

/// The layer that writes lines.
pub(super) fn terminal_layer<S, W>(
    terminal: Terminal,
    writer: W,
    colour: bool,
) -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing_core::Subscriber
        + for<'a> tracing_subscriber::registry::LookupSpan<'a>
        + Send
        + Sync,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colour);
    match terminal {
        Terminal::Readable => layer.event_format(Readable).boxed(),
        Terminal::Plain => layer.with_ansi(false).event_format(Readable).boxed(),
        Terminal::Json(service) => {
            layer.with_ansi(false).event_format(JsonLines::new(service)).boxed()
        }
        Terminal::Off => tracing_subscriber::layer::Identity::new().boxed(),
    }
}

/// The subscriber could not be installed.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// The program has one already.
    AlreadySet(Box<dyn std::error::Error + Send + Sync>),
    /// `RUST_LOG` can't be read.
    Filter {
        /// What it is set to.
        text: String,
        /// What is wrong with it.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySet(_) => f.write_str(
                "a global tracing subscriber is set already: use start() instead of init(), and add \
                 telemetry.tracing_layer() to your subscriber",
            ),
            Self::Filter { text, .. } => {
                write!(f, "RUST_LOG={text:?} can't be read: write e.g. `info,my_crate=debug`")
            }
        }
    }
}

impl std::error::Error for InstallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AlreadySet(cause) | Self::Filter { cause, .. } => Some(&**cause),
        }
    }
}
