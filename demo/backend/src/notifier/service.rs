//! The notifier's side: takes what was posted, and keeps how many notifications everybody has.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::{ObserveLayer, Telemetry, observe};
use serde::Serialize;
use tokio::net::TcpListener;

use super::News;

/// Its `service.name`.
pub const SERVICE: &str = "cruddur-notifier";

/// Handles that are kept at most: whoever posts may name anybody.
const MAX_HANDLES: usize = 10_000;

type Inboxes = Arc<Mutex<HashMap<String, u64>>>;

/// How many notifications were left.
#[derive(Serialize)]
struct Delivered {
    delivered: usize,
}

/// How many notifications somebody has.
#[derive(Serialize)]
struct Waiting {
    waiting: u64,
}

/// Starts the service on a free port of the loopback interface.
///
/// # Errors
/// There is none.
pub async fn start(telemetry: &Telemetry) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // Spans under its own name. Its requests are in no metric: the process's are the backend's.
    let layer = ObserveLayer::new()
        .collect_into(telemetry.service(SERVICE))
        .record_into(Arc::new(HttpMetrics::new()));
    let service = router().layer(layer).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

/// The service without a layer.
pub fn router() -> Router {
    Router::new()
        .route("/api/notifications", post(take))
        .route("/api/notifications/{handle}", get(show))
        .with_state(Inboxes::default())
}

/// `POST /api/notifications`
#[observe(name = "deliver-notifications", fields(app.mentions = news.to.len()))]
async fn take(State(inboxes): State<Inboxes>, Json(news): Json<News>) -> Json<Delivered> {
    let mut inboxes = inboxes.lock().unwrap_or_else(PoisonError::into_inner);
    let mut delivered = 0;
    for handle in news.to.iter().filter(|handle| **handle != news.from) {
        if inboxes.len() < MAX_HANDLES || inboxes.contains_key(handle) {
            *inboxes.entry(handle.clone()).or_default() += 1;
            delivered += 1;
        }
    }
    Json(Delivered { delivered })
}

/// `GET /api/notifications/{handle}`
#[observe(name = "count-notifications")]
async fn show(State(inboxes): State<Inboxes>, Path(handle): Path<String>) -> Json<Waiting> {
    let inboxes = inboxes.lock().unwrap_or_else(PoisonError::into_inner);
    Json(Waiting { waiting: inboxes.get(&handle).copied().unwrap_or_default() })
}
