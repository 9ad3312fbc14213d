//! The exporter thread: per sink a queue, batches, retries and an account.

mod sink;

pub(crate) use sink::{Batch, Delivered, Encoded, Loss, Outgoing, SendError, Signals, Sink};
