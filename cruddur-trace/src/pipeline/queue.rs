//! What waits for one sink: bounded in number and in bytes, worth the most first.

mod entry;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Batch, RecordKind, Signals};
use crate::errors::ErrorReport;
use crate::record::{Fragment, LogRecord, MetricsSnapshot};
use entry::{LANES, Record, Signal};

/// Bounds of one sink's queue and batches.
#[derive(Clone, Debug)]
pub(crate) struct QueueLimits {
    pub(crate) max_spans: usize,
    pub(crate) max_logs: usize,
    pub(crate) max_bytes: usize,
    pub(crate) batch_spans: usize,
    pub(crate) batch_logs: usize,
    pub(crate) spans_delay: Duration,
    pub(crate) logs_delay: Duration,
}

/// Reports are few and dear, so their bound is not a setting.
const MAX_REPORTS: usize = 1_000;
/// How long reports wait for company.
const REPORTS_DELAY: Duration = Duration::from_millis(100);
/// About the largest batch in bytes of memory; each sink splits by its own limits.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
struct Entry {
    record: Record,
    /// Counts up with every push, so that what goes out keeps the order of what came in.
    sequence: u64,
    bytes: usize,
    count: usize,
}

#[derive(Debug)]
pub(super) struct SinkQueue {
    limits: QueueLimits,
    lanes: [VecDeque<Entry>; LANES],
    /// By [`Signal`].
    counts: [usize; 3],
    bytes: usize,
    metrics: Option<(u64, Arc<MetricsSnapshot>)>,
    next_sequence: u64,
    /// When the first record since the last batch came, by signal, on the worker's clock.
    since: [Option<Duration>; 3],
}

