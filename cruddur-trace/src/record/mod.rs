//! Plain data: what was observed, in no backend's terms.
//!
//! Everything above turns something into these types or renders these types into something.
//! Nothing here does I/O, holds a lock or knows of a sink. Only its `clock` reads a clock.

mod callsite;
pub(crate) mod clock;
mod fragment;
pub(crate) mod hex;
mod id;
pub(crate) mod json_line;
mod log;
mod metric;
mod outcome;
mod resource;
mod span;
pub(crate) mod text;
mod value;

pub use callsite::{Callsite, Level, SpanKind};
pub use clock::UnixNanos;
pub use fragment::{Fragment, Sampling};
pub use id::{SpanId, TraceFlags, TraceId};
#[cfg(any(feature = "_pipeline", feature = "tracing"))]
pub(crate) use log::DEFAULT_EXPORT_FILTER;
pub(crate) use log::next_log_id;
pub use log::{LogRecord, Severity, TraceLink};
pub use metric::{Exemplar, HistogramPoint, Metric, MetricData, MetricsSnapshot, NumberPoint};
pub use outcome::{ErrorChain, Outcome, Status};
pub use resource::Resource;
pub use span::{Link, SpanEvent, SpanRecord};
pub use value::{Attribute, Key, Usage, Value};
