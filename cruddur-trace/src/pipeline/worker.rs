//! One sink's task: gathers a batch, encodes it, sends its requests one after the other, tries
//! again, and keeps the books.
//!
//! It waits by tokio's clock, which tests stop; the wall clock is read for the encoder only.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::account::{Account, ByKind, RecordKind};
use super::backoff::{Backoff, Step};
use super::diagnose::{Verbosity, say, say_once};
use super::platform::Platform;
use super::queue::SinkQueue;
use super::{Batch, Encoded, HandOver, Loss, Outgoing, SendError, Sink};
use crate::record::{
    Attribute, Key, LogRecord, MetricData, MetricsSnapshot, Severity, clock, next_log_id,
};

/// What the exporter and the worker share; both live on the exporter thread.
pub(super) struct Control {
    pub(super) queue: RefCell<SinkQueue>,
    pub(super) account: Arc<Account>,
    /// Work or orders have come.
    pub(super) wake: Notify,
    /// Everything below this sequence number is to leave at once.
    flush_below: Cell<u64>,
    /// Counts flushes, so that each cuts a wait short once.
    flushes: Cell<u64>,
    /// When all is over, once a shutdown has begun.
    deadline: Cell<Option<Instant>>,
    busy: Cell<bool>,
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
            busy: Cell::new(false),
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

