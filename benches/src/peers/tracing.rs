//! `tracing` with tracing-opentelemetry.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::settings::{LEAN_INACTIVITY, LEAN_LOCATION, LEAN_THREADS};

/// With its default settings.
#[must_use]
pub fn by_default(provider: &SdkTracerProvider) -> Dispatch {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    Dispatch::new(tracing_subscriber::registry().with(layer))
}

/// With location, thread and inactivity attributes off.
#[must_use]
pub fn lean(provider: &SdkTracerProvider) -> Dispatch {
    let layer = tracing_opentelemetry::layer()
        .with_location(LEAN_LOCATION)
        .with_threads(LEAN_THREADS)
        .with_tracked_inactivity(LEAN_INACTIVITY)
        .with_tracer(provider.tracer("benches"));
    Dispatch::new(tracing_subscriber::registry().with(layer))
}

/// The registry alone, which keeps spans and exports none.
#[must_use]
pub fn registry() -> Dispatch {
    Dispatch::new(tracing_subscriber::registry())
}
