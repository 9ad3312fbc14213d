//! The handlers, one file per thing that they are about.

pub(crate) mod activities;
pub(crate) mod fail;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod notifications;
pub(crate) mod sign_in;

use axum::Json;
use axum::extract::rejection::JsonRejection;

use crate::error::AppError;
use crate::now;

/// A JSON body whose every field may be missing, or the refusal.
type Body<T> = Result<Json<T>, JsonRejection>;

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
