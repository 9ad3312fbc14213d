//! cruddur-trace beside its peers, in one run.
//!
//! Each binary of `src/bin` measures one row of the table; `cargo xtask bench` runs them all. Time is
//! the CPU time of the measuring thread, so that other load on the machine and the peers' own
//! exporter threads don't count; figures are medians over rounds in which all variants take turns.
//! Each variant counts the spans and attributes that came out, and a run in which any is missing
//! fails.

pub mod calls;
pub mod count;
pub mod machine;
pub mod measure;
pub mod peers;
pub mod plot;
pub mod receiver;
pub mod records;
pub mod results;
pub mod settings;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a future until it is ready, without a runtime: a wake-up is taken for granted.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Is pending once.
pub async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
