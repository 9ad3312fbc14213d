//! The OpenTelemetry SDK used directly.

use std::sync::Arc;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};

use crate::count::Count;
use crate::settings::{OTEL_EXPORT_BATCH, OTEL_QUEUE};

/// Counts what it is given.
#[derive(Clone, Debug, Default)]
pub struct Counting(pub Arc<Count>);

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let attributes: usize = batch.iter().map(|span| span.attributes.len()).sum();
        self.0.add(batch.len() as u64, attributes as u64);
        Ok(())
    }
}

/// A provider with a batch processor whose queue holds a whole batch of a benchmark.
#[must_use]
pub fn provider(exporter: impl SpanExporter + 'static, sampler: Sampler) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(OTEL_QUEUE)
        .with_max_export_batch_size(OTEL_EXPORT_BATCH)
        .build();
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor).with_sampler(sampler).build()
}
