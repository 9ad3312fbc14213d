//! The handlers, one file per thing that they are about.

pub(crate) mod activities;
pub(crate) mod fail;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod notifications;
pub(crate) mod sign_in;

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use cruddur_trace::record::UnixNanos;

use crate::error::AppError;

/// A JSON body whose every field may be missing, or the refusal.
type Body<T> = Result<Json<T>, JsonRejection>;

fn now() -> UnixNanos {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixNanos(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}

/// Adds what is wrong with a text of at most `max_chars` characters.
fn check_message(message: &str, max_chars: usize, errors: &mut Vec<&'static str>) {
    if message.trim().is_empty() {
        errors.push("message_blank");
    } else if message.chars().count() > max_chars {
        errors.push("message_exceed_max_chars");
    }
}

fn refuse_any(errors: Vec<&'static str>) -> Result<(), AppError> {
    if errors.is_empty() { Ok(()) } else { Err(AppError::Invalid(errors)) }
}
