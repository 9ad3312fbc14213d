//! One request on its way out: sent, tried again, split or given up.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::{Worker, take};
use crate::pipeline::account::RecordKind;
use crate::pipeline::backoff::Step;
use crate::pipeline::diagnose::{Verbosity, say_once};
use crate::pipeline::{Delivered, Loss, Outgoing, SendError, Sink};

/// The longest wait between two attempts once a shutdown has begun.
const HURRIED: Duration = Duration::from_millis(250);

impl<S: Sink> Worker<S> {
    /// Sends one request until it is taken, refused, split or given up.
    pub(super) async fn deliver(
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
            let in_time = self.control.deadline().is_none_or(|it| Instant::now() < it);
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

    /// `None`: the shutdown's deadline passed first.
    async fn send(
        &mut self,
        request: &S::Request,
        kind: RecordKind,
    ) -> Option<Result<Delivered, SendError>> {
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
            let Some(deadline) = control.deadline() else {
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
        let flushes = self.control.flushes();
        // In a shutdown each wait is short: there is one deadline, and something may still leave.
        let hurried = self.control.deadline().is_some() && !asked;
        let until = if hurried { until.min(Instant::now() + HURRIED) } else { until };
        loop {
            let deadline = self.control.deadline();
            let until = deadline.map_or(until, |deadline| deadline.min(until));
            if Instant::now() >= until || (!asked && self.control.flushes() != flushes) {
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
    send: impl Future<Output = Result<Delivered, SendError>>,
) -> Result<Delivered, SendError> {
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
