//! A worker under test: a sink that answers by script, a clock that jumps, and what was sent.

use std::cell::RefCell;

use super::*;

/// When each request came, and what was in it.
type Requests = Rc<RefCell<Vec<(Duration, Vec<u64>)>>>;

/// A backend by script: each send takes the next answer, and the last one for ever.
struct Scripted {
    answers: VecDeque<Answer>,
    requests: Requests,
    began: Instant,
    tells_losses: bool,
}

#[derive(Clone)]
pub(super) enum Answer {
    Takes,
    Rejects(u64),
    Fails(Option<Duration>),
    Splits,
    Refuses,
    Hangs,
    Panics,
}

impl Sink for Scripted {
    type Request = Vec<u64>;

    fn name(&self) -> &'static str {
        "scripted"
    }

    fn signals(&self) -> Signals {
        Signals { otlp_spans: true, logs: true, ..Signals::default() }
    }

    fn tells_losses(&self) -> bool {
        self.tells_losses
    }

    fn encode(&mut self, batch: Batch, _: UnixNanos) -> Encoded<Vec<u64>> {
        let spans = batch.fragments.iter().flat_map(|it| &it.spans);
        let ids =
            spans.map(|span| span.span_id.bits()).chain(batch.logs.iter().map(|it| it.log_id));
        // 666 is what no backend takes.
        let (bad, good): (Vec<_>, Vec<_>) = ids.partition(|id| *id == 666);
        let records = good.len() as u64;
        let requests = (!good.is_empty()).then_some(Outgoing { request: good, records });
        Encoded {
            requests: requests.into_iter().collect(),
            refused: vec![(Loss::TooLarge, bad.len() as u64)],
        }
    }

    async fn send(&mut self, request: &Vec<u64>) -> Result<Delivered, SendError> {
        self.requests.borrow_mut().push((self.began.elapsed(), request.clone()));
        let answer = match self.answers.len() {
            1 => self.answers[0].clone(),
            _ => self.answers.pop_front().expect("a script"),
        };
        let cause = "scripted".to_owned();
        match answer {
            Answer::Takes => Ok(Delivered::default()),
            Answer::Rejects(rejected) => Ok(Delivered { rejected, message: Some(cause) }),
            Answer::Fails(after) => Err(SendError::Retry { after, cause }),
            Answer::Splits => Err(SendError::Split { cause }),
            Answer::Refuses => Err(SendError::Refused { cause }),
            Answer::Hangs => std::future::pending().await,
            Answer::Panics => panic!("on purpose"),
        }
    }

    fn split(&mut self, mut request: Vec<u64>) -> Result<[Outgoing<Vec<u64>>; 2], Vec<u64>> {
        if request.len() < 2 {
            return Err(request);
        }
        let second = request.split_off(request.len() / 2);
        Ok([request, second].map(|request| {
            let records = request.len() as u64;
            Outgoing { request, records }
        }))
    }
}

pub(super) const WANTS: Signals =
    Signals { otlp_spans: true, xray_spans: false, logs: true, reports: false, metrics: false };

pub(super) const fn limits() -> QueueLimits {
    QueueLimits {
        max_spans: 8,
        max_logs: 8,
        max_bytes: usize::MAX,
        batch_spans: 4,
        batch_logs: 4,
        spans_delay: Duration::from_secs(5),
        logs_delay: Duration::from_secs(1),
    }
}

pub(super) struct Bench {
    pub(super) control: Rc<Control>,
    pub(super) requests: Requests,
}

impl Bench {
    pub(super) fn start(answers: &[Answer]) -> Self {
        Self::behind(answers, None)
    }

    /// Behind a hand-over, and telling what is lost there.
    pub(super) fn behind(answers: &[Answer], hand_over: Option<Arc<HandOver>>) -> Self {
        let account = Arc::new(Account::new("scripted"));
        let mut control = Control::new(SinkQueue::new(limits()), account);
        let tells_losses = hand_over.is_some();
        if let Some(hand_over) = hand_over {
            control = control.behind(hand_over);
        }
        let control = Rc::new(control);
        let requests = Rc::new(RefCell::default());
        let sink = Scripted {
            answers: answers.iter().cloned().collect(),
            requests: Rc::clone(&requests),
            began: Instant::now(),
            tells_losses,
        };
        let max_elapsed = Duration::from_secs(60);
        let worker = Worker::new(sink, Rc::clone(&control), Duration::from_secs(10), max_elapsed);
        tokio::task::spawn_local(worker.run());
        Self { control, requests }
    }

    pub(super) fn push(&self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            let now = self.control.now();
            let fragment = fragment(id, Outcome::Ok);
            let pushed = self.control.queue.borrow_mut().push_fragment(&fragment, WANTS, now);
            self.control.book(pushed, RecordKind::Spans);
        }
    }

    pub(super) async fn flush(&self, deadline: Duration) -> bool {
        let mark = self.control.begin_flush();
        timeout(deadline, self.control.flushed(mark)).await.is_ok()
    }

    pub(super) fn stats(&self) -> SinkStats {
        let stats = self.control.account.stats();
        assert!(stats.accepted >= stats.sent + stats.lost_total(), "{stats}");
        let by_kind = self.control.account.pending();
        assert_eq!(by_kind, [stats.pending(), 0, 0, 0], "whatever is lost is lost by its kind");
        stats
    }

    pub(super) fn sent_ids(&self) -> Vec<Vec<u64>> {
        self.requests.borrow().iter().map(|(_, ids)| ids.clone()).collect()
    }
}

/// Runs a test with a clock that jumps whenever all tasks wait.
pub(super) fn run<F: Future>(test: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async { test().await });
}
