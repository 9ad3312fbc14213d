//! Where arenas come from and where they go.
//!
//! A process has one collector, the pipeline; a root may name another (a test's capture, a telemetry
//! of its own). Spans that outlive or leave their root find the named one again by their trace id.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::arena::{Arena, FailedFrame};
use super::context::RootStart;
use super::current::Mode;
use super::failure::FailedRoot;
use crate::errors::PendingReport;
use crate::record::{Callsite, LogRecord, Outcome, Sampling, TraceId, TraceLink};

/// Part of a trace on its way to be turned into span records by [`super::Assembler`].
///
/// Dropping it gives the buffer back, so that a later request need not allocate one.
#[derive(Debug)]
pub struct Piece(Option<Box<Arena>>);

impl Piece {
    pub(crate) fn new(arena: Box<Arena>) -> Self {
        Self(Some(arena))
    }

    pub(crate) fn arena(&mut self) -> &mut Arena {
        self.0.as_mut().expect("only dropping takes the arena")
    }

    fn as_arena(&self) -> &Arena {
        self.0.as_ref().expect("only dropping takes the arena")
    }

    /// Whether something in it failed: such pieces are dropped last.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        !self.as_arena().failed.is_empty()
    }

    /// How many spans it holds, finished or open.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.as_arena().records.len()
    }

    /// The trace that it is part of.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.as_arena().trace_id
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(arena) = self.0.take() {
            recycle(arena);
        }
    }
}

/// Takes what was recorded. Called on the threads that run requests: it must not block.
pub trait Collector: Send + Sync + 'static {
    /// Takes a part of a trace; what can't be kept is counted there.
    fn hand_over(&self, piece: Piece);

    /// Decides what becomes of a trace that starts here and that nobody decided on yet.
    fn sample(&self, root: &RootStart<'_>) -> Sampling;

    /// A root outside of any request, or a task that left its request, ended in an error or a
    /// panic. By default, that is reported.
    fn root_failed(&self, root: &FailedRoot<'_>) {
        if let Some(report) = crate::errors::report_root(root) {
            self.report(report);
        }
    }

    /// Whether it is the process's own by another name: then the process's sampler decides, and what
    /// comes late, apart from its root, goes to the process's own. `false` by default.
    fn is_of_process(&self) -> bool {
        false
    }

    /// Whether it does anything with reports.
    fn takes_reports(&self) -> bool {
        false
    }

    /// Takes a log record. Does nothing by default.
    fn log(&self, _log: LogRecord) {}

    /// Takes a report of a failure. Does nothing by default.
    fn report(&self, _report: PendingReport) {}

    /// Waits until the reports that it took have left, at most this long: the process is about to
    /// abort. Does nothing by default.
    fn flush_reports(&self, _limit: Duration) {}
}

impl fmt::Debug for dyn Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

static GLOBAL: OnceLock<Arc<dyn Collector>> = OnceLock::new();

/// Makes `collector` the process's own. `false`, and nothing changes, if there is one already.
pub fn install_collector(collector: Arc<dyn Collector>) -> bool {
    GLOBAL.set(collector).is_ok()
}

pub(crate) fn global() -> Option<&'static Arc<dyn Collector>> {
    GLOBAL.get()
}

/// Collectors that were named by a root, by trace: only looked at while there are any.
static NAMED: Mutex<Named> = Mutex::new(Named { by_trace: None, order: VecDeque::new() });
static NAMED_COUNT: AtomicUsize = AtomicUsize::new(0);

/// How many traces with a collector of their own are remembered for spans that come late.
const MAX_NAMED: usize = 65_536;

struct Named {
    by_trace: Option<HashMap<TraceId, Arc<dyn Collector>>>,
    order: VecDeque<TraceId>,
}

/// Lets spans of this trace that lose sight of their root find its collector.
pub(crate) fn name_collector(trace_id: TraceId, collector: &Arc<dyn Collector>) {
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    let by_trace = named.by_trace.get_or_insert_default();
    if by_trace.insert(trace_id, Arc::clone(collector)).is_none() {
        named.order.push_back(trace_id);
    }
    if named.order.len() > MAX_NAMED
        && let Some(oldest) = named.order.pop_front()
        && let Some(by_trace) = &mut named.by_trace
    {
        by_trace.remove(&oldest);
    }
    NAMED_COUNT.store(named.order.len(), Ordering::Relaxed);
}

/// Whether somebody takes spans of this trace.
pub(crate) fn is_taken(trace_id: TraceId) -> bool {
    global().is_some() || named(trace_id).is_some()
}

/// The collector that the root of this trace named, if it named one.
pub(crate) fn named(trace_id: TraceId) -> Option<Arc<dyn Collector>> {
    if NAMED_COUNT.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    named.by_trace.as_ref()?.get(&trace_id).cloned()
}

/// Who takes what belongs to this trace: its own collector, else this thread's capture, else the
/// process's.
pub(crate) fn collector_of(trace_id: Option<TraceId>) -> Option<Arc<dyn Collector>> {
    own_collector_of(trace_id).or_else(|| global().cloned())
}

/// The same without the process's.
pub(crate) fn own_collector_of(trace_id: Option<TraceId>) -> Option<Arc<dyn Collector>> {
    trace_id.and_then(named).or_else(crate::testing::current_collector)
}

