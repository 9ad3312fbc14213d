//! The bridge under a subscriber of its own, in captured traces.

mod events;
#[cfg(feature = "mirror")]
mod mirror;
mod spans;
mod terminal;

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::Registry;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use super::TracingLayer;
use crate::record::{LogRecord, SpanId, TraceFlags, TraceId};
use crate::span::RemoteParent;
use crate::testing::{self, Captured};

/// Runs `run` in a captured trace under a subscriber whose events become log records.
fn with_logs(run: impl FnOnce()) -> (Captured, Vec<LogRecord>) {
    let layer = testing::tracing_layer().with_db_system("sqlite");
    let subscriber = tracing_subscriber::registry().with(layer);
    let captured = tracing::subscriber::with_default(subscriber, || testing::capture(run));
    let lines = captured.logs().to_vec();
    (captured, lines)
}

/// The same where no logs exporter is on.
fn with_span_events(run: impl FnOnce()) -> Captured {
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new());
    tracing::subscriber::with_default(subscriber, || testing::capture(run))
}

fn remote() -> RemoteParent {
    RemoteParent::new(
        TraceId::new(0xabc).expect("not zero"),
        SpanId::new(0xdef).expect("not zero"),
        TraceFlags::SAMPLED,
    )
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What `layer` writes of `run`, and the capture.
fn written<L>(make: impl FnOnce(Written) -> L, run: impl FnOnce()) -> (String, Captured)
where
    L: tracing_subscriber::Layer<Registry> + Send + Sync,
{
    let written = Written::default();
    let subscriber = Registry::default().with(make(written.clone()));
    let captured = tracing::subscriber::with_default(subscriber, || testing::capture(run));
    let bytes = written.0.lock().expect("no panic").clone();
    (String::from_utf8(bytes).expect("text"), captured)
}
