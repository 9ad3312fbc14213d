//! What can go wrong while telemetry is set up.

use std::fmt;

use crate::config::ConfigError;

/// Telemetry can't be set up. Each variant's text names the setting and the remedy; `Debug` is the
/// same text, since that is what a `main` shows that ends in an error.
#[non_exhaustive]
pub enum SetupError {
    /// A setting can't be used.
    Setting(ConfigError),
    /// A sink can't be made: a header that can't be sent, a certificate that can't be read.
    Sink {
        /// The sink, e.g. `otlp`.
        sink: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// This process has a telemetry already: `start` or `init` was called before.
    AlreadyRunning,
    /// A global `tracing` subscriber is set already, so `init` can't install its own: use `start`
    /// and add `telemetry.tracing_layer()` to yours.
    SubscriberAlreadySet,
    /// The exporter thread can't be started.
    Thread(std::io::Error),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(error) => error.fmt(f),
            Self::Sink { sink, cause } => write!(f, "the sink {sink} can't be made: {cause}"),
            Self::AlreadyRunning => {
                f.write_str("telemetry is running already; call init() or start() once")
            }
            Self::SubscriberAlreadySet => f.write_str(
                "a global tracing subscriber is set already; call start() instead of init() and \
                 add telemetry.tracing_layer() to your subscriber",
            ),
            Self::Thread(_) => f.write_str(
                "the exporter thread can't be started; let the process have one thread more",
            ),
        }
    }
}

impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self {
            Self::Thread(error) => write!(f, " ({error})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for SetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Thread(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ConfigError> for SetupError {
    fn from(error: ConfigError) -> Self {
        Self::Setting(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_ends_in_an_error_shows_a_sentence() {
        let error = ConfigError::new("CRUDDUR_KEEP", "\"x\" can't be used", "write \"errors\"");
        let sentence = "CRUDDUR_KEEP: \"x\" can't be used; write \"errors\"";
        assert_eq!(format!("{:?}", SetupError::from(error)), sentence);
        let cause = std::io::Error::other("no more threads");
        let shown = format!("{:?}", SetupError::Thread(cause));
        assert!(shown.starts_with("the exporter thread can't be started"), "{shown}");
        assert!(shown.ends_with("(no more threads)"), "{shown}");
    }
}
