//! logfire, which sends nothing to its service, with a processor that counts.
//!
//! It brings an OpenTelemetry SDK of its own, one version behind.

use std::sync::Arc;
use std::time::Duration;

use logfire::config::SendToLogfire;
use opentelemetry_sdk_logfire::error::OTelSdkResult;
use opentelemetry_sdk_logfire::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter,
};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::count::Count;
use crate::settings::{OTEL_EXPORT_BATCH, OTEL_QUEUE};

#[derive(Clone, Debug, Default)]
struct Counting(Arc<Count>);

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // It exports a placeholder when a span begins, too.
        let is_pending = |span: &SpanData| {
            span.attributes.iter().any(|it| {
                it.key.as_str() == "logfire.span_type" && it.value.as_str() == "pending_span"
            })
        };
        let spans = batch.iter().filter(|span| !is_pending(span)).count();
        let attributes: usize = batch.iter().map(|span| span.attributes.len()).sum();
        self.0.add(spans as u64, attributes as u64);
        Ok(())
    }
}

/// It may be configured once a process.
pub struct Installed {
    logfire: logfire::Logfire,
    dispatch: Dispatch,
    /// What came out.
    pub count: Arc<Count>,
}

/// Configures logfire.
#[must_use]
pub fn install() -> Installed {
    let counting = Counting::default();
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(OTEL_QUEUE)
        .with_max_export_batch_size(OTEL_EXPORT_BATCH)
        .with_scheduled_delay(Duration::from_secs(1))
        .build();
    let processor = BatchSpanProcessor::builder(counting.clone()).with_batch_config(config).build();
    let logfire = logfire::configure()
        .local()
        .send_to_logfire(SendToLogfire::No)
        .with_console(None)
        .with_metrics(None)
        .with_install_panic_handler(false)
        .with_additional_span_processor(processor)
        .finish()
        .expect("a configuration");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(logfire.tracing_layer()));
    Installed { logfire, dispatch, count: counting.0 }
}

impl Installed {
    /// Runs `work` under its subscriber.
    pub fn run(&self, work: impl FnOnce()) {
        let _guard = logfire::set_local_logfire(self.logfire.clone());
        tracing::dispatcher::with_default(&self.dispatch, work);
    }

    /// Waits until everything so far is counted.
    pub fn settle(&self) {
        self.logfire.force_flush().expect("the flush");
    }
}
