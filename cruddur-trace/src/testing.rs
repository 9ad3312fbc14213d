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

use std::cell::RefCell;
use std::fmt::Write as _;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::errors::{ErrorReport, PendingReport, scrubber};
use crate::record::{
    Callsite, Fragment, Outcome, Sampling, SpanId, SpanKind, SpanRecord, UnixNanos, clock,
};
use crate::span::{Assembler, Collector, Piece, Root, RootOptions, RootStart};

/// The root that a capture opens around the code under test.
static CAPTURE: Callsite =
    Callsite::new("capture", "capture", "cruddur_trace::testing", file!(), line!()).without_now();

/// How many captures are open anywhere: only while there are any is the thread-local looked at.
static OPEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HERE: RefCell<Option<Arc<Store>>> = const { RefCell::new(None) };
}

/// The capture that roots started on this thread belong to.
pub(crate) fn current_collector() -> Option<Arc<dyn Collector>> {
    if OPEN.load(Ordering::Relaxed) == 0 {
        return None;
    }
    HERE.with_borrow(|here| here.clone().map(|store| store as Arc<dyn Collector>))
}

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

/// A capture with settings.
#[derive(Debug)]
pub struct Capture {
    store: Arc<Store>,
    with_root: bool,
    sampling: Sampling,
}

impl Capture {
    /// A capture whose root is decided on as given.
    #[must_use]
    pub fn new(sampling: Sampling) -> Self {
        OPEN.fetch_add(1, Ordering::Relaxed);
        let store = Store { sampling: sampling.clone(), taken: Mutex::default() };
        Self { store: Arc::new(store), with_root: true, sampling }
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
        let here = Here::enter(&self.store);
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
            reports: std::mem::take(&mut taken.reports),
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
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

    fn report(&self, report: PendingReport) {
        let mut report = report.resolve();
        scrubber().report(&mut report);
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).reports.push(report);
    }
}

/// Makes a capture this thread's own until dropped.
struct Here(Option<Arc<Store>>);

impl Here {
    fn enter(store: &Arc<Store>) -> Self {
        Self(HERE.with_borrow_mut(|here| here.replace(Arc::clone(store))))
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let before = self.0.take();
        HERE.with_borrow_mut(|here| *here = before);
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
        let _here = Here::enter(store);
        match root {
            Some(root) => root.enter(|| future.as_mut().poll(context)),
            None => future.as_mut().poll(context),
        }
    }
}

/// What was captured.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    fragments: Vec<Fragment>,
    reports: Vec<ErrorReport>,
}

impl Captured {
    /// The fragments as they were handed over.
    #[must_use]
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }

    /// Error reports, scrubbed as they would leave; panics are among them once
    /// [`install_panic_hook`](crate::errors::install_panic_hook) was called.
    #[must_use]
    pub fn reports(&self) -> &[ErrorReport] {
        &self.reports
    }

    /// All spans but the capture's own root, by the time of their beginning.
    #[must_use]
    pub fn spans(&self) -> Vec<&SpanRecord> {
        let mut spans: Vec<_> = self.all().filter(|span| !is_capture(span)).collect();
        spans.sort_by_key(|span| span.start);
        spans
    }

    fn all(&self) -> impl Iterator<Item = &SpanRecord> {
        self.fragments.iter().flat_map(|fragment| &fragment.spans)
    }

    /// The capture's own root.
    ///
    /// # Panics
    /// If it has none: nothing was sampled, or it was made without one.
    #[must_use]
    pub fn root(&self) -> &SpanRecord {
        self.all().find(|span| is_capture(span)).expect("a capture with a root")
    }

    /// The only span of this name.
    ///
    /// # Panics
    /// If there is none, or more than one; the message shows the tree.
    #[must_use]
    pub fn span(&self, name: &str) -> &SpanRecord {
        let mut found = self.all().filter(|span| span.name == name);
        match (found.next(), found.next()) {
            (Some(span), None) => span,
            (first, _) => {
                let what = if first.is_none() { "no span" } else { "more than one span" };
                panic!("{what} is called {name:?} in\n{}", self.tree());
            }
        }
    }

    /// The spans as an indented text without ids and times, for snapshots:
    ///
    /// ```text
    /// get-activities app.result_length=4
    ///   select activities (client) error="no such table"
    /// ```
    ///
    /// Children stand in the order of their beginning; `app.now` is left out.
    #[must_use]
    pub fn tree(&self) -> String {
        let spans = self.spans();
        let known = |id: Option<SpanId>| spans.iter().any(|span| Some(span.span_id) == id);
        let mut text = String::new();
        for span in spans.iter().filter(|span| !known(span.parent_id)) {
            write_tree(&mut text, &spans, span, 0);
        }
        text
    }
}

