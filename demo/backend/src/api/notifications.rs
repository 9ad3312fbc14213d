//! What happened that concerns the viewer.

use axum::Json;
use axum::extract::State;
use cruddur_trace::observe;

use super::now;
use crate::error::AppError;
use crate::session::Viewer;
use crate::store::{Activity, Store, StoreError};

/// `GET /api/activities/notifications`
pub(crate) async fn list(
    viewer: Viewer,
    State(store): State<Store>,
) -> Result<Json<Vec<Activity>>, AppError> {
    if viewer.handle.is_none() {
        return Ok(Json(Vec::new()));
    }
    Ok(Json(home_notifications(&store).await?))
}

/// The original opened a second segment here; this is a child of the request's span.
#[observe]
async fn home_notifications(store: &Store) -> Result<Vec<Activity>, StoreError> {
    store.notifications(now()).await
}
