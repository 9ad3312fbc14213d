//! What became of every record, sink by sink.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Loss;

/// The books of one sink, or of the hand-over: written by the pipeline, read by anybody.
///
/// Records are spans, log records, error reports and metric points.
#[derive(Debug)]
pub(crate) struct Account {
    name: &'static str,
    accepted: AtomicU64,
    sent: AtomicU64,
    retries: AtomicU64,
    lost: [AtomicU64; Loss::ALL.len()],
    /// The same by [`RecordKind`], for the metrics of the pipeline.
    by_kind: [Ledger; 4],
}

/// What a record is, where the books are kept apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Spans = 0,
    Logs = 1,
    Reports = 2,
    Points = 3,
}

/// Numbers of records by [`RecordKind`].
pub(crate) type ByKind = [u64; 4];

#[derive(Debug, Default)]
struct Ledger {
    accepted: AtomicU64,
    sent: AtomicU64,
    lost: [AtomicU64; Loss::ALL.len()],
}

/// The books of one kind of record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KindStats {
    pub(crate) accepted: u64,
    pub(crate) sent: u64,
    /// By reason.
    pub(crate) lost: [u64; Loss::ALL.len()],
}

impl Loss {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::HandOverFull,
        Self::QueueFull,
        Self::TooLarge,
        Self::Invalid,
        Self::Rejected,
        Self::RetriesExhausted,
        Self::Suppressed,
        Self::Shutdown,
    ];

    /// A word for messages and metrics, e.g. `queue_full`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandOverFull => "hand_over_full",
            Self::QueueFull => "queue_full",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::Rejected => "rejected",
            Self::RetriesExhausted => "retries_exhausted",
            Self::Suppressed => "suppressed",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Account {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            accepted: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            lost: Default::default(),
            by_kind: Default::default(),
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn accept_of(&self, kind: RecordKind, records: u64) {
        self.accept(records);
        self.by_kind[kind as usize].accepted.fetch_add(records, Ordering::Relaxed);
    }

    pub(crate) fn sent_of(&self, records: ByKind) {
        self.sent(records.iter().sum());
        for (ledger, records) in self.by_kind.iter().zip(records) {
            ledger.sent.fetch_add(records, Ordering::Relaxed);
        }
    }

    pub(crate) fn lose_of(&self, loss: Loss, records: ByKind) {
        self.lose(loss, records.iter().sum());
        for (ledger, records) in self.by_kind.iter().zip(records) {
            ledger.lost[loss as usize].fetch_add(records, Ordering::Relaxed);
        }
    }

    /// What has found no end yet.
    pub(crate) fn pending(&self) -> ByKind {
        self.by_kind.each_ref().map(|ledger| {
            let lost = ledger.lost.iter().map(|it| it.load(Ordering::Relaxed)).sum::<u64>();
            let ended = lost + ledger.sent.load(Ordering::Relaxed);
            ledger.accepted.load(Ordering::Relaxed).saturating_sub(ended)
        })
    }

    /// The books of one kind of record.
    pub(crate) fn kind(&self, kind: RecordKind) -> KindStats {
        let ledger = &self.by_kind[kind as usize];
        let lost = std::array::from_fn(|at| ledger.lost[at].load(Ordering::Relaxed));
        let sent = ledger.sent.load(Ordering::Relaxed);
        KindStats { sent, lost, accepted: ledger.accepted.load(Ordering::Relaxed) }
    }

    /// Gives how many had come before.
    pub(crate) fn accept(&self, records: u64) -> u64 {
        self.accepted.fetch_add(records, Ordering::Relaxed)
    }

    pub(crate) fn sent(&self, records: u64) {
        self.sent.fetch_add(records, Ordering::Relaxed);
    }

    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    fn lose(&self, loss: Loss, records: u64) {
        if records > 0 {
            self.lost[loss as usize].fetch_add(records, Ordering::Relaxed);
        }
    }

    pub(crate) fn stats(&self) -> SinkStats {
        // What leaves is read before what comes in, so that nothing seems to leave twice.
        let sent = self.sent.load(Ordering::Relaxed);
        let retries = self.retries.load(Ordering::Relaxed);
        let lost = Loss::ALL
            .into_iter()
            .map(|loss| (loss, self.lost[loss as usize].load(Ordering::Relaxed)))
            .filter(|(_, records)| *records > 0)
            .collect();
        let accepted = self.accepted.load(Ordering::Relaxed);
        SinkStats { name: self.name, accepted, sent, retries, lost }
    }
}

