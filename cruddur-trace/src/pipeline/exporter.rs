//! The exporter thread, as the rest of the process sees it: started, ordered to flush or to shut
//! down, and asked for its books.
//!
//! What it does meanwhile is [`super::intake`]'s.

use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use super::account::{Account, Delivery};
use super::intake::{Command, Intake, Reply};
use super::settings::ExporterSettings;
use super::{HandOver, Loss, Stats};
use crate::suppress;

/// The running exporter, as the rest of the process sees it.
pub(crate) struct Exporter {
    hand_over: Arc<HandOver>,
    accounts: Vec<Arc<Account>>,
    commands: mpsc::UnboundedSender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

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
                // Tasks that are cut short may spawn: a pool of connections does, when one comes
                // back to it.
                let inside = runtime.enter();
                drop(tasks);
                drop(inside);
                // Connections that linger must not hold up the process.
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

#[cfg(test)]
mod tests;
