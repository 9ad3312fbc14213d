//! Posts, replies and where they are read: home, profile, search.

use axum::Json;
use axum::extract::{Path, Query, State};
use cruddur_trace::observe;
use cruddur_trace::record::UnixNanos;
use serde::Deserialize;

use super::{Body, check_message, now, refuse_any};
use crate::error::AppError;
use crate::notifier::{News, Notifier};
use crate::session::Viewer;
use crate::store::{Activity, NewActivity, Store};

/// Most characters of a post.
const MAX_POST: usize = 280;
/// Most characters of a reply.
const MAX_REPLY: usize = 1024;

type Activities = Result<Json<Vec<Activity>>, AppError>;

/// `GET /api/activities/home`
#[observe(name = "get-activities", fields(app.userId = viewer.handle))]
pub(crate) async fn home(viewer: Viewer, State(store): State<Store>) -> Activities {
    tracing::info!("get home activities");
    Ok(Json(store.home(viewer.handle.is_some(), now()).await?))
}

/// `GET /api/activities/@{handle}`
#[observe(name = "get-user-activities")]
pub(crate) async fn of_user(Path(handle): Path<String>, State(store): State<Store>) -> Activities {
    if handle.trim().is_empty() {
        return blank_handle().await;
    }
    Ok(Json(store.by_handle(handle, now()).await?))
}

/// `GET /api/activities/@`
pub(crate) async fn blank_handle() -> Activities {
    Err(AppError::Invalid(vec!["blank_user_handle"]))
}

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    term: String,
}

/// `GET /api/activities/search?term=`
#[observe(name = "search-activities")]
pub(crate) async fn search(
    viewer: Viewer,
    Query(search): Query<Search>,
    State(store): State<Store>,
) -> Activities {
    let term = search.term.trim();
    if term.is_empty() {
        return Err(AppError::Invalid(vec!["search_term_blank"]));
    }
    Ok(Json(store.search(term, viewer.handle.is_some(), now()).await?))
}

/// `GET /api/activities/{uuid}`
#[observe(name = "get-activity")]
pub(crate) async fn show(
    Path(uuid): Path<String>,
    State(store): State<Store>,
) -> Result<Json<Activity>, AppError> {
    let found = store.activity(uuid).await?;
    found.map(Json).ok_or(AppError::NotFound("activity_not_found"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Post {
    message: Option<String>,
    ttl: Option<String>,
}

/// `POST /api/activities`
#[observe(name = "create-activity")]
pub(crate) async fn create(
    viewer: Viewer,
    State(store): State<Store>,
    State(notifier): State<Notifier>,
    body: Body<Post>,
) -> Result<Json<Activity>, AppError> {
    let Json(post) = body?;
    let message = post.message.unwrap_or_default();
    let lifetime = post.ttl.as_deref().and_then(lifetime_hours);
    let mut errors = Vec::new();
    if lifetime.is_none() {
        errors.push("ttl_blank");
    }
    if viewer.handle.is_none() {
        errors.push("user_handle_blank");
    }
    check_message(&message, MAX_POST, &mut errors);
    refuse_any(errors)?;

    let created_at = now();
    let new = NewActivity {
        handle: viewer.handle.as_deref().unwrap_or_default().to_owned(),
        message,
        created_at,
        expires_at: hours_after(created_at, lifetime.unwrap_or_default()),
        reply_to: None,
    };
    Ok(Json(publish(&store, &notifier, new).await?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reply {
    message: Option<String>,
}

/// `POST /api/activities/{uuid}/reply`
#[observe(name = "create-reply")]
pub(crate) async fn reply(
    viewer: Viewer,
    Path(uuid): Path<String>,
    State(store): State<Store>,
    State(notifier): State<Notifier>,
    body: Body<Reply>,
) -> Result<Json<Activity>, AppError> {
    let Json(reply) = body?;
    let message = reply.message.unwrap_or_default();
    let mut errors = Vec::new();
    if viewer.handle.is_none() {
        errors.push("user_handle_blank");
    }
    if uuid.trim().is_empty() {
        errors.push("activity_uuid_blank");
    }
    check_message(&message, MAX_REPLY, &mut errors);
    refuse_any(errors)?;

    // A reply goes with what it replies to, which must be there.
    let Some(expires_at) = store.expiry(uuid.clone()).await? else {
        return Err(AppError::NotFound("activity_not_found"));
    };
    let new = NewActivity {
        handle: viewer.handle.as_deref().unwrap_or_default().to_owned(),
        message,
        created_at: now(),
        expires_at,
        reply_to: Some(uuid),
    };
    Ok(Json(publish(&store, &notifier, new).await?))
}

/// Stores an activity and tells whoever it mentions.
async fn publish(
    store: &Store,
    notifier: &Notifier,
    new: NewActivity,
) -> Result<Activity, AppError> {
    let activity = store.post(new).await?;
    notifier.tell(News::of(&activity.uuid, &activity.handle, &activity.message)).await;
    Ok(activity)
}

/// The hours that a `ttl` stands for.
fn lifetime_hours(ttl: &str) -> Option<u64> {
    Some(match ttl {
        "30-days" => 30 * 24,
        "7-days" => 7 * 24,
        "3-days" => 3 * 24,
        "1-day" => 24,
        "12-hours" => 12,
        "3-hours" => 3,
        "1-hour" => 1,
        _ => return None,
    })
}

fn hours_after(start: UnixNanos, hours: u64) -> UnixNanos {
    UnixNanos(start.0 + hours * 3_600 * 1_000_000_000)
}
