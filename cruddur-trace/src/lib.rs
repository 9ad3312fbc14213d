//! One attribute on the handler, one layer on the router, and every backend sees the same request.

#[cfg(test)]
extern crate self as cruddur_trace;

pub mod record;
pub mod span;

#[doc(hidden)]
pub mod macro_support;

pub mod errors;
pub mod guide;
pub mod propagation;
mod remote;
mod result_length;
pub mod sampling;
pub mod testing;

#[cfg(feature = "_pipeline")]
pub mod config;
#[cfg(feature = "_pipeline")]
mod detect;
#[cfg(feature = "_pipeline")]
mod pipeline;
#[cfg(feature = "_pipeline")]
mod sinks;
#[cfg(feature = "_pipeline")]
mod telemetry;

#[cfg(any(feature = "tracing", feature = "otel"))]
pub mod bridge;
#[cfg(feature = "tower")]
pub mod layer;
#[cfg(feature = "relay")]
pub mod relay;
#[cfg(feature = "setup")]
pub mod setup;

pub use cruddur_trace_macros::observe;
#[cfg(feature = "tower")]
pub use layer::ObserveLayer;
#[cfg(feature = "_pipeline")]
pub use pipeline::{Delivery, Exported, Loss, SinkStats, Stats, Verdict};
pub use record::{Level, SpanKind};
pub use remote::{extract, inject, start_remote};
pub use result_length::ResultLength;
pub use span::{
    TraceContext, add_event, add_link, current, record_error, set_attribute, set_name, set_route,
    set_status, set_user,
};
#[cfg(feature = "_pipeline")]
pub use span::{spawn, spawn_blocking, spawn_linked};
#[cfg(feature = "_pipeline")]
pub use telemetry::{SetupError, Telemetry, TelemetryBuilder};