/// Sends an arena off; with nobody to take it, it is recycled.
pub(crate) fn hand_over(mut arena: Box<Arena>) {
    if arena.is_empty() {
        return recycle(arena);
    }
    arena.release_scope();
    if let Some(collector) = arena.collector.take().or_else(|| named(arena.trace_id)) {
        collector.hand_over(Piece::new(arena));
    } else if let Some(collector) = global() {
        collector.hand_over(Piece::new(arena));
    } else {
        recycle(arena);
    }
}

/// Tells the collector of a root of `#[observe]` that failed.
#[inline]
pub(crate) fn report_failed_root(arena: &Arena, callsite: &'static Callsite, outcome: Outcome) {
    if !arena.failed.is_empty() || outcome == Outcome::Panic {
        tell_failed_root(arena, callsite, outcome);
    }
}

#[cold]
fn tell_failed_root(arena: &Arena, callsite: &'static Callsite, outcome: Outcome) {
    let collector = arena.collector.clone().or_else(|| named(arena.trace_id));
    let Some(collector) = collector.as_ref().or_else(|| global()) else { return };
    let failure = arena.failure();
    let is_own = |frame: &FailedFrame| frame.index == 0;
    if outcome != Outcome::Panic && arena.mode == Mode::Record && !arena.failed.iter().any(is_own) {
        return;
    }
    collector.root_failed(&FailedRoot {
        link: link_of(arena, 0),
        callsite: Some(callsite),
        failure: &failure,
        scope: arena.scope().map(|scope| &**scope),
        is_panic: outcome == Outcome::Panic,
    });
}

fn link_of(arena: &Arena, index: u32) -> TraceLink {
    let (trace_id, span_id, trace_flags) = (arena.trace_id, arena.span_id(index), arena.flags());
    TraceLink { trace_id, span_id, trace_flags }
}

/// Tells the collector of a panic that ended work apart from its root (a spawned task, say): there
/// is nobody further out who will.
#[cold]
pub(crate) fn report_panic_apart(arena: &Arena, callsite: Option<&'static Callsite>) {
    let collector = arena.collector.clone().or_else(|| collector_of(Some(arena.trace_id)));
    let Some(collector) = collector else { return };
    collector.root_failed(&FailedRoot {
        link: link_of(arena, arena.own_index()),
        callsite,
        failure: &arena.failure(),
        scope: arena.scope().map(|scope| &**scope),
        is_panic: true,
    });
}

/// Tells the collector of a failure that was asked to be reported whatever becomes of it.
#[cold]
pub(crate) fn report_recovered(arena: &Arena, callsite: &'static Callsite, index: u32) {
    let collector = arena.collector.clone().or_else(|| collector_of(Some(arena.trace_id)));
    let (Some(collector), Some(failure)) = (collector, arena.failure_in(callsite, index)) else {
        return;
    };
    collector.root_failed(&FailedRoot {
        link: link_of(arena, index),
        callsite: Some(callsite),
        failure: &failure,
        scope: arena.scope().map(|scope| &**scope),
        is_panic: false,
    });
}

/// Empty arenas a thread keeps.
const MAX_CACHED: usize = 32;
/// Empty arenas that wait for a thread to want them.
const MAX_RETURNED: usize = 4_096;

thread_local! {
    #[expect(clippy::vec_box, reason = "an arena changes hands without being copied")]
    static CACHE: RefCell<Vec<Box<Arena>>> = const { RefCell::new(Vec::new()) };
}

#[expect(clippy::vec_box, reason = "an arena changes hands without being copied")]
static RETURNED: Mutex<Vec<Box<Arena>>> = Mutex::new(Vec::new());

/// An empty arena for this trace: a recycled one if there is one.
pub(crate) fn take(trace_id: TraceId) -> Box<Arena> {
    let cached = CACHE.try_with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.is_empty()
            && let Ok(mut returned) = RETURNED.try_lock()
        {
            let from = returned.len().saturating_sub(MAX_CACHED);
            cache.extend(returned.drain(from..));
        }
        cache.pop()
    });
    match cached.ok().flatten() {
        Some(mut arena) => {
            arena.reset(trace_id);
            arena
        }
        None => Box::new(Arena::new(trace_id)),
    }
}

/// Takes back an arena whose content is no longer needed.
pub(crate) fn recycle(mut arena: Box<Arena>) {
    if arena.is_oversized() {
        return;
    }
    arena.clear();
    let cached = CACHE.try_with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.len() < MAX_CACHED {
            cache.push(arena);
            return None;
        }
        Some(arena)
    });
    if let Ok(Some(arena)) = cached
        && let Ok(mut returned) = RETURNED.lock()
        && returned.len() < MAX_RETURNED
    {
        returned.push(arena);
    }
}

/// Gives all arenas that this thread keeps to whoever wants one. The exporter thread, which only
/// ever returns arenas, calls it after each round.
pub fn share_recycled() {
    CACHE.with_borrow_mut(|cache| {
        if let Ok(mut returned) = RETURNED.lock() {
            let room = MAX_RETURNED.saturating_sub(returned.len()).min(cache.len());
            returned.extend(cache.drain(..room));
        }
    });
}
