//! What the intake and a sink's worker share; both live on the exporter thread.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::account::{Account, RecordKind};
use super::queue::{Pushed, SinkQueue};
use super::{Batch, HandOver, Loss};

/// One sink's queue and books, and the orders to its worker.
pub(super) struct Control {
    pub(super) queue: RefCell<SinkQueue>,
    pub(super) account: Arc<Account>,
    /// Work or orders have come.
    pub(super) wake: Notify,
    /// Everything below this sequence number is to leave at once.
    flush_below: Cell<u64>,
    flushes: Cell<u64>,
    deadline: Cell<Option<Instant>>,
    /// The oldest record in the worker's hands, by its sequence number.
    in_hands: Cell<Option<u64>>,
    settled: Notify,
    epoch: Instant,
    /// What stands before all sinks, and may lose records, too.
    hand_over: Option<Arc<HandOver>>,
}

impl Control {
    pub(super) fn new(queue: SinkQueue, account: Arc<Account>) -> Self {
        Self {
            queue: RefCell::new(queue),
            account,
            wake: Notify::new(),
            flush_below: Cell::new(0),
            flushes: Cell::new(0),
            deadline: Cell::new(None),
            in_hands: Cell::new(None),
            settled: Notify::new(),
            epoch: Instant::now(),
            hand_over: None,
        }
    }

    /// The same behind this hand-over.
    pub(super) fn behind(mut self, hand_over: Arc<HandOver>) -> Self {
        self.hand_over = Some(hand_over);
        self
    }

    /// Books what a push did, and wakes the worker.
    pub(super) fn book(&self, pushed: Pushed, kind: RecordKind) {
        self.account.accept_of(kind, pushed.accepted);
        if pushed.dropped > 0 {
            let [spans, logs, reports] = pushed.dropped_of;
            self.account.lose_of(Loss::QueueFull, [spans, logs, reports, 0]);
        }
        if pushed.accepted > 0 {
            self.wake.notify_one();
        }
    }

    /// Log records that were lost because something could not keep up.
    pub(super) fn overrun_logs(&self) -> u64 {
        let stats = self.account.stats();
        let before = self
            .hand_over
            .as_ref()
            .map_or(0, |it| it.account().kind(RecordKind::Logs).lost[Loss::HandOverFull as usize]);
        stats.lost_to(Loss::QueueFull) + stats.lost_to(Loss::RetriesExhausted) + before
    }

    /// How many flushes there have been: each cuts a wait short once.
    pub(super) fn flushes(&self) -> u64 {
        self.flushes.get()
    }

    /// When all is over, once a shutdown has begun.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Gives the worker a batch: what is in its hands has not left before it is settled.
    pub(super) fn take_batch(&self) -> Batch {
        let mut queue = self.queue.borrow_mut();
        self.in_hands.set(queue.oldest_sequence());
        queue.take_batch(self.now())
    }

    /// What was in the worker's hands has found its end.
    pub(super) fn settle(&self) {
        self.in_hands.set(None);
        self.settled.notify_waiters();
    }

    /// A time of the queue's clock on tokio's.
    pub(super) fn instant(&self, time: Duration) -> Instant {
        later(self.epoch, time)
    }

    /// The queue's clock: since this sink began.
    pub(super) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Sends what is there now, and cuts a running backoff short. Gives a mark to wait for.
    pub(super) fn begin_flush(&self) -> u64 {
        let mark = self.queue.borrow().next_sequence();
        self.flush_below.set(mark);
        self.flushes.set(self.flushes.get() + 1);
        self.wake.notify_one();
        mark
    }

    /// As a flush; what has not left by then is counted as lost, and the worker ends.
    pub(super) fn begin_shutdown(&self, deadline: Instant) {
        self.deadline.set(Some(deadline));
        self.begin_flush();
    }

    /// Waits until everything below the mark has left, one way or another.
    pub(super) async fn flushed(&self, mark: u64) {
        while !self.is_flushed(mark) {
            self.settled.notified().await;
        }
    }

    /// Whatever came since may be on its way: while records keep coming, something always is.
    pub(super) fn is_flushed(&self, mark: u64) -> bool {
        let oldest = [self.in_hands.get(), self.queue.borrow().oldest_sequence()];
        oldest.into_iter().flatten().all(|oldest| oldest >= mark)
    }

    pub(super) fn is_due(&self) -> bool {
        let queue = self.queue.borrow();
        let flushing = queue.oldest_sequence().is_some_and(|it| it < self.flush_below.get());
        flushing || queue.due().is_some_and(|due| due <= self.now())
    }
}

/// The moment so long after another; a wait without end is one of thirty years, since a moment that
/// no clock will show can't be said.
pub(super) fn later(from: Instant, wait: Duration) -> Instant {
    const WITHOUT_END: Duration = Duration::from_secs(30 * 365 * 86_400);
    from + wait.min(WITHOUT_END)
}
