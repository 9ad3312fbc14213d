//! A thread's own collector: a test's capture.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Collector;

/// How many captures are open anywhere: only while there are any is the thread-local looked at.
static OPEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HERE: RefCell<Option<Arc<dyn Collector>>> = const { RefCell::new(None) };
}

/// Who takes the roots that are started on this thread, if that is not the process's collector.
pub(crate) fn here() -> Option<Arc<dyn Collector>> {
    if OPEN.load(Ordering::Relaxed) == 0 {
        return None;
    }
    HERE.with_borrow(Clone::clone)
}

/// Threads may have a collector of their own while there is one of these.
#[derive(Debug)]
pub(crate) struct Open(());

impl Open {
    pub(crate) fn new() -> Self {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// This thread has a collector of its own until this is dropped; then again the one before.
pub(crate) struct Here(Option<Arc<dyn Collector>>);

impl Here {
    pub(crate) fn enter(collector: Arc<dyn Collector>) -> Self {
        Self(HERE.with_borrow_mut(|here| here.replace(collector)))
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let before = self.0.take();
        HERE.with_borrow_mut(|here| *here = before);
    }
}
