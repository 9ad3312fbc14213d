//! Whether the service is up.

use axum::Json;
use serde_json::{Value, json};

/// `GET /api/health-check`
pub(crate) async fn check() -> Json<Value> {
    Json(json!({ "success": true, "ver": 1 }))
}
