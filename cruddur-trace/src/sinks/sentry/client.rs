//! Sends envelopes, one at a time; retrying is the pipeline's.
//!
//! Source of the answers: Sentry's developer documentation, "Rate limiting" and "Envelopes",
//! read 2026-11.

use crate::pipeline::{Delivered, SendError};
use sentry::types::Dsn;
use std::cell::{Cell, OnceCell};
use std::time::Duration;
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause when a limit is told without an end, as the documentation asks.
const DEFAULT_PAUSE: Duration = Duration::from_secs(60);
const MAX_PAUSE: Duration = Duration::from_secs(3_600);
const AGENT: &str = concat!("cruddur-trace/", env!("CARGO_PKG_VERSION"));

#[derive(Debug)]
pub(super) struct Client {
    url: String,
    auth: String,
    /// Made on the exporter thread, when first needed.
    http: OnceCell<reqwest::Client>,
    paused_until: Cell<Option<Instant>>,
}

impl Client {
    pub(super) fn new(dsn: &Dsn) -> Self {
        Self {
            url: dsn.envelope_api_url().to_string(),
            auth: dsn.to_auth(Some(AGENT)).to_string(),
            http: OnceCell::new(),
            paused_until: Cell::new(None),
        }
    }

    pub(super) async fn send(&self, envelope: &[u8]) -> Result<Delivered, SendError> {
        let now = Instant::now();
        if let Some(until) = self.paused_until.get().filter(|until| *until > now) {
            let cause = "the project's rate limit is reached".to_owned();
            return Err(SendError::Retry { after: Some(until - now), cause });
        }
        let sent = self
            .http()?
            .post(&self.url)
            .header("x-sentry-auth", &self.auth)
            .header("content-type", "application/x-sentry-envelope")
            .body(envelope.to_vec())
            .send()
            .await;
        let response = sent.map_err(|error| {
            // The innermost cause: reqwest's own words are "error sending request".
            let error = error.without_url();
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
            let cause = causes.last().map(ToString::to_string).unwrap_or_default();
            SendError::Retry { after: None, cause }
        })?;
        let header = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok());
        let limit = header("x-sentry-rate-limits").and_then(pause);
        if let Some(limit) = limit {
            self.paused_until.set(Some(Instant::now() + limit));
        }
        let after = header("retry-after").and_then(|it| it.parse().ok()).map(Duration::from_secs);
        let after = after.map(|it| it.min(MAX_PAUSE));
        match response.status().as_u16() {
            200..=299 => Ok(Delivered::default()),
            429 => Err(SendError::Retry {
                after: limit.or(after).or(Some(DEFAULT_PAUSE)),
                cause: "the project's rate limit is reached".to_owned(),
            }),
            408 | 500..=599 => {
                Err(SendError::Retry { after, cause: response.status().to_string() })
            }
            401 | 403 => Err(SendError::Refused {
                cause: format!("{}: check SENTRY_DSN", response.status()),
            }),
            _ => Err(SendError::Refused { cause: response.status().to_string() }),
        }
    }

    fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .user_agent(AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SendError::Refused { cause: error.without_url().to_string() })?;
        Ok(self.http.get_or_init(|| http))
    }
}

/// How long events are limited: `60:error;default:organization, 5::key`.
pub(super) fn pause(header: &str) -> Option<Duration> {
    let limits = header.split(',').filter_map(|limit| {
        let mut parts = limit.trim().split(':');
        let seconds: u64 = parts.next()?.trim().parse().ok()?;
        let categories = parts.next().unwrap_or_default();
        let is_ours = categories.is_empty() || categories.split(';').any(|it| it == "error");
        is_ours.then(|| Duration::from_secs(seconds).min(MAX_PAUSE))
    });
    limits.max()
}
