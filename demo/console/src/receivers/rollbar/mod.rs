//! Rollbar's API: `POST /api/1/item/` and `POST /api/1/deploy/`, with its checks and its answers.
//!
//! Sizes, schema and limits are Rollbar's own (API reference, read 2026-11). What it can't know is
//! which access tokens are valid: all are, but none and those that begin with `invalid`.
//! `POST /api/errors/demand` makes it answer otherwise, to see what a client does.

mod schema;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::Shared;
use crate::receivers::AsIs;
use crate::store::errors::{Demand, Deploy, Taken};
use crate::time::now;

/// Largest payload, in bytes (512 KB).
const MAX_BYTES: usize = 512 * 1024;
/// What a project without a limit of its own may send, as the headers tell it.
const LIMIT: u64 = 5_000;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/1/item/", post(item))
        .route("/api/1/deploy/", post(deploy))
        // Larger bodies are refused here in Rollbar's own words.
        .layer(DefaultBodyLimit::max(64 << 20))
}

async fn item(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(demand) = app.store.errors.demanded() {
        let mut answer = demanded(&demand);
        answer.extensions_mut().insert(AsIs);
        return answer;
    }
    let result = check(&headers, &body);
    let payload = match result {
        Ok(payload) => payload,
        Err((status, message)) => {
            app.store.errors.refuse();
            app.live.changed("errors");
            return refusal(status, &message);
        }
    };
    let uuid = payload["data"]["uuid"].as_str().map(str::to_owned);
    let raw = String::from_utf8_lossy(&body).into_owned();
    let taken = app.store.errors.add(payload, raw, body.len(), now());
    app.live.changed("errors");
    let uuid = match taken {
        Taken::New(uuid) => Some(uuid),
        Taken::Duplicate => uuid,
    };
    let answer = json!({ "err": 0, "result": { "id": null, "uuid": uuid } });
    (StatusCode::OK, rate_headers(LIMIT, LIMIT - 1, 60), axum::Json(answer)).into_response()
}

/// The payload, if Rollbar would take it.
fn check(headers: &HeaderMap, body: &Bytes) -> Result<Value, (StatusCode, String)> {
    if body.len() > MAX_BYTES {
        let message = format!("the payload has {} bytes, more than {MAX_BYTES}", body.len());
        return Err((StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    let payload: Value = serde_json::from_slice(body)
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("invalid JSON: {error}")))?;
    authorize(headers, &payload)?;
    schema::item(&payload).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error))?;
    Ok(payload)
}

fn authorize(headers: &HeaderMap, payload: &Value) -> Result<(), (StatusCode, String)> {
    let header = headers.get("x-rollbar-access-token").and_then(|it| it.to_str().ok());
    match header.or_else(|| payload["access_token"].as_str()) {
        None | Some("") => Err((StatusCode::FORBIDDEN, "access token required".to_owned())),
        Some(token) if token.starts_with("invalid") => {
            Err((StatusCode::FORBIDDEN, "invalid access token".to_owned()))
        }
        Some(_) => Ok(()),
    }
}

async fn deploy(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    if body.len() > MAX_BYTES {
        let message = format!("the payload has {} bytes, more than {MAX_BYTES}", body.len());
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, &message);
    }
    let payload: Value = match serde_json::from_slice(&body) {
        Ok(payload) => payload,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &format!("invalid JSON: {error}")),
    };
    if let Err((status, message)) = authorize(&headers, &payload) {
        return refusal(status, &message);
    }
    let text = |key: &str| payload[key].as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    let (Some(environment), Some(revision)) = (text("environment"), text("revision")) else {
        let message = "environment and revision are required";
        return refusal(StatusCode::UNPROCESSABLE_ENTITY, message);
    };
    let deploy = Deploy {
        environment,
        revision,
        local_username: text("local_username"),
        comment: text("comment"),
        time: now(),
    };
    let id = app.store.errors.deploy(deploy);
    app.live.changed("errors");
    axum::Json(json!({ "data": { "deploy_id": id } })).into_response()
}

fn refusal(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "err": 1, "message": message }))).into_response()
}

fn demanded(demand: &Demand) -> Response {
    let status = StatusCode::from_u16(demand.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(body) = &demand.body {
        return (status, body.clone()).into_response();
    }
    let answer = json!({ "err": 1, "message": "answered so on demand" });
    if status == StatusCode::TOO_MANY_REQUESTS {
        let headers = rate_headers(LIMIT, 0, demand.seconds.unwrap_or(60));
        return (status, headers, axum::Json(answer)).into_response();
    }
    (status, axum::Json(answer)).into_response()
}

fn rate_headers(limit: u64, remaining: u64, seconds: u64) -> [(&'static str, String); 4] {
    [
        ("x-rate-limit-limit", limit.to_string()),
        ("x-rate-limit-remaining", remaining.to_string()),
        ("x-rate-limit-reset", (now() / 1_000_000_000).saturating_add(seconds).to_string()),
        ("x-rate-limit-remaining-seconds", seconds.to_string()),
    ]
}
