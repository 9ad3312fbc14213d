//! The default `tracing` subscriber that `init` installs.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{SetupError, Telemetry};

/// Lines on the terminal, by `RUST_LOG`.
pub(super) fn install(telemetry: &Telemetry) -> Result<(), SetupError> {
    let settings = telemetry.settings();
    let filter = settings.text("RUST_LOG").unwrap_or_default();
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        settings.error("RUST_LOG", format!("write a filter such as info,app=debug ({error})"))
    })?;
    let terminal = tracing_subscriber::fmt::layer();
    let subscriber = tracing_subscriber::registry().with(filter).with(terminal);
    subscriber.try_init().map_err(|_| SetupError::SubscriberAlreadySet)
}
