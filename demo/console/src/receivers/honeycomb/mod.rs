//! Honeycomb's API, as far as set-up commands and direct mode need it: `/1/auth`, `/1/datasets`,
//! `/1/columns`, `/1/queries`, `/1/query_results`, `/1/query_annotations`, and the links of its page.
//!
//! ```text
//! key (what it is, what it may do) ─▶ datasets │ columns │ queries ─▶ store::honeycomb, query
//! ```
//!
//! Paths, fields, permissions and error bodies are those of Honeycomb's API reference (read
//! 2026-11). Events come in by OTLP: see `receivers::otlp`, which asks [`refusal_of_key`].
//! It deliberately has no boards, triggers, SLOs or markers: those calls answer 404.

mod columns;
mod datasets;
mod key;
mod links;
mod problem;
mod queries;
mod results;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::routing::{get, post};
use axum::{Json, response::Response};
use serde_json::{Value, json};

use crate::Shared;
use key::Key;
use problem::Problem;

/// Whose key it is; names the team as well.
const TEAM_HEADER: HeaderName = HeaderName::from_static("x-honeycomb-team");

/// The one team and the one environment of this stand-in.
const TEAM: (&str, &str) = ("Cruddur", "cruddur");
const ENVIRONMENT: (&str, &str) = ("Local", "local");

type Answer = Result<Response, Problem>;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/1/auth", get(auth))
        .route("/1/datasets", get(datasets::list).post(datasets::create))
        .route("/1/datasets/{slug}", get(datasets::read))
        .route("/1/columns/{dataset}", get(columns::list).post(columns::create))
        .route("/1/columns/{dataset}/{id}", get(columns::read).put(columns::update))
        .route("/1/queries/{dataset}", post(queries::create))
        .route("/1/queries/{dataset}/{id}", get(queries::read))
        .route("/1/query_results/{dataset}", post(results::create))
        .route("/1/query_results/{dataset}/{id}", get(results::read))
        .route("/1/query_annotations/{dataset}", get(queries::annotations).post(queries::annotate))
        .route(
            "/1/query_annotations/{dataset}/{id}",
            get(queries::annotation).put(queries::update_annotation).delete(queries::forget),
        )
        .route("/{team}/environments/{environment}/datasets/{dataset}", get(links::open))
        .route(
            "/{team}/environments/{environment}/datasets/{dataset}/result/{id}",
            get(links::result),
        )
        .route("/api/honeycomb/keys", post(key::tell))
}

/// `GET /1/auth`: what the key may do, and where.
async fn auth(State(app): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    let key = Key::of(&app, &headers)?;
    Ok(Json(json!({
        "id": key.id(),
        "type": key.facts.kind,
        "api_key_access": key.facts.access,
        // Both are empty for classic keys.
        "environment": if key.is_classic {
            json!({ "name": "", "slug": "" })
        } else {
            json!({ "name": ENVIRONMENT.0, "slug": ENVIRONMENT.1 })
        },
        "team": { "name": TEAM.0, "slug": TEAM.1 },
        "time_to_live": null,
    })))
}

/// Why events under this request's key are refused, if it has one and they are.
pub(crate) fn refusal_of_key(app: &crate::App, headers: &HeaderMap) -> Option<&'static str> {
    if !headers.contains_key(TEAM_HEADER) {
        return None;
    }
    match Key::of(app, headers) {
        Ok(key) if key.may("events") => None,
        Ok(_) => Some("the API key may not send events"),
        Err(_) => Some("unknown API key - check your credentials, region, and API URL"),
    }
}

/// Whether a request is one to Honeycomb's API.
pub(crate) fn speaks(path: &str) -> bool {
    path.starts_with("/1/")
}

/// A refusal in Honeycomb's words.
pub(crate) fn refusal(status: axum::http::StatusCode, reason: &str) -> Response {
    axum::response::IntoResponse::into_response(Problem::plain(status, reason))
}
