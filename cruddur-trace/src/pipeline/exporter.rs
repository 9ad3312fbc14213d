//! The exporter thread: drains the hand-over, assembles, filters, and deals out to the sinks.

use std::rc::Rc;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet, yield_now};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};

use super::account::{Account, Delivery, RecordKind};
use super::assembling::Assembling;
use super::hand_over::{Drained, Handed};
use super::keep::KeepFilter;
use super::platform::Platform;
use super::queue::{Pushed, QueueLimits, SinkQueue};
use super::self_metrics::{self, Component};
use super::value_limits::{LogLimits, SpanLimits};
use super::worker::{Control, Worker, later};
use super::{HandOver, Hook, Loss, Signals, Sink, Stats, suppress};
use crate::config::{BatchConfig, Keep};
use crate::errors::{
    ErrorReport, Held, PendingReport, RecordScrubber, ReportDesk, ReportOptions, scrubber,
};
use crate::record::{Fragment, MetricsSnapshot, SpanRecord, clock};
use crate::span::share_recycled;

/// How long the exporter lets records gather after the first one woke it.
const LINGER: Duration = Duration::from_millis(20);
/// How often the sinks get their turn after a round that left records behind. With one, a flood of
/// records let a request through only every few rounds.
const TURNS: usize = 8;
/// How often what waits for its other half is looked through.
const SWEEP: Duration = Duration::from_secs(1);

/// Reads all metrics.
pub(crate) type ReadMetrics = Box<dyn FnMut() -> Option<MetricsSnapshot> + Send>;

/// Everything that the exporter thread starts with.
pub(crate) struct ExporterSettings {
    pub(crate) batch: BatchConfig,
    pub(crate) keep: Keep,
    pub(crate) log_limits: LogLimits,
    pub(crate) span_limits: SpanLimits,
    pub(crate) hook: Hook,
    pub(crate) sinks: Vec<SinkSpawner>,
    pub(crate) metrics: Option<ReadMetrics>,
    /// Which reports leave, and how many.
    pub(crate) reports: ReportOptions,
    /// Work beside the sinks: each is called once, on the exporter thread, inside of its runtime,
    /// where it may spawn local tasks.
    pub(crate) tasks: Vec<Task>,
    /// What is found out of the platform meanwhile.
    pub(crate) platform: Platform,
}

/// See [`ExporterSettings::tasks`].
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// A sink on its way to the exporter thread, where it is made.
pub(crate) struct SinkSpawner {
    account: Arc<Account>,
    signals: Signals,
    spawn: Spawn,
}

type Spawn = Box<dyn FnOnce(Rc<Control>, &BatchConfig, Platform) + Send>;

impl SinkSpawner {
    /// `make` runs on the exporter thread, inside of its runtime.
    pub(crate) fn new<S: Sink>(
        name: &'static str,
        signals: Signals,
        make: impl FnOnce() -> S + Send + 'static,
    ) -> Self {
        let spawn = |control: Rc<Control>, batch: &BatchConfig, platform: Platform| {
            let send_timeout = batch.spans.timeout.max(batch.logs.timeout);
            let sink = make();
            if let Some(logs) = sink.max_batch_logs() {
                control.queue.borrow_mut().batch_logs(logs);
            }
            let worker = Worker::new(sink, control, send_timeout, batch.retry_max_elapsed);
            let (spans, logs) = (batch.spans.timeout, batch.logs.timeout);
            let timeouts = [spans, logs, send_timeout, batch.metric_timeout];
            let worker = worker.learning(platform).with_timeouts(timeouts);
            tokio::task::spawn_local(worker.run());
        };
        Self { account: Arc::new(Account::new(name)), signals, spawn: Box::new(spawn) }
    }
}

