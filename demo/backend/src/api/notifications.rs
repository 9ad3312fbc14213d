//! What happened that concerns the viewer.

use axum::Json;
use axum::extract::State;

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

async fn home_notifications(store: &Store) -> Result<Vec<Activity>, StoreError> {
    store.notifications(now()).await
}
