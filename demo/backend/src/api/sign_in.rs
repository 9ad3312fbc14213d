//! Signing in by picking a handle, and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Body;
use crate::error::AppError;
use crate::session::{Sessions, Viewer, set_cookie};
use crate::store::{Store, User};

/// `GET /api/session`: who is signed in. Starts a session where there is none.
pub(crate) async fn show(
    viewer: Viewer,
    State(sessions): State<Sessions>,
    State(store): State<Store>,
) -> Result<impl IntoResponse, AppError> {
    let answer = describe(&store, viewer.handle.as_deref()).await?;
    let cookie = viewer.cookie(&sessions).map(|id| (SET_COOKIE, set_cookie(&id)));
    Ok((AppendHeaders(cookie), Json(answer)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignIn {
    handle: Option<String>,
}

/// `POST /api/session`: signs in as the user with this handle, in a session of its own.
pub(crate) async fn create(
    viewer: Viewer,
    State(sessions): State<Sessions>,
    State(store): State<Store>,
    body: Body<SignIn>,
) -> Result<impl IntoResponse, AppError> {
    let Json(sign_in) = body?;
    let handle = sign_in.handle.unwrap_or_default();
    if handle.trim().is_empty() {
        return Err(AppError::Invalid(vec!["user_handle_blank"]));
    }
    if store.display_name(handle.clone()).await?.is_none() {
        return Err(AppError::Invalid(vec!["user_handle_unknown"]));
    }
    let answer = describe(&store, Some(&handle)).await?;
    let cookie = set_cookie(&sessions.start(viewer.browser, Some(Arc::from(handle))));
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Json(answer)))
}

/// `DELETE /api/session`: signs out.
pub(crate) async fn destroy(viewer: Viewer, State(sessions): State<Sessions>) -> impl IntoResponse {
    let cookie = set_cookie(&sessions.start(viewer.browser, None));
    (AppendHeaders([(SET_COOKIE, cookie)]), Json(json!({ "handle": null, "display_name": null })))
}

/// `GET /api/users`: whom one can sign in as.
pub(crate) async fn users(State(store): State<Store>) -> Result<Json<Vec<User>>, AppError> {
    Ok(Json(store.users().await?))
}

async fn describe(store: &Store, handle: Option<&str>) -> Result<Value, AppError> {
    let display_name = match handle {
        Some(handle) => store.display_name(handle.to_owned()).await?,
        None => None,
    };
    Ok(json!({ "handle": handle, "display_name": display_name }))
}