/// The running exporter, as the rest of the process sees it.
pub(crate) struct Exporter {
    hand_over: Arc<HandOver>,
    accounts: Vec<Arc<Account>>,
    commands: mpsc::UnboundedSender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Command {
    deadline: Duration,
    is_shutdown: bool,
    reply: Reply,
}

type Reply = Box<dyn FnOnce(bool) + Send>;

impl Exporter {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The thread, or its runtime, can't be made.
    pub(crate) fn start(
        hand_over: Arc<HandOver>,
        settings: ExporterSettings,
    ) -> std::io::Result<Self> {
        let accounts = settings.sinks.iter().map(|sink| Arc::clone(&sink.account)).collect();
        let (commands, inbox) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .thread_name("cruddur-export-blocking")
            .on_thread_start(suppress::mark_thread)
            .build()?;
        let shared = Arc::clone(&hand_over);
        let thread =
            std::thread::Builder::new().name("cruddur-export".to_owned()).spawn(move || {
                suppress::mark_thread();
                let tasks = LocalSet::new();
                tasks.block_on(
                    &runtime,
                    async move { Intake::new(shared, settings).run(inbox).await },
                );
                // Connections that linger must not hold up the process.
                drop(tasks);
                runtime.shutdown_background();
            })?;
        Ok(Self { hand_over, accounts, commands, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn stats(&self) -> Stats {
        let sinks = self.accounts.iter().map(|account| account.stats()).collect();
        Stats { hand_over: self.hand_over.stats(), sinks }
    }

    /// Sends what is there, or shuts down; the future may be dropped, the order stays.
    pub(crate) async fn order(&self, deadline: Duration, is_shutdown: bool) -> Delivery {
        let (answer, done) = oneshot::channel();
        let answer = Arc::new(Mutex::new(Some(answer)));
        let say = |answer: &Mutex<Option<oneshot::Sender<Option<bool>>>>, complete| {
            let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Nobody may be waiting any more.
            let _ = answer.map(|it| it.send(complete));
        };
        let (replied, wait) = std::sync::mpsc::channel();
        let late = Arc::clone(&answer);
        // A thread keeps the time: an exporter that somebody's hook holds up answers nobody, and the
        // runtime that waits here may have no timer. Without one there is no limit but the
        // exporter's own.
        let keep_time = move || {
            say(&late, in_time(wait.recv_timeout(patience(deadline))));
        };
        let _ = std::thread::Builder::new().name("cruddur-wait".to_owned()).spawn(keep_time);
        let reply: Reply = Box::new(move |complete| {
            say(&answer, Some(complete));
            drop(replied);
        });
        let _ = self.commands.send(Command { deadline, is_shutdown, reply });
        self.delivery(done.await.ok().flatten())
    }

    /// The same, blocking this thread: safe on any runtime, since the work is done on another.
    pub(crate) fn order_blocking(&self, deadline: Duration, is_shutdown: bool) -> Delivery {
        let (reply, done) = std::sync::mpsc::sync_channel(1);
        let reply: Reply = Box::new(move |complete| {
            // Nobody may be waiting any more.
            let _ = reply.send(complete);
        });
        let _ = self.commands.send(Command { deadline, is_shutdown, reply });
        let reply = done.recv_timeout(patience(deadline));
        if is_shutdown && reply.is_ok() {
            self.join();
        }
        self.delivery(in_time(reply))
    }

    /// Without an answer there is no exporter any more: then the books tell.
    fn delivery(&self, complete: Option<bool>) -> Delivery {
        let stats = self.stats();
        let settled = stats.hand_over.pending() == 0
            && stats.sinks.iter().all(|it| it.pending() == 0 && it.lost_to(Loss::Shutdown) == 0);
        Delivery { complete: complete.unwrap_or(settled), stats }
    }

    /// After a shutdown: the thread ends at once, since it has nothing more to do.
    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// How long an answer is waited for: a little more than the deadline, which the exporter keeps by
/// itself.
fn patience(deadline: Duration) -> Duration {
    deadline.saturating_add(Duration::from_millis(500))
}

/// An exporter that is held up has not sent everything, whatever its books say; `None`: there is no
/// exporter any more.
fn in_time(reply: Result<bool, RecvTimeoutError>) -> Option<bool> {
    match reply {
        Ok(complete) => Some(complete),
        Err(RecvTimeoutError::Timeout) => Some(false),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// The exporter's own task.
struct Intake {
    hand_over: Arc<HandOver>,
    drained: Drained,
    assembler: Assembling,
    /// Reports whose native frames are being resolved.
    resolving: JoinSet<ErrorReport>,
    keep: KeepFilter,
    /// Before the hook and every sink: what leaves is masked once, here.
    scrubber: RecordScrubber,
    hook: Hook,
    log_limits: LogLimits,
    span_limits: SpanLimits,
    desk: ReportDesk,
    sinks: Vec<(Signals, Rc<Control>)>,
    metrics: Option<ReadMetrics>,
    metric_interval: Duration,
}

impl Intake {
    fn new(hand_over: Arc<HandOver>, settings: ExporterSettings) -> Self {
        let batch = &settings.batch;
        let limits = QueueLimits {
            max_spans: batch.spans.max_queue,
            max_logs: batch.logs.max_queue,
            max_bytes: batch.max_queue_bytes,
            batch_spans: batch.spans.max_batch,
            batch_logs: batch.logs.max_batch,
            spans_delay: batch.spans.delay,
            logs_delay: batch.logs.delay,
        };
        let start = |sink: SinkSpawner| {
            let control = Control::new(SinkQueue::new(limits.clone()), sink.account);
            let control = Rc::new(control.behind(Arc::clone(&hand_over)));
            (sink.spawn)(Rc::clone(&control), batch, settings.platform.clone());
            (sink.signals, control)
        };
        settings.tasks.into_iter().for_each(|start| start());
        let sinks = settings.sinks.into_iter().map(start).collect();
        Self {
            hand_over,
            drained: Drained::default(),
            assembler: Assembling::default(),
            resolving: JoinSet::new(),
            keep: KeepFilter::new(settings.keep),
            scrubber: RecordScrubber::new(Arc::clone(scrubber())),
            hook: settings.hook,
            log_limits: settings.log_limits,
            span_limits: settings.span_limits,
            desk: ReportDesk::new(settings.reports),
            sinks,
            metrics: settings.metrics,
            metric_interval: batch.metric_interval,
        }
    }

    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut metrics = interval(self.metric_interval.max(Duration::from_millis(10)));
        metrics.set_missed_tick_behavior(MissedTickBehavior::Delay);
        metrics.reset();
        let hand_over = Arc::clone(&self.hand_over);
        let mut behind = false;
        loop {
            tokio::select! {
                command = inbox.recv() => {
                    // Every handle is gone: as a shutdown that nobody waits for.
                    let Some(command) = command else { return self.shutdown(Instant::now()).await };
                    let deadline = later(Instant::now(), command.deadline);
                    if command.is_shutdown {
                        self.shutdown(deadline).await;
                        (command.reply)(self.is_complete());
                        // Whoever asks now gets an answer at once: the channel is closed.
                        return;
                    }
                    self.resolved(deadline).await;
                    let marks = self.begin_flush();
                    // Beside other work: a slow sink must not hold up the rest.
                    let sinks: Vec<_> = self.sinks.iter().map(|it| Rc::clone(&it.1)).collect();
                    tokio::task::spawn_local(async move {
                        let flushed = async {
                            for (sink, mark) in sinks.iter().zip(marks) {
                                sink.flushed(mark).await;
                            }
                        };
                        (command.reply)(timeout_at(deadline, flushed).await.is_ok());
                    });
                }
                () = hand_over.ready() => {
                    if !behind {
                        let _ = timeout(LINGER, hand_over.crowded()).await;
                    }
                    behind = self.round();
                    // The sinks get their turns: a request that is on its way needs several, to be
                    // written, answered and read.
                    for _ in 0..if behind { TURNS } else { 1 } {
                        yield_now().await;
                    }
                }
                Some(report) = self.resolving.join_next() => {
                    if let Ok(report) = report {
                        self.deal_report(report);
                    }
                }
                _ = metrics.tick(), if self.metrics.is_some() => self.read_metrics(),
                _ = sweep.tick() => self.sweep(),
            }
        }
    }

    /// One round: what handlers pushed goes to the sinks' queues. Says whether more is waiting.
    fn round(&mut self) -> bool {
        let mut drained = std::mem::take(&mut self.drained);
        let more = self.hand_over.drain(&mut drained);
        let now = clock::now();
        let mut out = Vec::with_capacity(drained.spans.len());
        for handed in drained.spans.drain(..) {
            self.hand_over.account().sent(handed.spans());
            let fragment = match handed {
                Handed::Piece(piece) => self.assembler.take(piece, None, now),
                Handed::PieceOf(piece, resource) => self.assembler.take(piece, Some(resource), now),
                Handed::Fragment(fragment) => Some(*fragment),
            };
            if let Some(fragment) = fragment {
                self.keep.admit(fragment, now, &mut out);
            }
        }
        share_recycled();
        self.keep.sweep(now, &mut out);
        self.deal(out);
        for mut log in drained.logs.drain(..) {
            self.hand_over.account().sent(1);
            // Nobody else holds it, so nothing is copied.
            let record = Arc::make_mut(&mut log);
            self.scrubber.log(record);
            self.log_limits.apply(record);
            if self.hook.is_empty() || self.hook.keeps_log(record) {
                self.desk.saw(&log);
                let push = |queue: &mut SinkQueue, at| queue.push_log(&log, at);
                self.push(RecordKind::Logs, |wants| wants.logs, push);
            } else {
                self.suppressed(RecordKind::Logs, |wants| wants.logs, 1);
            }
        }
        for pending in drained.reports.drain(..) {
            self.hand_over.account().sent(1);
            match self.desk.hold(pending) {
                Held::No(pending) => self.admit_report(pending),
                Held::Waits => {}
                Held::Told => self.suppressed(RecordKind::Reports, |wants| wants.reports, 1),
            }
        }
        self.drained = drained;
        more
    }

    fn admit_report(&mut self, pending: PendingReport) {
        // Before symbols are read: a storm of panics costs none.
        match self.desk.admit(pending, clock::now()) {
            Some(pending) => self.resolve(pending),
            None => self.suppressed(RecordKind::Reports, |wants| wants.reports, 1),
        }
    }

    fn release_events(&mut self, is_end: bool) {
        for pending in self.desk.release(clock::now(), is_end) {
            self.admit_report(pending);
        }
    }

    /// Symbols are read in the blocking pool: the first time takes a third of a second, and no sink
    /// may wait for it.
    fn resolve(&mut self, pending: PendingReport) {
        if pending.is_slow() {
            self.resolving.spawn_blocking(move || pending.resolve());
        } else {
            self.deal_report(pending.resolve());
        }
    }

    /// Waits for reports that are being resolved, for a flush.
    async fn resolved(&mut self, deadline: Instant) {
        while !self.hand_over.is_empty() {
            self.round();
        }
        self.release_events(true);
        while let Ok(Some(report)) = timeout_at(deadline, self.resolving.join_next()).await {
            if let Ok(report) = report {
                self.deal_report(report);
            }
        }
    }

    fn deal_report(&mut self, report: ErrorReport) {
        let Some(report) = self.desk.complete(report) else {
            return self.suppressed(RecordKind::Reports, |wants| wants.reports, 1);
        };
        self.send_report(report);
    }

    fn send_report(&mut self, mut report: ErrorReport) {
        if !self.hook.is_empty() && !self.hook.keeps_report(&mut report) {
            return self.suppressed(RecordKind::Reports, |wants| wants.reports, 1);
        }
        let report = Arc::new(report);
        let push = |queue: &mut SinkQueue, at| queue.push_report(&report, at);
        self.push(RecordKind::Reports, |wants| wants.reports, push);
    }

    /// Gives fragments to the sinks that want them, without secrets and with the hook's edits.
    fn deal(&mut self, fragments: Vec<Fragment>) {
        for mut fragment in fragments {
            let spans = fragment.spans.iter_mut().chain(fragment.in_progress.as_deref_mut());
            for span in spans {
                self.scrubber.span(span);
                self.span_limits.apply(span);
            }
            if !self.hook.is_empty() {
                let before = fragment.spans.len();
                fragment.spans.retain_mut(|span| self.hook.keeps_span(span));
                fragment.in_progress = fragment
                    .in_progress
                    .filter(|_| self.sinks.iter().any(|(wants, _)| wants.xray_spans))
                    .and_then(|mut span| self.hook.keeps_span(&mut span).then_some(span));
                let dropped = (before - fragment.spans.len()) as u64;
                let sampling = fragment.sampling.clone();
                self.suppressed(
                    RecordKind::Spans,
                    |wants| wants.otlp_spans && sampling.otlp || wants.xray_spans && sampling.xray,
                    dropped,
                );
                fragment.is_failure = fragment.spans.iter().any(SpanRecord::is_failure);
            }
            let fragment = Arc::new(fragment);
            for (wants, sink) in &self.sinks {
                let now = sink.now();
                let pushed = sink.queue.borrow_mut().push_fragment(&fragment, *wants, now);
                book(sink, pushed, RecordKind::Spans);
            }
        }
    }

    fn push(
        &self,
        kind: RecordKind,
        wanted: impl Fn(&Signals) -> bool,
        push: impl Fn(&mut SinkQueue, Duration) -> Pushed,
    ) {
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wanted(wants)) {
            let now = sink.now();
            let pushed = push(&mut sink.queue.borrow_mut(), now);
            book(sink, pushed, kind);
        }
    }

    fn suppressed(&self, kind: RecordKind, wanted: impl Fn(&Signals) -> bool, records: u64) {
        let mut lost = [0; 4];
        lost[kind as usize] = records;
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wanted(wants)) {
            sink.account.accept_of(kind, records);
            sink.account.lose_of(Loss::Suppressed, lost);
        }
    }

    fn read_metrics(&mut self) {
        let Some(mut snapshot) = self.metrics.as_mut().and_then(|read| read()) else { return };
        let components: Vec<Component<'_>> = self
            .sinks
            .iter()
            .map(|(signals, sink)| Component {
                account: &sink.account,
                signals: *signals,
                fill: sink.queue.borrow().fill(),
            })
            .collect();
        snapshot.metrics.extend(self_metrics::metrics(self.hand_over.account(), &components));
        let snapshot = Arc::new(snapshot);
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wants.metrics) {
            sink.queue.borrow_mut().put_metrics(Arc::clone(&snapshot));
            sink.wake.notify_one();
        }
    }

    fn sweep(&mut self) {
        let (now, mut out) = (clock::now(), Vec::new());
        for fragment in self.assembler.expire(now) {
            self.keep.admit(fragment, now, &mut out);
        }
        self.keep.sweep(now, &mut out);
        self.deal(out);
        self.release_events(false);
        self.tell_suppressed(false);
    }

    /// What the limits on reports held back is told in reports of its own.
    fn tell_suppressed(&mut self, is_end: bool) {
        for summary in self.desk.summaries(clock::now(), is_end) {
            self.send_report(summary);
        }
    }

    /// Everything that handlers pushed before goes out now.
    fn begin_flush(&mut self) -> Vec<u64> {
        while !self.hand_over.is_empty() {
            self.round();
        }
        let mut out = Vec::new();
        self.keep.finish(clock::now(), &mut out);
        self.deal(out);
        self.read_metrics();
        self.sinks.iter().map(|(_, sink)| sink.begin_flush()).collect()
    }

    async fn shutdown(&mut self, deadline: Instant) {
        self.hand_over.close();
        self.resolved(deadline).await;
        let (now, mut out) = (clock::now(), Vec::new());
        for fragment in self.assembler.finish(now) {
            self.keep.admit(fragment, now, &mut out);
        }
        self.deal(out);
        self.tell_suppressed(true);
        let marks = self.begin_flush();
        for (_, sink) in &self.sinks {
            sink.begin_shutdown(deadline);
        }
        for ((_, sink), mark) in self.sinks.iter().zip(marks) {
            // The worker keeps the deadline; the rest is for one that does not come back.
            let worker_ends = deadline + Duration::from_millis(250);
            let _ = timeout_at(worker_ends, sink.flushed(mark)).await;
        }
        // A push that was under way while the hand-over closed.
        let mut late = Drained::default();
        self.hand_over.drain(&mut late);
        let spans: u64 = late.spans.iter().map(Handed::spans).sum();
        let others = (late.logs.len() + late.reports.len()) as u64;
        self.hand_over.account().lose(Loss::Shutdown, spans + others);
        for (_, sink) in &self.sinks {
            let left = sink.account.stats().pending();
            sink.account.lose(Loss::Shutdown, left);
        }
    }

    fn is_complete(&self) -> bool {
        self.sinks.iter().all(|(_, sink)| sink.account.stats().lost_to(Loss::Shutdown) == 0)
    }
}

pub(super) fn book(sink: &Control, pushed: Pushed, kind: RecordKind) {
    sink.account.accept_of(kind, pushed.accepted);
    if pushed.dropped > 0 {
        let [spans, logs, reports] = pushed.dropped_of;
        sink.account.lose_of(Loss::QueueFull, [spans, logs, reports, 0]);
    }
    if pushed.accepted > 0 {
        sink.wake.notify_one();
    }
}
