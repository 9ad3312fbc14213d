//! Sends items, one at a time.
//!
//! Retrying is the pipeline's: here one call is one request. An item is safe to send again, since
//! Rollbar discards a second one with the same uuid.

use super::answer::{self, Answer};
use crate::config::Secret;
use crate::pipeline::{Delivered, SendError};
use http::header::CONTENT_TYPE;
use std::cell::{Cell, OnceCell};
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// An item on its way.
#[derive(Debug)]
pub(crate) struct ItemRequest {
    pub(super) body: Vec<u8>,
    /// What is sent instead once the service found the item too large.
    pub(super) minimal: Vec<u8>,
    pub(super) is_minimal: Cell<bool>,
}

#[derive(Debug)]
pub(super) struct Client {
    url: String,
    access_token: Secret,
    /// Made on the exporter thread, when first needed.
    http: OnceCell<reqwest::Client>,
    /// Until when a limit of the service is used up.
    paused_until: Cell<Option<Instant>>,
}

impl Client {
    /// `endpoint` is the base and ends in `/`.
    pub(super) fn new(endpoint: &str, access_token: Secret) -> Self {
        Self {
            url: format!("{endpoint}item/"),
            access_token,
            http: OnceCell::new(),
            paused_until: Cell::new(None),
        }
    }

    pub(super) async fn send(&self, request: &ItemRequest) -> Result<Delivered, SendError> {
        let now = Instant::now();
        if let Some(until) = self.paused_until.get().filter(|until| *until > now) {
            let cause = "the project's rate limit is reached".to_owned();
            return Err(SendError::Retry { after: Some(until - now), cause });
        }
        let body = if request.is_minimal.get() { &request.minimal } else { &request.body };
        let sent = self
            .http()?
            .post(&self.url)
            .header("x-rollbar-access-token", self.access_token.expose())
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone())
            .send()
            .await;
        let mut response = sent.map_err(|error| retry(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| retry(&error))? {
            answer.extend_from_slice(&chunk);
            if answer.len() > MAX_ANSWER_BYTES {
                break;
            }
        }
        if let Some(pause) = answer::exhausted(&headers) {
            self.paused_until.set(Some(Instant::now() + pause));
        }
        match answer::read(status, &headers, &answer) {
            Answer::Taken(delivered) => Ok(delivered),
            Answer::Failed(error) => Err(error),
            Answer::TooLarge if request.is_minimal.replace(true) => {
                Err(SendError::Refused { cause: "413, even for the least item".to_owned() })
            }
            Answer::TooLarge => {
                let cause = "413: the item is sent again in its least form".to_owned();
                Err(SendError::Retry { after: None, cause })
            }
        }
    }

    fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .user_agent(concat!("cruddur-trace/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SendError::Refused { cause: error.without_url().to_string() })?;
        Ok(self.http.get_or_init(|| http))
    }
}

fn retry(error: &reqwest::Error) -> SendError {
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        cause = format!("{cause}: {inner}");
        source = inner.source();
    }
    SendError::Retry { after: None, cause }
}
