//! One folder per backend: each renders records in its own terms.

#[cfg(feature = "aws")]
pub(crate) mod aws_sign;
#[cfg(feature = "aws")]
pub(crate) mod cloudwatch_logs;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
#[cfg(feature = "rollbar")]
pub(crate) mod rollbar;
#[cfg(feature = "sentry")]
pub(crate) mod sentry;
pub(crate) mod terminal;
#[cfg(feature = "xray")]
pub(crate) mod xray;