    /// Log records that were lost because something could not keep up.
    fn overrun_logs(&self) -> u64 {
        let stats = self.account.stats();
        let before = self
            .hand_over
            .as_ref()
            .map_or(0, |it| it.account().kind(RecordKind::Logs).lost[Loss::HandOverFull as usize]);
        stats.lost_to(Loss::QueueFull) + stats.lost_to(Loss::RetriesExhausted) + before
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

    pub(super) fn is_flushed(&self, mark: u64) -> bool {
        !self.busy.get()
            && self.queue.borrow().oldest_sequence().is_none_or(|oldest| oldest >= mark)
    }

    fn is_due(&self) -> bool {
        let queue = self.queue.borrow();
        let flushing = queue.oldest_sequence().is_some_and(|it| it < self.flush_below.get());
        flushing || queue.due().is_some_and(|due| due <= self.now())
    }
}

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
            self.control.busy.set(true);
            let batch = self.control.queue.borrow_mut().take_batch(self.control.now());
            let mut requests = self.encode(batch);
            while let Some(outgoing) = requests.pop_front() {
                self.deliver(outgoing, &mut requests).await;
            }
            self.tell_losses();
            self.control.busy.set(false);
            self.control.settled.notify_waiters();
        }
        let left = self.control.queue.borrow_mut().clear();
        self.control.account.lose(Loss::Shutdown, left);
        self.control.settled.notify_waiters();
    }

    /// `false`: there is nothing more to do, ever.
    async fn wait_for_batch(&self) -> bool {
        loop {
            let deadline = self.control.deadline.get();
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
            match due.map(|due| later(self.control.epoch, due)) {
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

    /// Sends one request until it is taken, refused, split or given up.
    async fn deliver(
        &mut self,
        outgoing: Outgoing<S::Request>,
        requests: &mut VecDeque<Outgoing<S::Request>>,
    ) {
        let Outgoing { request, records } = outgoing;
        let account = Arc::clone(&self.control.account);
        let kind = self.sink.kind(&request);
        if let Some(pause_until) = self.pause_until.take() {
            self.wait(pause_until, true).await;
        }
        let began = Instant::now();
        loop {
            let in_time = self.control.deadline.get().is_none_or(|it| Instant::now() < it);
            let result = if in_time { self.send(&request, kind).await } else { None };
            let Some(result) = result else {
                account.lose_of(Loss::Shutdown, take(&mut self.unsettled, kind, records));
                return;
            };
            let (asked, cause) = match result {
                Ok(delivered) => {
                    self.backoff.succeeded();
                    let rejected = delivered.rejected.min(records);
                    account.sent_of(take(&mut self.unsettled, kind, records - rejected));
                    account.lose_of(Loss::Rejected, take(&mut self.unsettled, kind, rejected));
                    if let Some(message) = delivered.message {
                        let name = self.sink.name();
                        say_once(Verbosity::Warn, format!("{name}: the backend says: {message}"));
                    }
                    return;
                }
                Err(SendError::Refused { cause }) => {
                    self.backoff.succeeded();
                    account.lose_of(Loss::Rejected, take(&mut self.unsettled, kind, records));
                    say_once(Verbosity::Error, format!("{}: refused: {cause}", self.sink.name()));
                    return;
                }
                Err(SendError::Split { cause }) => {
                    self.backoff.succeeded();
                    say_once(Verbosity::Warn, format!("{}: split: {cause}", self.sink.name()));
                    match self.sink.split(request) {
                        Ok([first, second]) => {
                            debug_assert_eq!(records, first.records + second.records);
                            requests.push_front(second);
                            requests.push_front(first);
                        }
                        Err(_) => {
                            let lost = take(&mut self.unsettled, kind, records);
                            account.lose_of(Loss::Rejected, lost);
                        }
                    }
                    return;
                }
                Err(SendError::Retry { after, cause }) => (after, cause),
            };
            let (elapsed, random) = (began.elapsed(), self.random());
            let step = self.backoff.failed(asked, elapsed, self.retry_max_elapsed, random);
            let name = self.sink.name();
            match step {
                Step::Retry(wait) => {
                    account.retry();
                    say_once(Verbosity::Warn, format!("{name}: will be tried again: {cause}"));
                    self.wait(Instant::now() + wait, asked.is_some()).await;
                }
                Step::GiveUp(wait) => {
                    let lost = take(&mut self.unsettled, kind, records);
                    account.lose_of(Loss::RetriesExhausted, lost);
                    say_once(Verbosity::Error, format!("{name}: gave up: {cause}"));
                    self.pause_until = Some(Instant::now() + wait);
                    return;
                }
            }
        }
    }

    /// After an outage, one record says how many were lost in it: a gap in a log that does not say
    /// that it is one misleads whoever reads it.
    fn tell_losses(&mut self) {
        if !self.sink.tells_losses() || !self.backoff.is_well() {
            return;
        }
        let lost = self.control.overrun_logs();
        let news = lost - self.told;
        if news == 0 || self.control.deadline.get().is_some() {
            return;
        }
        self.told = lost;
        let text = format!("{news} log records were lost on their way to {}", self.sink.name());
        let mut record = LogRecord::new(next_log_id(), clock::now(), Severity::Warn, text);
        record.target = Key::Borrowed("cruddur_trace");
        record.attributes.push(Attribute::new("lost", news));
        let now = self.control.now();
        let pushed = self.control.queue.borrow_mut().push_log(&Arc::new(record), now);
        super::exporter::book(&self.control, pushed, RecordKind::Logs);
    }

    /// `None`: the shutdown's deadline passed first.
    async fn send(
        &mut self,
        request: &S::Request,
        kind: RecordKind,
    ) -> Option<Result<super::Delivered, SendError>> {
        let limit = self.timeouts[kind as usize];
        let control = Rc::clone(&self.control);
        let name = self.sink.name();
        let send = async {
            let sent = timeout(limit, caught(self.sink.send(request))).await;
            sent.unwrap_or_else(|_| {
                let cause = format!("{name} did not answer within {limit:?}");
                Err(SendError::Retry { after: None, cause })
            })
        };
        tokio::pin!(send);
        loop {
            // A shutdown may begin while the request is on its way.
            let Some(deadline) = control.deadline.get() else {
                tokio::select! {
                    biased;
                    result = &mut send => return Some(result),
                    () = control.wake.notified() => continue,
                }
            };
            return timeout_at(deadline, send).await.ok();
        }
    }

    /// Waits until then. A flush cuts it short, unless the backend asked for the time; a shutdown's
    /// deadline always does.
    async fn wait(&self, until: Instant, asked: bool) {
        let flushes = self.control.flushes.get();
        // In a shutdown each wait is short: there is one deadline, and something may still leave.
        let hurried = self.control.deadline.get().is_some() && !asked;
        let until = if hurried { until.min(Instant::now() + HURRIED) } else { until };
        loop {
            let deadline = self.control.deadline.get();
            let until = deadline.map_or(until, |deadline| deadline.min(until));
            if Instant::now() >= until || (!asked && self.control.flushes.get() != flushes) {
                return;
            }
            let _ = timeout_at(until, self.control.wake.notified()).await;
        }
    }

    /// xorshift: spread is all that is asked of it.
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A client that panics loses one request, not the sink with all that waits for it.
async fn caught(
    send: impl Future<Output = Result<super::Delivered, SendError>>,
) -> Result<super::Delivered, SendError> {
    let mut send = std::pin::pin!(send);
    let panicked = |_| {
        let cause = "the client panicked".to_owned();
        Poll::Ready(Err(SendError::Refused { cause }))
    };
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| send.as_mut().poll(context))).unwrap_or_else(panicked)
    })
    .await
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

/// The longest wait between two attempts once a shutdown has begun.
const HURRIED: Duration = Duration::from_millis(250);

/// The moment so long after another; a wait without end is one of thirty years, since a moment that
/// no clock will show can't be said.
pub(super) fn later(from: Instant, wait: Duration) -> Instant {
    const WITHOUT_END: Duration = Duration::from_secs(30 * 365 * 86_400);
    from + wait.min(WITHOUT_END)
}

/// Points of a reading: what metrics are counted in.
pub(super) fn points(metrics: &MetricsSnapshot) -> u64 {
    let points = metrics.metrics.iter().map(|metric| match &metric.data {
        MetricData::Counter(points) | MetricData::Gauge(points) => points.len() as u64,
        MetricData::Histogram(points) => points.len() as u64,
    });
    points.sum()
}

#[cfg(test)]
mod tests;
