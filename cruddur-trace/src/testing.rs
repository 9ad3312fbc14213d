//! Captures what a test records, so that tests which run in parallel never see each other's.
//!
//! ```
//! use cruddur_trace::testing;
//!
//! # use cruddur_trace::record::Callsite;
//! static CALLSITE: Callsite = Callsite::new("work", "app::work", "app", "src/lib.rs", 1);
//! let captured = testing::capture(|| cruddur_trace::span::set_attribute("seen", true));
//! assert_eq!(captured.root().attribute("seen"), Some(&true.into()));
//! ```
//!
//! Spans, log records and error reports belong to the capture whose trace they are part of, on
//! whatever thread, and else to the one that is open on their thread.

mod captured;
mod fixed;

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

pub use captured::Captured;
pub use fixed::{FixedIds, fix_ids, fix_times, freeze_clock};

use crate::errors::{ErrorReport, PendingReport, scrubber};
use crate::record::{Callsite, Fragment, LogRecord, Outcome, Sampling, clock};
use crate::span::{Assembler, Collector, Here, Open, Piece, Root, RootOptions, RootStart};

/// The root that a capture opens around the code under test.
static CAPTURE: Callsite =
    Callsite::new("capture", "capture", "cruddur_trace::testing", file!(), line!()).without_now();

/// Runs `run` inside of a trace of its own and gives the spans that it recorded.
///
/// Spans of tasks that are still running when `run` returns are not waited for.
pub fn capture<R>(run: impl FnOnce() -> R) -> Captured {
    Capture::new(Sampling::ALWAYS).run(run).0
}

/// The same for a future, which is awaited.
pub async fn capture_async<F: Future>(future: F) -> Captured {
    Capture::new(Sampling::ALWAYS).run_async(future).await.0
}

/// A layer whose events become log records of the capture that they happen in
/// ([`Captured::logs`]), and whose spans join its trace; elsewhere events are dropped.
///
/// ```
/// use cruddur_trace::testing;
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry().with(testing::tracing_layer());
/// let captured = tracing::subscriber::with_default(subscriber, || {
///     testing::capture(|| tracing::info!(count = 4, "get home activities"))
/// });
/// assert_eq!(captured.logs()[0].body, "get home activities");
/// assert_eq!(captured.logs()[0].trace.map(|it| it.span_id), Some(captured.root().span_id));
/// ```
#[cfg(feature = "tracing")]
#[must_use]
pub fn tracing_layer() -> crate::bridge::tracing::TracingLayer {
    // The layer gives a record to its capture by itself; what comes here is in none.
    crate::bridge::tracing::TracingLayer::new().with_logs(Arc::new(drop))
}

/// A capture with settings.
#[derive(Debug)]
pub struct Capture {
    store: Arc<Store>,
    with_root: bool,
    sampling: Sampling,
    #[expect(dead_code, reason = "it counts for as long as it lives")]
    open: Open,
}

impl Capture {
    /// A capture whose root is decided on as given.
    #[must_use]
    pub fn new(sampling: Sampling) -> Self {
        let store = Store { sampling: sampling.clone(), taken: Mutex::default() };
        Self { store: Arc::new(store), with_root: true, sampling, open: Open::new() }
    }

    /// The same without a root of its own: only traces that the code itself starts are captured.
    #[must_use]
    pub const fn without_root(mut self) -> Self {
        self.with_root = false;
        self
    }

    /// The collector, for a [`RootOptions`] of the test's own.
    #[must_use]
    pub fn collector(&self) -> Arc<dyn Collector> {
        Arc::clone(&self.store) as Arc<dyn Collector>
    }

    /// Runs `run` and gives what was captured, and what `run` returned.
    pub fn run<R>(self, run: impl FnOnce() -> R) -> (Captured, R) {
        let mut root = self.start_root();
        let here = Here::enter(self.collector());
        let result = match &mut root {
            Some(root) => root.enter(run),
            None => run(),
        };
        drop(here);
        self.finish(root, result)
    }

    /// The same for a future, which is awaited.
    pub async fn run_async<F: Future>(self, future: F) -> (Captured, F::Output) {
        let root = self.start_root();
        let mut polled = InCapture { future: pin!(future), store: &self.store, root };
        let result = (&mut polled).await;
        let root = polled.root.take();
        self.finish(root, result)
    }

    fn start_root(&self) -> Option<Root> {
        self.with_root.then(|| {
            let mut options = RootOptions::new(&CAPTURE);
            options.collector = Some(self.collector());
            options.sampling = Some(self.sampling.clone());
            Root::start(options)
        })
    }

    fn finish<R>(self, root: Option<Root>, result: R) -> (Captured, R) {
        if let Some(root) = root {
            root.end(Outcome::Ok);
        }
        (self.captured(), result)
    }

    /// What was captured so far; spans that have not ended are among them as unfinished.
    #[must_use]
    pub fn captured(&self) -> Captured {
        let mut taken = self.store.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let late = taken.assembler.finish(clock::now());
        taken.fragments.extend(late);
        Captured {
            fragments: std::mem::take(&mut taken.fragments),
            logs: std::mem::take(&mut taken.logs),
            reports: std::mem::take(&mut taken.reports),
        }
    }
}

#[derive(Debug)]
struct Store {
    sampling: Sampling,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    assembler: Assembler,
    fragments: Vec<Fragment>,
    logs: Vec<LogRecord>,
    reports: Vec<ErrorReport>,
}

impl Collector for Store {
    fn hand_over(&self, piece: Piece) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let fragment = taken.assembler.take(piece, clock::now());
        taken.fragments.extend(fragment);
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        self.sampling.clone()
    }

    fn takes_reports(&self) -> bool {
        true
    }

    fn log(&self, log: LogRecord) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).logs.push(log);
    }

    fn report(&self, report: PendingReport) {
        let mut report = report.resolve();
        scrubber().report(&mut report);
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).reports.push(report);
    }
}

struct InCapture<'a, F> {
    future: Pin<&'a mut F>,
    store: &'a Arc<Store>,
    root: Option<Root>,
}

impl<F: Future> Future for &mut InCapture<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let InCapture { future, store, root } = &mut **self;
        let _here = Here::enter(Arc::clone(store) as Arc<dyn Collector>);
        match root {
            Some(root) => root.enter(|| future.as_mut().poll(context)),
            None => future.as_mut().poll(context),
        }
    }
}
