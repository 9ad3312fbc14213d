//! One attribute on the handler, one layer on the router, and every backend sees the same request.
//!
//! ```
//! use cruddur_trace::{observe, testing};
//!
//! #[observe(fields(user = name))]
//! fn greetings(name: &str) -> Vec<String> {
//!     vec![format!("hello, {name}")]
//! }
//!
//! let captured = testing::capture(|| greetings("bayko"));
//! assert_eq!(captured.tree(), "greetings user=bayko app.result_length=1\n");
//! ```
//!
//! In a service, [`Telemetry`] says where spans go, and [`ObserveLayer`] makes a trace of each
//! request; outside of a trace `#[observe]` does nothing, unless it says `root`.
//!
//! # Table of contents
//!
//! - [`macro@observe`]: spans of functions; every option in the [`guide`]
//! - [`ObserveLayer`], [`layer`]: a request's span, propagation, metrics, panics; the client's side
//! - [`Telemetry`]: configuration, start, flush, shutdown; every variable in [`config`]
//! - [`set_attribute`], [`record_error`], [`set_user`], [`current`]: what code says of the span
//!   that it is in
//! - [`spawn`], [`spawn_blocking`], [`spawn_linked`]: work that goes on elsewhere
//! - [`errors`]: reports of failures; what is scrubbed
//! - [`bridge`]: `tracing` and OpenTelemetry, in and out
//! - [`testing`]: what a test recorded, as a tree
//! - [`record`], [`span`], [`sampling`], [`propagation`]: the parts, for sinks and layers of your own
//!
//! # Features
//!
//! A feature adds code and never starts anything.
//!
//! | Feature | Adds |
//! |---|---|
//! | `otlp` (default) | export to Honeycomb and any OTLP backend, over HTTP or gRPC |
//! | `tower` (default) | [`ObserveLayer`] and the client's layer |
//! | `tracing` (default) | `tracing` events and spans, and a subscriber |
//! | `axum` | extractors, and the matched route |
//! | `xray` | X-Ray by its daemon, and its sampling rules; no AWS SDK |
//! | `aws` | X-Ray by its API or OTLP, and CloudWatch Logs |
//! | `rollbar`, `sentry` | reports of failures |
//! | `relay` | browser telemetry, admitted and cleansed |
//! | `otel` | OpenTelemetry API spans, and parts for the OpenTelemetry SDK |
//! | `reqwest` | a middleware for outgoing requests |
//! | `setup` | the `setup` and `doctor` commands |
//! | `mirror` | a `tracing` span for each observed one, where `CRUDDUR_MIRROR=true` asks for it |
//! | `full` | all of these |
//! | `off` | `#[observe]` returns the item untouched, but still checks its options |
//!
//! With `default-features = false` there is the macro and the core, and no runtime.

// What only some feature uses is not dead: whether anything is, is checked with all of them on.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports))]

#[cfg(test)]
#[allow(unused_extern_crates, reason = "what `#[observe]` in unit tests names")]
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
#[cfg(feature = "_pipeline")]
mod suppress;
pub mod testing;

#[cfg(feature = "_pipeline")]
pub mod config;
#[cfg(feature = "_pipeline")]
mod detect;
#[cfg(feature = "_encoders")]
#[doc(hidden)]
pub mod encoders;
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