fn is_capture(span: &SpanRecord) -> bool {
    std::ptr::eq(span.callsite, &raw const CAPTURE)
}

fn write_tree(text: &mut String, spans: &[&SpanRecord], span: &SpanRecord, depth: usize) {
    let _ = write!(text, "{:indent$}{}", "", span.name, indent = depth * 2);
    if span.kind != SpanKind::Internal {
        let _ = write!(text, " ({})", format!("{:?}", span.kind).to_lowercase());
    }
    if span.outcome != Outcome::Ok {
        let _ = write!(text, " [{}]", format!("{:?}", span.outcome).to_lowercase());
    }
    for attribute in span.attributes.iter().filter(|it| it.key != "app.now") {
        let _ = write!(text, " {}={}", attribute.key, attribute.value);
    }
    if let Some(error) = &span.error {
        let _ = write!(text, " error={:?}", error.message);
    }
    for event in &span.events {
        let _ = write!(text, " event={}", event.name);
    }
    text.push('\n');
    for child in spans.iter().filter(|child| child.parent_id == Some(span.span_id)) {
        write_tree(text, spans, child, depth + 1);
    }
}

/// Makes the ids that this thread gives out repeatable until the guard is dropped.
#[must_use = "ids are random again once the guard is dropped"]
pub fn fix_ids(seed: u64) -> FixedIds {
    FixedIds(crate::span::fix_random(seed))
}

/// Ids of this thread are repeatable while this lives.
#[derive(Debug)]
pub struct FixedIds(crate::span::RandomState);

impl Drop for FixedIds {
    fn drop(&mut self) {
        crate::span::restore_random(std::mem::take(&mut self.0));
    }
}

/// Stops the clock that spans are timed by, for the whole process, if nothing has read it yet; says
/// whether it did. For counting instructions where reading the time is emulated.
pub fn freeze_clock() -> bool {
    clock::freeze()
}

/// Times the spans of a fragment by their order: the first begins at `start`, and each beginning and
/// end is a millisecond after the one before. For snapshots that show times.
pub fn fix_times(fragment: &mut Fragment, start: UnixNanos) {
    let mut moments: Vec<(UnixNanos, usize, bool)> = Vec::new();
    for (index, span) in fragment.spans.iter().enumerate() {
        moments.push((span.start, index, false));
        moments.push((span.end, index, true));
    }
    moments.sort_by_key(|&(time, index, is_end)| {
        // Of equal times, spans begin outside in and end inside out.
        (time, is_end, if is_end { usize::MAX - index } else { index })
    });
    for (step, (_, index, is_end)) in moments.into_iter().enumerate() {
        let time = UnixNanos(start.0 + step as u64 * 1_000_000);
        let span = &mut fragment.spans[index];
        if is_end {
            span.end = time;
            for event in &mut span.events {
                event.time = event.time.min(time);
            }
        } else {
            span.start = time;
            let now = span.attributes.iter_mut().find(|it| it.key == "app.now");
            if let Some(now) = now {
                now.value = time.to_string().into();
            }
        }
    }
}
