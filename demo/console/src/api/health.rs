//! `GET /api/health`: what the console holds and within which bounds; `/api/health/sinks`: what
//! services say of their own telemetry, and where they say it (`POST`).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::error;
use crate::store::health;
use crate::{Shared, time};

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/health", get(console))
        .route("/api/health/sinks", get(sinks).post(report))
}

async fn console(State(app): State<Shared>) -> Response {
    let metrics = app.store.metrics.held();
    let body = app.store.traces.read(|ring| {
        json!({
            "ok": true,
            "traces": ring.len(), "max_traces": app.options.max_traces,
            "bytes": ring.bytes(), "max_bytes": app.options.max_bytes,
            "spans_received": ring.received, "traces_evicted": ring.evicted,
            "metrics": metrics,
        })
    });
    Json(body).into_response()
}

/// By service; one that reports for itself is not read from its metrics as well.
async fn sinks(State(app): State<Shared>) -> Response {
    let mut services = app.store.health.list();
    let told = health::from_metrics(&app.store.metrics.list("otel.sdk."));
    for report in told {
        if !services.iter().any(|it| it.service == report.service) {
            services.push(report);
        }
    }
    Json(json!({ "services": services })).into_response()
}

async fn report(State(app): State<Shared>, body: Bytes) -> Response {
    let taken = health::parse(&body).and_then(|it| app.store.health.report(it, time::now()));
    match taken {
        Ok(()) => {
            app.live.changed("health");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(mistake) => error(StatusCode::BAD_REQUEST, &mistake),
    }
}
