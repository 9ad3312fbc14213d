//! `GET /api/service-map`: services and who calls whom, of the traces that meet `q`.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::{answer, error};
use crate::{Shared, search, service_map};

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/api/service-map", get(draw))
}

#[derive(Deserialize)]
struct Wanted {
    /// Only traces that meet this search; see `crate::search`.
    #[serde(default)]
    q: String,
}

async fn draw(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let search = match search::parse(&wanted.q) {
        Ok(search) => search,
        Err(mistake) => return error(StatusCode::BAD_REQUEST, &mistake),
    };
    let drawn = app
        .store
        .traces
        .read(|ring| service_map::draw(ring.newest_first().filter(|trace| search.matches(trace))));
    answer(&drawn)
}
