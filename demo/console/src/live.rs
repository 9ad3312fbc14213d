//! Tells open pages that something changed: `GET /api/live`, a stream of server-sent events.
//!
//! An event carries a topic and a revision, never data: the page then asks the API for what it
//! shows. Events are gathered for 200 ms, so a busy service costs a page five small reads a second.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use tokio::sync::{broadcast, watch};

use crate::Shared;

/// Gathers events for this long before it sends them.
const GATHER: Duration = Duration::from_millis(200);

/// Who is told, and whether the console is closing.
pub(crate) struct Live {
    topics: broadcast::Sender<&'static str>,
    closing: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self { topics: broadcast::channel(64).0, closing: watch::channel(false).0 }
    }
}

impl Live {
    /// Says that `topic` ("traces", "logs", "xray", ...) changed. Never waits.
    pub(crate) fn changed(&self, topic: &'static str) {
        // No page is open: nobody to tell.
        let _ = self.topics.send(topic);
    }

    /// Ends all streams, so that a graceful shutdown need not wait for them.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// The handler of `GET /api/live`.
pub(crate) async fn stream(
    State(app): State<Shared>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receiver = app.live.topics.subscribe();
    let closing = app.live.closing.subscribe();
    let events =
        futures::stream::unfold((receiver, closing), |(mut receiver, mut closing)| async {
            let topics = tokio::select! {
                topics = gather(&mut receiver) => topics?,
                _ = closing.wait_for(|closing| *closing) => return None,
            };
            let list: Vec<&str> = topics.into_iter().collect();
            let event = Event::default().event("changed").data(list.join(","));
            Some((Ok(event), (receiver, closing)))
        });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Waits for one topic, then takes all that arrive in the next [`GATHER`].
async fn gather(
    receiver: &mut broadcast::Receiver<&'static str>,
) -> Option<BTreeSet<&'static str>> {
    let mut topics = BTreeSet::new();
    note(&receiver.recv().await, &mut topics)?;
    let deadline = tokio::time::sleep(GATHER);
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            () = &mut deadline => return Some(topics),
            topic = receiver.recv() => note(&topic, &mut topics)?,
        }
    }
}

/// Adds what was received; `None` when no sender is left. A page that fell behind is told that
/// everything changed.
fn note(
    received: &Result<&'static str, broadcast::error::RecvError>,
    topics: &mut BTreeSet<&'static str>,
) -> Option<()> {
    match received {
        Ok(topic) => topics.insert(topic),
        Err(broadcast::error::RecvError::Lagged(_)) => topics.insert("all"),
        Err(broadcast::error::RecvError::Closed) => return None,
    };
    Some(())
}
