//! The application: what its handlers share, and its routes.

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::api::{activities, health, messages, notifications, sign_in};
use crate::cors;
use crate::session::Sessions;
use crate::settings::Origin;
use crate::store::Store;

/// What the handlers share. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The data.
    pub store: Store,
    /// Who is signed in.
    pub sessions: Sessions,
}

impl AppState {
    /// The state of a fresh application over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, sessions: Sessions::default() }
    }
}

/// The API. Pages of `frontend` may call it from another origin; no other origin's may.
pub fn api(state: AppState, frontend: &Origin) -> Router {
    Router::new()
        .route("/api/activities/home", get(activities::home))
        .route("/api/activities/notifications", get(notifications::list))
        .route("/api/activities/search", get(activities::search))
        .route("/api/activities", post(activities::create))
        .route("/api/activities/@", get(activities::blank_handle))
        .route("/api/activities/@{handle}", get(activities::of_user))
        .route("/api/activities/{uuid}", get(activities::show))
        .route("/api/activities/{uuid}/reply", post(activities::reply))
        .route("/api/message_groups", get(messages::groups))
        .route("/api/messages/@{handle}", get(messages::list))
        .route("/api/messages", post(messages::create))
        .route("/api/health-check", get(health::check))
        .route("/api/session", get(sign_in::show).post(sign_in::create).delete(sign_in::destroy))
        .route("/api/users", get(sign_in::users))
        .layer(cors::layer(frontend))
        .with_state(state)
}
