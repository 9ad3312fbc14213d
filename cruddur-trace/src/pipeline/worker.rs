//! One sink's task: gathers a batch, encodes it, sends its requests one after the other, and keeps
//! the books.
//!
//! It waits by tokio's clock, which tests stop; the wall clock is read for the encoder only.

mod deliver;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::account::{ByKind, RecordKind};
use super::backoff::Backoff;
use super::control::Control;
use super::diagnose::{Verbosity, say, say_once};
use super::platform::Platform;
use super::{Batch, Encoded, Loss, Outgoing, Sink};
use crate::record::{
    Attribute, Key, LogRecord, MetricData, MetricsSnapshot, Severity, clock, next_log_id,
};

pub(super) struct Worker<S: Sink> {
    sink: S,
    control: Rc<Control>,
    backoff: Backoff,
    /// No request before: set when a request was given up while the backend asked for a pause.
    pause_until: Option<Instant>,
    retry_max_elapsed: Duration,
    random: u64,
    /// Records of this batch that have not found their end, by kind.
    unsettled: ByKind,
    /// How long one request of a kind may take.
    timeouts: [Duration; 4],
    /// Losses that were told already, of those that the sink tells.
    told: u64,
    /// What the sink has not been told yet.
    platform: Option<Platform>,
}

impl<S: Sink> Worker<S> {
    pub(super) fn new(
        sink: S,
        control: Rc<Control>,
        send_timeout: Duration,
        retry_max_elapsed: Duration,
    ) -> Self {
        Self {
            sink,
            control,
            backoff: Backoff::default(),
            pause_until: None,
            unsettled: ByKind::default(),
            timeouts: [send_timeout; 4],
            retry_max_elapsed,
            random: clock::now().0 | 1,
            told: 0,
            platform: None,
        }
    }

    /// The same with a sink that is told what is found out of the platform.
    pub(super) fn learning(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// The same with a time of its own for each kind of record.
    pub(super) const fn with_timeouts(mut self, timeouts: [Duration; 4]) -> Self {
        self.timeouts = timeouts;
        self
    }

    pub(super) async fn run(mut self) {
        while self.wait_for_batch().await {
            let batch = self.control.take_batch();
            let mut requests = self.encode(batch);
            while let Some(outgoing) = requests.pop_front() {
                self.deliver(outgoing, &mut requests).await;
            }
            self.tell_losses();
            self.control.settle();
        }
        let [spans, logs, reports] = self.control.queue.borrow_mut().clear();
        self.control.account.lose_of(Loss::Shutdown, [spans, logs, reports, 0]);
        self.control.settle();
    }

    /// `false`: there is nothing more to do, ever.
    async fn wait_for_batch(&self) -> bool {
        loop {
            let deadline = self.control.deadline();
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return false;
            }
            if self.control.is_due() {
                return true;
            }
            let due = self.control.queue.borrow().due();
            if deadline.is_some() && due.is_none() {
                return false;
            }
            let woken = self.control.wake.notified();
            match due.map(|due| self.control.instant(due)) {
                Some(due) => drop(timeout_at(due, woken).await),
                None => woken.await,
            }
        }
    }

    fn encode(&mut self, batch: Batch) -> VecDeque<Outgoing<S::Request>> {
        if let Some(found) = self.platform.as_ref().and_then(Platform::found) {
            self.sink.learn(found);
            self.platform = None;
        }
        let metric_points = batch.metrics.as_deref().map_or(0, points);
        let spans = batch.fragments.iter().map(|it| it.spans.len() as u64).sum::<u64>();
        let (logs, reports) = (batch.logs.len() as u64, batch.reports.len() as u64);
        self.unsettled = [spans, logs, reports, metric_points];
        let records: u64 = self.unsettled.iter().sum();
        self.control.account.accept_of(RecordKind::Points, metric_points);
        let encoded = catch_unwind(AssertUnwindSafe(|| self.sink.encode(batch, clock::now())));
        let encoded = encoded.unwrap_or_else(|_| {
            say(Verbosity::Error, format!("{}: the encoder panicked", self.sink.name()));
            Encoded { requests: Vec::new(), refused: vec![(Loss::Invalid, records)] }
        });
        let refused: u64 = encoded.refused.iter().map(|(_, count)| count).sum();
        let outgoing: u64 = encoded.requests.iter().map(|it| it.records).sum();
        debug_assert_eq!(records, refused + outgoing, "{} lost count", self.sink.name());
        // What is in no request was refused: so its kind is what the requests leave over.
        let mut left = self.unsettled;
        for outgoing in &encoded.requests {
            take(&mut left, self.sink.kind(&outgoing.request), outgoing.records);
        }
        for (loss, records) in encoded.refused {
            let lost = take(&mut left, RecordKind::Spans, records);
            for (all, lost) in self.unsettled.iter_mut().zip(lost) {
                *all -= lost;
            }
            self.control.account.lose_of(loss, lost);
            let text = format!("{}: records are refused: {}", self.sink.name(), loss.as_str());
            say_once(Verbosity::Warn, text);
        }
        encoded.requests.into()
    }

    /// After an outage, one record says how many were lost in it: a gap in a log that does not say
    /// that it is one misleads whoever reads it.
    fn tell_losses(&mut self) {
        if !self.sink.tells_losses() || !self.backoff.is_well() {
            return;
        }
        let lost = self.control.overrun_logs();
        let news = lost - self.told;
        if news == 0 || self.control.deadline().is_some() {
            return;
        }
        self.told = lost;
        let text = format!("{news} log records were lost on their way to {}", self.sink.name());
        let mut record = LogRecord::new(next_log_id(), clock::now(), Severity::Warn, text);
        record.target = Key::Borrowed("cruddur_trace");
        record.attributes.push(Attribute::new("lost", news));
        let now = self.control.now();
        let pushed = self.control.queue.borrow_mut().push_log(&Arc::new(record), now);
        self.control.book(pushed, RecordKind::Logs);
    }
}

/// Takes so many records out of these: of the kind first, and what that has not, of the others.
fn take(from: &mut ByKind, kind: RecordKind, mut records: u64) -> ByKind {
    let mut taken = ByKind::default();
    for at in [kind as usize, 0, 1, 2, 3] {
        let part = records.min(from[at]);
        from[at] -= part;
        taken[at] += part;
        records -= part;
    }
    // Never, as long as a sink counts right: a debug assertion says so where it encodes.
    taken[kind as usize] += records;
    taken
}

/// Points of a reading: what metrics are counted in.
fn points(metrics: &MetricsSnapshot) -> u64 {
    let points = metrics.metrics.iter().map(|metric| match &metric.data {
        MetricData::Counter(points) | MetricData::Gauge(points) => points.len() as u64,
        MetricData::Histogram(points) => points.len() as u64,
    });
    points.sum()
}

#[cfg(test)]
mod tests;
