//! The terminal sink (`OTEL_TRACES_EXPORTER=console`): span trees and log lines on standard output.
//!
//! [`tree`] renders, this writes. For eyes, not for machines: nothing is promised of its form.

mod tree;

use std::io::Write as _;
use std::sync::Arc;

use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::UnixNanos;

/// Writes to standard output.
pub(crate) struct Terminal {
    traces: bool,
    logs: bool,
}

impl Terminal {
    pub(crate) const fn new(traces: bool, logs: bool) -> Self {
        Self { traces, logs }
    }
}

impl Sink for Terminal {
    type Request = Arc<str>;

    fn name(&self) -> &'static str {
        "terminal"
    }

    fn signals(&self) -> Signals {
        Signals { otlp_spans: self.traces, logs: self.logs, ..Signals::default() }
    }

    fn encode(&mut self, batch: Batch, _: UnixNanos) -> Encoded<Arc<str>> {
        let mut text = String::new();
        let mut records = 0;
        for fragment in &batch.fragments {
            tree::fragment(&mut text, fragment);
            records += fragment.spans.len() as u64;
        }
        for log in &batch.logs {
            tree::log(&mut text, log);
            records += 1;
        }
        let request = (records > 0).then(|| Outgoing { request: Arc::from(text), records });
        Encoded { requests: request.into_iter().collect(), refused: Vec::new() }
    }

    async fn send(&mut self, request: &Arc<str>) -> Result<Delivered, SendError> {
        let text = Arc::clone(request);
        // Standard output may be a pipe that nobody reads; the other sinks go on meanwhile.
        let written = tokio::task::spawn_blocking(move || {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        match written.await {
            Ok(Ok(())) => Ok(Delivered::default()),
            Ok(Err(error)) => Err(SendError::Refused { cause: error.to_string() }),
            Err(error) => Err(SendError::Refused { cause: error.to_string() }),
        }
    }
}