/// What became of the records of one sink (or, under the name `hand_over`, on the way to all).
///
/// Records are spans, log records, error reports and metric points. `accepted` is always the sum
/// of `sent`, all of `lost`, and what is still [`pending`](Self::pending).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// E.g. `otlp`, `honeycomb`, `xray`.
    pub name: &'static str,
    /// Records that came in.
    pub accepted: u64,
    /// Records that the backend took (of the hand-over: that were passed on to the sinks).
    pub sent: u64,
    /// Requests that were tried again.
    pub retries: u64,
    /// Lost records by reason; reasons without any are left out.
    pub lost: Vec<(Loss, u64)>,
}

impl SinkStats {
    /// Lost records, whatever the reason.
    #[must_use]
    pub fn lost_total(&self) -> u64 {
        self.lost.iter().map(|(_, records)| records).sum()
    }

    /// Records lost for one reason.
    #[must_use]
    pub fn lost_to(&self, loss: Loss) -> u64 {
        self.lost.iter().find(|(found, _)| *found == loss).map_or(0, |(_, records)| *records)
    }

    /// Records that wait or are being sent.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.accepted.saturating_sub(self.sent).saturating_sub(self.lost_total())
    }
}

/// `otlp: 120 sent, 3 lost (queue_full 3), 1 retry`.
impl std::fmt::Display for SinkStats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} sent", self.name, self.sent)?;
        if !self.lost.is_empty() {
            write!(f, ", {} lost", self.lost_total())?;
            for (index, (loss, records)) in self.lost.iter().enumerate() {
                let lead = if index == 0 { " (" } else { ", " };
                write!(f, "{lead}{} {records}", loss.as_str())?;
            }
            f.write_str(")")?;
        }
        if self.pending() > 0 {
            write!(f, ", {} waiting", self.pending())?;
        }
        match self.retries {
            0 => Ok(()),
            1 => f.write_str(", 1 retry"),
            retries => write!(f, ", {retries} retries"),
        }
    }
}

/// All books at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The way from the handlers to the sinks.
    pub hand_over: SinkStats,
    /// One entry per sink, in the order in which they were wired.
    pub sinks: Vec<SinkStats>,
}

impl Stats {
    /// The books of a sink.
    #[must_use]
    pub fn sink(&self, name: &str) -> Option<&SinkStats> {
        self.sinks.iter().find(|sink| sink.name == name)
    }
}

/// How a flush or a shutdown went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Whether everything that was there when it began left before the deadline.
    pub complete: bool,
    /// The books when it ended.
    pub stats: Stats,
}

/// One line per sink; then, if something was lost on the way to all of them, that.
impl std::fmt::Display for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head = match self.complete {
            true if self.stats.sinks.is_empty() => "no telemetry is on",
            true => "telemetry is sent",
            false => "the deadline passed",
        };
        f.write_str(head)?;
        for sink in &self.stats.sinks {
            write!(f, "\n  {sink}")?;
        }
        if self.stats.hand_over.lost_total() > 0 {
            write!(f, "\n  {}", self.stats.hand_over)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_balances_and_reads_as_a_sentence() {
        let account = Account::new("otlp");
        account.accept(10);
        account.sent(6);
        account.lose(Loss::QueueFull, 1);
        account.lose(Loss::Rejected, 2);
        account.lose(Loss::Shutdown, 0);
        account.retry();
        let stats = account.stats();
        assert_eq!((stats.lost_total(), stats.pending()), (3, 1));
        assert_eq!(stats.lost_to(Loss::Rejected), 2);
        assert_eq!(
            stats.to_string(),
            "otlp: 6 sent, 3 lost (queue_full 1, rejected 2), 1 waiting, 1 retry"
        );
    }

    #[test]
    fn a_delivery_says_what_there_was_to_deliver() {
        let book = |name| Account::new(name).stats();
        let delivery = |complete, sinks| {
            let stats = Stats { hand_over: book("hand_over"), sinks };
            Delivery { complete, stats }.to_string()
        };
        assert_eq!(delivery(true, Vec::new()), "no telemetry is on");
        assert_eq!(delivery(true, vec![book("otlp")]), "telemetry is sent\n  otlp: 0 sent");
        assert_eq!(delivery(false, vec![book("otlp")]), "the deadline passed\n  otlp: 0 sent");
    }

    #[test]
    fn every_loss_has_a_place_of_its_own() {
        for (index, loss) in Loss::ALL.into_iter().enumerate() {
            assert_eq!(loss as usize, index);
        }
    }
}
