//! The way from the handlers to the exporter thread: bounded, and never blocking.
//!
//! A push costs a compare-and-swap. The exporter is woken once per round, not once per push: it
//! says when it goes to sleep, and only the first push after that wakes it; then it lets records
//! gather, until so many have come that it must not wait any longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_queue::ArrayQueue;
use tokio::sync::Notify;

use super::account::{Account, RecordKind};
use super::{Loss, SinkStats};
use crate::errors::PendingReport;
use crate::record::{Fragment, LogRecord, Resource, Severity};
use crate::span::Piece;

/// Reports that wait at most: they are few.
const MAX_REPORTS: usize = 1_024;

/// Log records up to this size are bounded by their number alone; larger ones by their bytes, too.
const SMALL_LOG_BYTES: usize = 4_096;

/// Bytes of large log records that wait at most.
const MAX_LARGE_LOG_BYTES: usize = 32 * 1024 * 1024;

/// So many records after one another wake an exporter that lets records gather.
const CROWD: u64 = 1_024;

/// What handlers push into and the exporter drains.
pub(crate) struct HandOver {
    good: ArrayQueue<Handed>,
    /// Failures have a queue of their own, which successes can't fill.
    failed: ArrayQueue<Handed>,
    low_logs: ArrayQueue<Arc<LogRecord>>,
    /// Warnings and errors.
    high_logs: ArrayQueue<Arc<LogRecord>>,
    reports: ArrayQueue<PendingReport>,
    /// Of log records that are not small.
    large_log_bytes: AtomicUsize,
    account: Account,
    /// The exporter sleeps, and wants to be woken.
    sleeping: AtomicBool,
    /// The exporter is gone: nothing is taken any more.
    closed: AtomicBool,
    wake: Notify,
}

/// Spans on their way.
pub(super) enum Handed {
    /// As the core recorded them.
    Piece(Piece),
    /// The same, of another service than the process's own.
    PieceOf(Piece, Arc<Resource>),
    /// Ready made: from a bridge or a relay.
    Fragment(Box<Fragment>),
}

impl Handed {
    pub(super) fn spans(&self) -> u64 {
        match self {
            Self::Piece(piece) | Self::PieceOf(piece, _) => piece.spans() as u64,
            Self::Fragment(fragment) => fragment.spans.len() as u64,
        }
    }
}

/// How many items of each queue are still to be taken.
pub(super) struct Waiting {
    failed: usize,
    good: usize,
    high_logs: usize,
    low_logs: usize,
    reports: usize,
}

impl Waiting {
    /// Whatever is there.
    pub(super) const ANY: Self = Self {
        failed: usize::MAX,
        good: usize::MAX,
        high_logs: usize::MAX,
        low_logs: usize::MAX,
        reports: usize::MAX,
    };
}

/// One round's worth.
#[derive(Default)]
pub(super) struct Drained {
    pub(super) spans: Vec<Handed>,
    pub(super) logs: Vec<Arc<LogRecord>>,
    pub(super) reports: Vec<PendingReport>,
}

/// How many records are taken in one round, so that the sinks get their turn in between: turning
/// them into spans and dealing them out takes about a millisecond.
const ROUND: usize = 1_024;

impl HandOver {
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            good: ArrayQueue::new(capacity),
            failed: ArrayQueue::new(capacity),
            low_logs: ArrayQueue::new(capacity),
            high_logs: ArrayQueue::new(capacity),
            reports: ArrayQueue::new(MAX_REPORTS),
            large_log_bytes: AtomicUsize::new(0),
            account: Account::new("hand_over"),
            sleeping: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// Takes what the core recorded of another service.
    pub(crate) fn piece_of(&self, piece: Piece, resource: &Arc<Resource>) -> bool {
        let queue = if piece.is_failure() { &self.failed } else { &self.good };
        let records = piece.spans() as u64;
        let handed = Handed::PieceOf(piece, Arc::clone(resource));
        self.push(queue, handed, records, RecordKind::Spans)
    }

    /// Takes what the core recorded.
    pub(crate) fn piece(&self, piece: Piece) -> bool {
        let queue = if piece.is_failure() { &self.failed } else { &self.good };
        let records = piece.spans() as u64;
        self.push(queue, Handed::Piece(piece), records, RecordKind::Spans)
    }

    /// Takes spans that were made elsewhere.
    pub(crate) fn fragment(&self, fragment: Box<Fragment>) -> bool {
        let queue = if fragment.is_failure { &self.failed } else { &self.good };
        let records = fragment.spans.len() as u64;
        self.push(queue, Handed::Fragment(fragment), records, RecordKind::Spans)
    }

