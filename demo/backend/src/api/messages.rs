//! Direct messages.

use axum::Json;
use axum::extract::{Path, Query, State};
use cruddur_trace::observe;
use serde::Deserialize;

use super::{Body, check_message, now, refuse_any};
use crate::error::AppError;
use crate::session::Viewer;
use crate::store::{Message, MessageGroup, NewMessage, Store};

/// Most characters of a message.
const MAX_MESSAGE: usize = 1024;

/// `GET /api/message_groups`
#[observe(name = "get-message-groups")]
pub(crate) async fn groups(
    viewer: Viewer,
    State(store): State<Store>,
) -> Result<Json<Vec<MessageGroup>>, AppError> {
    match viewer.handle {
        Some(handle) => Ok(Json(store.message_groups(handle.to_string()).await?)),
        None => Ok(Json(Vec::new())),
    }
}

#[derive(Deserialize)]
pub(crate) struct Other {
    /// Spelt as the original's pages send it.
    #[serde(default)]
    user_reciever_handle: String,
}

/// `GET /api/messages/@{handle}?user_reciever_handle=`: with the user that the query names, else
/// with the one that the path names.
#[observe(name = "get-messages")]
pub(crate) async fn list(
    viewer: Viewer,
    Path(handle): Path<String>,
    Query(other): Query<Other>,
    State(store): State<Store>,
) -> Result<Json<Vec<Message>>, AppError> {
    let Some(viewer) = viewer.handle else {
        return Err(AppError::Invalid(vec!["user_handle_blank"]));
    };
    let named = other.user_reciever_handle.trim();
    let other = if named.is_empty() { handle } else { named.to_owned() };
    Ok(Json(store.messages(viewer.to_string(), other).await?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Send {
    user_receiver_handle: Option<String>,
    message: Option<String>,
}

/// `POST /api/messages`
#[observe(name = "create-message")]
pub(crate) async fn create(
    viewer: Viewer,
    State(store): State<Store>,
    body: Body<Send>,
) -> Result<Json<Message>, AppError> {
    let Json(send) = body?;
    let receiver = send.user_receiver_handle.unwrap_or_default().trim().to_owned();
    let message = send.message.unwrap_or_default();
    let mut errors = Vec::new();
    if viewer.handle.is_none() {
        errors.push("user_sender_handle_blank");
    }
    if receiver.is_empty() {
        errors.push("user_reciever_handle_blank");
    }
    check_message(&message, MAX_MESSAGE, &mut errors);
    refuse_any(errors)?;

    let sender = viewer.handle.as_deref().unwrap_or_default().to_owned();
    let new = NewMessage { sender, receiver, message, created_at: now() };
    Ok(Json(store.send(new).await?))
}
