//! What the shapes use to leave traces, and how a run is recorded.

use std::cell::RefCell;
use std::fmt::Debug;
#[allow(unused_imports, reason = "in the prelude since edition 2024")]
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use cruddur_trace::record::Outcome;
use cruddur_trace::testing;

/// One shape with what is expected of it.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// Names of the spans in the order of their beginning, `!` and the outcome after those that did
    /// not end well.
    pub spans: &'static str,
    pub run: fn() -> String,
}

pub const fn case(name: &'static str, spans: &'static str, run: fn() -> String) -> Case {
    Case { name, spans, run }
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Leaves a trace.
pub fn log(text: impl Into<String>) {
    let text = text.into();
    LOG.with_borrow_mut(|log| log.push(text));
}

/// Leaves a trace, and is the value.
pub fn seen<T: Debug>(value: T) -> T {
    log(format!("{value:?}"));
    value
}

/// Leaves a trace when dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct Dropped(pub &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        log(format!("drop {}", self.0));
    }
}

pub fn show(value: impl Debug) -> String {
    format!("{value:?}")
}

/// Drives a future to its end, each pending poll at once again.
pub fn run<F: Future>(future: F) -> F::Output {
    futures::executor::block_on(future)
}

/// Polls a future once and drops it.
pub fn poll_once<F: Future>(future: F) -> String {
    let mut future = Box::pin(future);
    let waker = futures::task::noop_waker();
    let poll = future.as_mut().poll(&mut std::task::Context::from_waker(&waker));
    format!("ready: {}", poll.is_ready())
}

pub const fn assert_send<T: Send>(value: T) -> T {
    value
}

/// What one run left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub value: Result<String, String>,
    pub log: Vec<String>,
}

/// Runs a case inside of a trace; gives what it left and the spans that it made.
pub fn record(case: Case) -> (Run, String) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| log(format!("panic at {}", info.location().unwrap()))));
    });
    LOG.take();
    let mut value = None;
    let captured = testing::capture(|| {
        value = Some(panic::catch_unwind(AssertUnwindSafe(case.run)));
    });
    let value = value.unwrap().map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
    });
    let names = captured.spans().into_iter().filter(|span| span.name != "capture").map(|span| {
        let outcome = match span.outcome {
            Outcome::Ok => "",
            Outcome::Error => "!error",
            Outcome::Panic => "!panic",
            Outcome::Cancelled => "!cancelled",
            Outcome::Unfinished => "!unfinished",
            _ => "!unknown",
        };
        format!("{}{outcome}", span.name)
    });
    let names: Vec<String> = names.collect();
    (Run { value, log: LOG.take() }, names.join(" "))
}
