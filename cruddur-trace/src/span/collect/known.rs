//! Which collectors there are: the process's own, and those that a root named.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Collector, here};
use crate::record::TraceId;

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
    trace_id.and_then(named).or_else(here)
}
