//! What Rollbar answers, and what follows from it. Pure.
//!
//! Source: Rollbar API reference, "Rate limits" and "Response codes", read 2026-11.

use crate::pipeline::{Delivered, SendError};
use crate::record::text::first_bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// The pause when a limit is told without an end.
const DEFAULT_PAUSE: Duration = Duration::from_secs(60);
/// The longest pause that is believed: Rollbar's windows are a minute, at most a day.
const MAX_PAUSE: Duration = Duration::from_secs(3_600);

/// What becomes of an item after an answer.
pub(super) enum Answer {
    Taken(Delivered),
    /// It is too large even so: try the minimal form.
    TooLarge,
    Failed(SendError),
}

/// Reads an answer; a body that is not Rollbar's is a reason to send again, which the item's uuid
/// makes safe.
pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
    match status.as_u16() {
        200..=299 => match serde_json::from_slice::<Value>(body) {
            Ok(answer) if answer["err"] == 0 => Answer::Taken(Delivered::default()),
            Ok(answer) if answer["err"].is_number() => refused(&answer),
            _ => Answer::Failed(SendError::Retry {
                after: None,
                cause: format!("{status} with a body that is no answer of Rollbar's"),
            }),
        },
        413 => Answer::TooLarge,
        429 => Answer::Failed(SendError::Retry {
            after: Some(pause(headers).unwrap_or(DEFAULT_PAUSE)),
            cause: "the project's rate limit is reached".to_owned(),
        }),
        401 | 403 => Answer::Failed(SendError::Refused {
            cause: format!(
                "{status} ({}): check ROLLBAR_ACCESS_TOKEN",
                reason(&serde_json::from_slice(body).unwrap_or_default())
            ),
        }),
        404 | 405 => Answer::Failed(SendError::Refused {
            cause: format!("{status}: check ROLLBAR_ENDPOINT, which ends in /api/1/"),
        }),
        408 | 500..=599 => Answer::Failed(SendError::Retry {
            after: retry_after(headers),
            cause: status.to_string(),
        }),
        _ => match serde_json::from_slice::<Value>(body) {
            Ok(answer) => refused(&answer),
            Err(_) => Answer::Failed(SendError::Refused { cause: status.to_string() }),
        },
    }
}

/// How long to send nothing because a limit is used up, said with an answer of any status.
pub(super) fn exhausted(headers: &HeaderMap) -> Option<Duration> {
    (number(headers, "x-rate-limit-remaining")? == 0).then(|| pause(headers)).flatten()
}

fn refused(answer: &Value) -> Answer {
    Answer::Failed(SendError::Refused { cause: reason(answer).to_owned() })
}

fn reason(answer: &Value) -> &str {
    first_bytes(answer["message"].as_str().unwrap_or("no reason given"), 300)
}

fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = number(headers, "x-rate-limit-remaining-seconds");
    seconds.map(Duration::from_secs).or_else(|| retry_after(headers)).map(|it| it.min(MAX_PAUSE))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
