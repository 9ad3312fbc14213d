//! The exporter's own task: drains the hand-over, assembles, filters, and deals out to the sinks.

mod deal;
mod reports;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};

use super::account::RecordKind;
use super::assembling::Assembling;
use super::control::{Control, later};
use super::hand_over::{Drained, Handed, Waiting};
use super::keep::KeepFilter;
use super::queue::{QueueLimits, SinkQueue};
use super::settings::{ExporterSettings, ReadMetrics, SinkSpawner};
use super::value_limits::{LogLimits, SpanLimits};
use super::{HandOver, Hook, Loss, Signals};
use crate::errors::{ErrorReport, Held, RecordScrubber, ReportDesk, scrubber};
use crate::record::clock;
use crate::span::share_recycled;

/// How long the exporter lets records gather after the first one woke it.
const LINGER: Duration = Duration::from_millis(20);
/// How often the sinks get their turn after a round that left records behind. With one, a flood of
/// records let a request through only every few rounds.
const TURNS: usize = 8;
/// How often what waits for its other half is looked through.
const SWEEP: Duration = Duration::from_secs(1);

/// An order to send what is there, and perhaps to end.
pub(super) struct Command {
    pub(super) deadline: Duration,
    pub(super) is_shutdown: bool,
    /// Is told whether all was done in time.
    pub(super) reply: Reply,
}

pub(super) type Reply = Box<dyn FnOnce(bool) + Send>;

/// See the module.
pub(super) struct Intake {
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
    pub(super) fn new(hand_over: Arc<HandOver>, settings: ExporterSettings) -> Self {
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

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
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
        self.round_of(&mut { Waiting::ANY })
    }

    /// Takes all that waits now. What comes meanwhile waits for its turn: handlers that log without
    /// a pause must not keep a flush from its end, nor the sinks from theirs.
    fn take_waiting(&mut self) {
        let mut left = self.hand_over.waiting();
        while self.round_of(&mut left) {}
    }

    fn round_of(&mut self, left: &mut Waiting) -> bool {
        let mut drained = std::mem::take(&mut self.drained);
        let more = self.hand_over.drain_of(left, &mut drained);
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

    /// Everything that handlers pushed before goes out now.
    fn begin_flush(&mut self) -> Vec<u64> {
        self.take_waiting();
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
        let late = [spans, late.logs.len() as u64, late.reports.len() as u64, 0];
        self.hand_over.account().lose_of(Loss::Shutdown, late);
        for (_, sink) in &self.sinks {
            sink.account.lose_of(Loss::Shutdown, sink.account.pending());
        }
    }

    fn is_complete(&self) -> bool {
        self.sinks.iter().all(|(_, sink)| sink.account.stats().lost_to(Loss::Shutdown) == 0)
    }
}