impl SinkQueue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            lanes: Default::default(),
            counts: [0; 3],
            bytes: 0,
            metrics: None,
            next_sequence: 0,
            since: [None; 3],
        }
    }

    /// Lets batches hold so many log records, and at most half of what the queue holds: a batch must
    /// not wait for a number that the queue is too small for.
    pub(super) fn batch_logs(&mut self, records: usize) {
        self.limits.batch_logs = records.min(self.limits.max_logs / 2).max(1);
    }

    /// Takes what this sink wants of a fragment; gives how many records were dropped for it.
    pub(super) fn push_fragment(
        &mut self,
        fragment: &Arc<Fragment>,
        wants: Signals,
        now: Duration,
    ) -> Pushed {
        let sampling = &fragment.sampling;
        let wanted = wants.otlp_spans && sampling.otlp || wants.xray_spans && sampling.xray;
        if !wanted || fragment.spans.is_empty() {
            return Pushed::default();
        }
        self.push(Record::Fragment(Arc::clone(fragment)), now)
    }

    pub(super) fn push_log(&mut self, log: &Arc<LogRecord>, now: Duration) -> Pushed {
        self.push(Record::Log(Arc::clone(log)), now)
    }

    pub(super) fn push_report(&mut self, report: &Arc<ErrorReport>, now: Duration) -> Pushed {
        self.push(Record::Report(Arc::clone(report)), now)
    }

    /// Metrics are cumulative, so a newer reading replaces one that has not been sent.
    pub(super) fn put_metrics(&mut self, metrics: Arc<MetricsSnapshot>) {
        let sequence = self.sequence();
        self.metrics = Some((sequence, metrics));
    }

    pub(super) fn fill(&self) -> Fill {
        let capacity = [self.limits.max_spans, self.limits.max_logs];
        Fill { waiting: self.counts, capacity }
    }

    fn sequence(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    fn push(&mut self, record: Record, now: Duration) -> Pushed {
        let (signal, lane) = (record.signal(), record.lane());
        let (count, bytes) = (record.count(), record.size_bytes());
        let mut pushed = Pushed { accepted: count as u64, ..Pushed::default() };
        let max_count = match signal {
            Signal::Spans => self.limits.max_spans,
            Signal::Logs => self.limits.max_logs,
            Signal::Reports => MAX_REPORTS,
        };
        loop {
            let over_count = self.counts[signal as usize] + count > max_count;
            let over_bytes = self.bytes + bytes > self.limits.max_bytes;
            if !over_count && !over_bytes {
                break;
            }
            // Too many of one kind: one of that kind must go. Too many bytes: the least worthy.
            match self.evict(lane, over_count.then_some(signal)) {
                Some((signal, dropped)) => {
                    pushed.dropped += dropped;
                    pushed.dropped_of[signal as usize] += dropped;
                }
                None => {
                    pushed.dropped += count as u64;
                    pushed.dropped_of[signal as usize] += count as u64;
                    return pushed;
                }
            }
        }
        let sequence = self.sequence();
        self.counts[signal as usize] += count;
        self.bytes += bytes;
        self.since[signal as usize].get_or_insert(now);
        self.lanes[lane].push_back(Entry { record, sequence, bytes, count });
        pushed
    }

    /// Drops the oldest record that is worth no more than `lane`.
    fn evict(&mut self, lane: usize, signal: Option<Signal>) -> Option<(Signal, u64)> {
        let victim = (0..=lane).find(|index| {
            let signal_of = self.lanes[*index].front().map(|entry| entry.record.signal());
            signal_of.is_some_and(|found| signal.is_none_or(|wanted| wanted == found))
        })?;
        self.pop(victim).map(|entry| (entry.record.signal(), entry.count as u64))
    }

    fn pop(&mut self, lane: usize) -> Option<Entry> {
        let entry = self.lanes[lane].pop_front()?;
        let signal = entry.record.signal() as usize;
        self.counts[signal] -= entry.count;
        self.bytes -= entry.bytes;
        if self.counts[signal] == 0 {
            self.since[signal] = None;
        }
        Some(entry)
    }

    /// The oldest of one signal.
    fn oldest(&self, signal: Signal) -> Option<(usize, u64)> {
        let lanes = signal.lanes();
        lanes
            .iter()
            .filter_map(|lane| self.lanes[*lane].front().map(|entry| (*lane, entry.sequence)))
            .min_by_key(|(_, sequence)| *sequence)
    }

    /// The sequence number that the next push will get.
    pub(super) fn next_sequence(&self) -> u64 {
        self.next_sequence + 1
    }

    /// The sequence number of the oldest record; `None` if there is none.
    pub(super) fn oldest_sequence(&self) -> Option<u64> {
        let records = Signal::ALL.into_iter().filter_map(|signal| self.oldest(signal));
        let metrics = self.metrics.iter().map(|(sequence, _)| *sequence);
        records.map(|(_, sequence)| sequence).chain(metrics).min()
    }

    /// When a batch is due, on the clock of the pushes; `None`: nothing waits.
    pub(super) fn due(&self) -> Option<Duration> {
        if self.metrics.is_some()
            || self.counts[0] >= self.limits.batch_spans
            || self.counts[1] >= self.limits.batch_logs
            || self.bytes >= MAX_BATCH_BYTES
        {
            return Some(Duration::ZERO);
        }
        let delays = [self.limits.spans_delay, self.limits.logs_delay, REPORTS_DELAY];
        let due = self.since.iter().zip(delays);
        due.filter_map(|(since, delay)| since.map(|since| since.saturating_add(delay))).min()
    }

    /// Takes a batch of the oldest records, in the order in which they came.
    pub(super) fn take_batch(&mut self, now: Duration) -> Batch {
        let mut batch = Batch::default();
        let mut bytes = 0;
        let bounds = [self.limits.batch_spans, self.limits.batch_logs, MAX_REPORTS];
        for (signal, bound) in Signal::ALL.into_iter().zip(bounds) {
            let mut count = 0;
            while let Some((lane, _)) = self.oldest(signal) {
                let next = self.lanes[lane].front().map_or(0, |entry| entry.count);
                let is_first = count == 0;
                if !is_first && (count + next > bound || bytes >= MAX_BATCH_BYTES) {
                    break;
                }
                let Some(entry) = self.pop(lane) else { break };
                count += entry.count;
                bytes += entry.bytes;
                match entry.record {
                    Record::Fragment(fragment) => batch.fragments.push(fragment),
                    Record::Log(log) => batch.logs.push(log),
                    Record::Report(report) => batch.reports.push(report),
                }
            }
            if self.counts[signal as usize] > 0 {
                self.since[signal as usize] = Some(now);
            }
        }
        batch.metrics = self.metrics.take().map(|(_, metrics)| metrics);
        batch
    }

    /// Empties the queue; gives how many records were in it: spans, logs, reports.
    pub(super) fn clear(&mut self) -> [u64; 3] {
        let counts = self.counts.map(|count| count as u64);
        self.lanes.iter_mut().for_each(VecDeque::clear);
        (self.counts, self.bytes, self.metrics, self.since) = ([0; 3], 0, None, [None; 3]);
        counts
    }
}

/// What a push did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pushed {
    /// Records that came in, whether or not they were dropped at once.
    pub(super) accepted: u64,
    /// Records that were dropped: older ones, or these.
    pub(super) dropped: u64,
    /// The same by signal: spans, logs, reports.
    pub(super) dropped_of: [u64; 3],
}

/// What waits, and what may wait at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fill {
    /// Spans, logs, reports.
    pub(super) waiting: [usize; 3],
    /// Spans, logs.
    pub(super) capacity: [usize; 2],
}

impl Fill {
    pub(super) fn waiting(&self, kind: RecordKind) -> u64 {
        self.waiting.get(kind as usize).map_or(0, |records| *records as u64)
    }

    pub(super) fn capacity(&self, kind: RecordKind) -> Option<u64> {
        self.capacity.get(kind as usize).map(|records| *records as u64)
    }
}

#[cfg(test)]
mod tests;
