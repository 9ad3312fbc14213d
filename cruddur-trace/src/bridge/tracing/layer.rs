//! The layer: which part of the bridge answers which call of `tracing`.

use std::fmt;
use std::sync::Arc;

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{event, spans, sqlx};
use crate::errors;
use crate::record::LogRecord;
use crate::span;

/// Takes log records, without blocking.
pub(crate) type TakeLog = Arc<dyn Fn(LogRecord) + Send + Sync>;

/// A [`Layer`] that makes `tracing` events and spans part of the trace in which they happen.
///
/// `Telemetry::tracing_layer` gives one that is wired to the exporters, with the export filter.
/// One made by [`new`](Self::new) turns events into events of the current span.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// use cruddur_trace::bridge::tracing::TracingLayer;
///
/// let subscriber = tracing_subscriber::registry().with(TracingLayer::new());
/// # drop(subscriber);
/// ```
#[derive(Clone, Default)]
pub struct TracingLayer {
    logs: Option<TakeLog>,
    sqlx: sqlx::Settings,
    #[cfg(feature = "mirror")]
    mirrors: bool,
}

impl TracingLayer {
    /// A layer that turns events into events of the current span.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer that turns events into log records.
    #[must_use]
    pub(crate) fn with_logs(mut self, take: TakeLog) -> Self {
        self.logs = Some(take);
        self
    }

    /// The same with `db.system.name` of sqlx's queries, e.g. `sqlite`; `other_sql` unless set,
    /// since sqlx does not say.
    #[must_use]
    pub fn with_db_system(mut self, name: &'static str) -> Self {
        self.sqlx.system = name;
        self
    }

    /// The same with a `tracing` span for each observed one, in the subscriber that this layer is
    /// part of: of the same name, target and level, without fields. So whatever follows `tracing`
    /// spans sees them: span directives of `RUST_LOG` (`[get-activities]=debug`), `SpanTrace` of
    /// tracing-error, tokio-console. It costs what a `tracing` span costs there.
    ///
    /// A layer that is wrapped in `tracing_subscriber::reload` is not found, so its subscriber gets
    /// none.
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    /// use cruddur_trace::bridge::tracing::TracingLayer;
    ///
    /// let layer = TracingLayer::new().with_mirrored_spans();
    /// let subscriber = tracing_subscriber::registry().with(layer);
    /// # drop(subscriber);
    /// ```
    #[cfg(feature = "mirror")]
    #[must_use]
    pub fn with_mirrored_spans(mut self) -> Self {
        self.mirrors = true;
        span::mirror::switch_on(|dispatch| {
            dispatch.downcast_ref::<Self>().is_some_and(|layer| layer.mirrors)
        });
        self
    }

    /// The same with the text of sqlx's queries as `db.query.text`. Off unless set: a query that is
    /// put together by hand has its values in it.
    #[must_use]
    pub fn with_query_text(mut self) -> Self {
        self.sqlx.with_text = true;
        self
    }
}

impl fmt::Debug for TracingLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.logs.is_some() { "log records" } else { "span events" };
        f.debug_struct("TracingLayer").field("events", &form).field("sqlx", &self.sqlx).finish()
    }
}

/// Whether this thread belongs to the exporter, whose own doings are never observed.
#[inline]
fn is_suppressed() -> bool {
    #[cfg(feature = "_pipeline")]
    {
        crate::suppress::is_exporter_thread()
    }
    #[cfg(not(feature = "_pipeline"))]
    {
        false
    }
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if is_suppressed() {
            return;
        }
        let is_reported = *event.metadata().level() == Level::ERROR && errors::reports_events();
        if !is_reported && self.logs.is_none() && !span::is_recording() {
            return;
        }
        let fields = event::fields(event);
        if is_reported {
            let error = fields.error.clone();
            errors::report_event(event::record(event, fields.clone()), error);
        }
        if event.metadata().target() == sqlx::TARGET && span::is_recording() {
            sqlx::record(event, fields, &self.sqlx);
        } else if let Some(take) = &self.logs {
            let record = event::record(event, fields);
            let trace_id = record.trace.map(|it| it.trace_id);
            match span::own_collector_of(trace_id) {
                // A test's capture, or a trace with a collector of its own.
                Some(collector) => collector.log(record),
                None => take(record),
            }
        } else {
            event::add_to_span(event, fields);
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !is_suppressed() {
            spans::open(attributes, id, &context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        spans::record(id, values, &context);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        spans::follows_from(id, follows, &context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        spans::enter(id, &context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        spans::exit(id, &context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        spans::close(&id, &context);
    }
}