    /// Takes a log record.
    pub(crate) fn log(&self, log: Arc<LogRecord>) -> bool {
        let queue = if log.severity >= Severity::Warn { &self.high_logs } else { &self.low_logs };
        let bytes = log.size_bytes();
        if bytes <= SMALL_LOG_BYTES {
            return self.push(queue, log, 1, RecordKind::Logs);
        }
        let before = self.large_log_bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_taken = if before + bytes > MAX_LARGE_LOG_BYTES {
            self.account.accept(1);
            self.account.lose_of(Loss::HandOverFull, [0, 1, 0, 0]);
            false
        } else {
            self.push(queue, log, 1, RecordKind::Logs)
        };
        if !is_taken {
            self.large_log_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_taken
    }

    /// Takes an error report.
    pub(crate) fn report(&self, report: PendingReport) -> bool {
        self.push(&self.reports, report, 1, RecordKind::Reports)
    }

    /// Says whether there was room; if not, the loss is counted.
    fn push<T>(&self, queue: &ArrayQueue<T>, item: T, records: u64, kind: RecordKind) -> bool {
        let before = self.account.accept(records);
        let loss = if self.closed.load(Ordering::Relaxed) {
            Some(Loss::Shutdown)
        } else {
            queue.push(item).is_err().then_some(Loss::HandOverFull)
        };
        if let Some(loss) = loss {
            let mut lost = [0; 4];
            lost[kind as usize] = records;
            self.account.lose_of(loss, lost);
        }
        // Sequentially consistent, as is the exporter's store before it looks at the queues: either
        // it sees this push, or this sees that it sleeps.
        let is_crowd = before / CROWD != (before + records) / CROWD;
        let sleeps =
            self.sleeping.load(Ordering::SeqCst) && self.sleeping.swap(false, Ordering::SeqCst);
        if sleeps || is_crowd {
            self.wake.notify_one();
        }
        loss.is_none()
    }

    /// Waits until there is something. Only the exporter calls it.
    pub(super) async fn ready(&self) {
        loop {
            self.sleeping.store(true, Ordering::SeqCst);
            if !self.is_empty() {
                self.sleeping.store(false, Ordering::SeqCst);
                return;
            }
            self.wake.notified().await;
        }
    }

    /// Waits until many records have come. Only the exporter calls it.
    pub(super) async fn crowded(&self) {
        self.wake.notified().await;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.good.is_empty()
            && self.failed.is_empty()
            && self.low_logs.is_empty()
            && self.high_logs.is_empty()
            && self.reports.is_empty()
    }

    /// What waits now.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            failed: self.failed.len(),
            good: self.good.len(),
            high_logs: self.high_logs.len(),
            low_logs: self.low_logs.len(),
            reports: self.reports.len(),
        }
    }

    /// Takes what waits, up to a bound; says whether there may be more.
    pub(super) fn drain(&self, into: &mut Drained) -> bool {
        self.drain_of(&mut { Waiting::ANY }, into)
    }

    /// The same of these items; says whether there may be more of them.
    pub(super) fn drain_of(&self, left: &mut Waiting, into: &mut Drained) -> bool {
        let mut more = take(&self.failed, &mut left.failed, &mut into.spans, Handed::spans);
        more |= take(&self.good, &mut left.good, &mut into.spans, Handed::spans);
        more |= take(&self.high_logs, &mut left.high_logs, &mut into.logs, |_| 1);
        more |= take(&self.low_logs, &mut left.low_logs, &mut into.logs, |_| 1);
        more |= take(&self.reports, &mut left.reports, &mut into.reports, |_| 1);
        let large = into.logs.iter().map(|log| log.size_bytes()).filter(|it| *it > SMALL_LOG_BYTES);
        self.large_log_bytes.fetch_sub(large.sum(), Ordering::Relaxed);
        // Two lanes, one order: the sinks' own queues keep what they are given.
        into.logs.sort_by_key(|log| log.log_id);
        more
    }

    /// From now on everything is counted as lost to the shutdown.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn stats(&self) -> SinkStats {
        self.account.stats()
    }
}

/// Whether it took as much as it may of what is left. `records` says how many records an item holds.
fn take<T>(
    queue: &ArrayQueue<T>,
    left: &mut usize,
    into: &mut Vec<T>,
    records: impl Fn(&T) -> u64,
) -> bool {
    let mut taken = 0;
    while taken < ROUND as u64 && *left > 0 {
        let Some(item) = queue.pop() else {
            *left = 0;
            break;
        };
        *left -= 1;
        taken += records(&item).max(1);
        into.push(item);
    }
    *left > 0
}

impl std::fmt::Debug for HandOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandOver").field("account", &self.account).finish_non_exhaustive()
    }
}
#[cfg(test)]
mod tests;
