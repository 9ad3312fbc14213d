//! The exporter thread: what was recorded goes in, and every sink gets it in batches.
//!
//! ```text
//! handlers ─▶ hand_over (bounded) ─▶ exporter: assemble, keep, scrub, hook ─▶ per sink: queue ─▶ worker
//! ```
//!
//! Nothing here blocks a handler. Each sink has its own queue, batch, backoff and account on the one
//! thread, so none stalls another. Nothing on that thread is observed ([`crate::suppress`]), so
//! telemetry never traces itself. Every lost record is counted under one [`Loss`].
//!
//! It does not know any backend: those are behind [`Sink`].
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, unused_imports, reason = "each sink uses a part of it")
)]

mod account;
mod assembling;
mod backoff;
mod collector;
mod control;
pub(crate) mod diagnose;
mod exporter;
#[cfg(test)]
pub(crate) mod fixtures;
mod hand_over;
mod hook;
mod intake;
mod keep;
mod platform;
mod queue;
mod self_metrics;
mod settings;
mod sink;
mod value_limits;
mod worker;

pub use account::{Delivery, SinkStats, Stats};
pub use hook::{Exported, Verdict};
pub use sink::Loss;

pub(crate) use account::RecordKind;
pub(crate) use collector::{PipelineCollector, ServiceCollector};
pub(crate) use exporter::Exporter;
pub(crate) use hand_over::HandOver;
pub(crate) use hook::Hook;
pub(crate) use platform::Platform;
#[cfg(feature = "_http")]
pub(crate) use platform::ask;
pub(crate) use settings::{ExporterSettings, ReadMetrics, SinkSpawner, Task};
pub(crate) use sink::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
pub(crate) use value_limits::{LogLimits, SpanLimits};
