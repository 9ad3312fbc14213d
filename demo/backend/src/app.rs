//! The application: what its handlers share, and its routes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use cruddur_trace::ObserveLayer;
use cruddur_trace::record::TraceId;
use cruddur_trace::relay::{Relay, RelayDestination, RelayPolicy, TraceOwners, Visitor};

use crate::api::{activities, fail, health, messages, notifications, sign_in};
use crate::cors;
use crate::notifier::Notifier;
use crate::page::Page;
use crate::session::{Sessions, Viewer};
use crate::settings::{Origin, Settings};
use crate::store::Store;

/// What the handlers share. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The data.
    pub store: Store,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Who tells people that they were mentioned.
    pub notifier: Notifier,
}

impl AppState {
    /// The state of a fresh application over this store, with nobody to tell of mentions.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, sessions: Sessions::default(), notifier: Notifier::default() }
    }

    /// The same with a notifier.
    #[must_use]
    pub fn with_notifier(self, notifier: Notifier) -> Self {
        Self { notifier, ..self }
    }
}

/// The whole application: the API, the page if there is one, and the relay if there is one.
///
/// From the outside in: CORS, which answers preflights by itself and reaches the answers to panics
/// too; the layer that observes; the handlers. The relay and the page's assets stand beside the
/// layer: they make no spans of their own.
pub fn router(
    state: AppState,
    frontend: &Origin,
    page: Option<Page>,
    relay: Option<Relay>,
) -> Router {
    let claims = Claims {
        sessions: state.sessions.clone(),
        owners: relay.as_ref().map(|relay| relay.traces().clone()),
    };
    let mut observed = api();
    let mut beside = Router::new();
    if let Some(page) = page {
        observed = observed.merge(page.clone().document());
        beside = beside.merge(page.assets());
    }
    if let Some(relay) = relay {
        beside = beside.route_service("/v1/traces", relay.clone()).route_service("/v1/logs", relay);
    }
    let layer = ObserveLayer::new().exclude_paths(["/api/health-check"]);
    observed
        // Said, since of two unsaid ones a merge takes the other router's, which nobody observes.
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn(log_answer))
        .layer(middleware::from_fn_with_state(claims, claim))
        .with_state(state)
        .layer(layer)
        .merge(beside)
        .layer(cors::layer(frontend))
}

fn api() -> Router<AppState> {
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
        .route("/rollbar/test", get(fail::rollbar_test))
        .route("/fail/error", get(fail::error))
        .route("/fail/panic", get(fail::panic))
        .route("/fail/spawned", get(fail::spawned))
        .route("/fail/stream", get(fail::stream))
}

/// Logs how each request was answered, beside what the handlers say.
async fn log_answer(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    if response.status().is_server_error() {
        tracing::warn!(status, "{method} {path} {status}");
    } else {
        tracing::info!(status, "{method} {path} {status}");
    }
    response
}

/// Whose the traces of requests are.
#[derive(Clone)]
struct Claims {
    sessions: Sessions,
    owners: Option<TraceOwners>,
}

/// Says who asks: to the telemetry, and to the relay, which lets a browser add to the traces of
/// its own requests only.
async fn claim(State(claims): State<Claims>, request: Request, next: Next) -> Response {
    let viewer = claims.sessions.viewer(request.headers());
    if let Some(handle) = &viewer.handle {
        cruddur_trace::set_user(&**handle);
    }
    let trace_id = cruddur_trace::current().map(|it| it.trace_id);
    // Before the answer, so that nobody else is first.
    claims.give(trace_id, viewer.browser.as_ref());
    let response = next.run(request).await;
    if viewer.browser.is_none() {
        // A session that began with this answer.
        let started = claims.sessions.started(response.headers());
        claims.give(trace_id, started.as_ref());
    }
    response
}

impl Claims {
    fn give(&self, trace_id: Option<TraceId>, browser: Option<&Arc<str>>) {
        if let (Some(owners), Some(trace_id), Some(_)) = (&self.owners, trace_id, browser) {
            owners.claim(trace_id, browser);
        }
    }
}

/// The origins that the page may come from: the backend's own, by both its names, and the frontend's.
pub(crate) fn page_origins(url: &str, settings: &Settings) -> Vec<String> {
    let mut origins = vec![url.to_owned(), url.replace("127.0.0.1", "localhost")];
    origins.push(settings.frontend.to_string());
    origins.extend(settings.backend.as_ref().map(Origin::to_string));
    origins
}

/// The relay's policy for pages at these origins, and who its visitors are.
pub fn relay(
    origins: impl IntoIterator<Item = String>,
    service_name: &str,
    destination: RelayDestination,
    sessions: Sessions,
) -> Relay {
    let policy =
        RelayPolicy::new(service_name, origins).allow_span_names(SPAN_NAMES.iter().copied());
    Relay::new(policy, destination, move |parts| {
        let Viewer { browser, handle } = sessions.viewer(&parts.headers);
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
        Visitor { session: browser, user_id: handle, address }
    })
}

/// What the page calls its spans, beside requests and document load.
const SPAN_NAMES: &[&str] =
    &["click *", "fetch_*", "load", "search_activities", "uncaught_error", "web_vital"];
