//! Serves the built page: `/`, its assets, and `/config.json`.
//!
//! The page joins the trace that served it: `<meta name="traceparent">` is filled in, and the layer
//! adds `Server-Timing`. Its policy allows nothing inline.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::AppState;
use crate::session::{Viewer, set_cookie};

/// Where the page's build leaves a place for the trace.
const PLACEHOLDER: &str = "<meta name=\"traceparent\" content=\"\" />";

/// What the page is told when it starts; see `demo/frontend/src/config.ts`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageConfig {
    /// The origin of the API; empty: where the page came from.
    pub backend_url: String,
    /// `service.name` of the page's spans.
    pub service_name: String,
    /// Where spans go without the relay; empty: to the relay.
    pub otlp_endpoint: String,
    /// A key that can't do anything but send events, in direct mode.
    pub honeycomb_client_key: String,
    /// For links from the page to its traces.
    pub console_url: String,
}

/// What is served where no page has been built (yet).
const NO_PAGE: &str = "<!doctype html><meta charset=\"utf-8\"><title>Cruddur</title>\
    <p>There is no page yet. It may be being built: the terminal says. The API is here already.";

/// A built page, or the place where it will be.
#[derive(Clone, Debug)]
pub struct Page {
    directory: PathBuf,
    config: PageConfig,
}

impl Page {
    /// The page in this directory, as soon as there is one.
    #[must_use]
    pub fn new(directory: &Path, config: PageConfig) -> Self {
        Self { directory: directory.to_owned(), config }
    }

    /// `/`, as observed as the API is.
    pub(crate) fn document(self) -> Router<AppState> {
        Router::new().route("/", get(document)).layer(axum::Extension(self))
    }

    /// What belongs to the page and is not worth a span.
    pub(crate) fn assets(self) -> Router {
        let assets = ServeDir::new(self.directory.join("assets"));
        let config = self.config;
        let icon = tower_http::services::ServeFile::new(self.directory.join("icon.svg"));
        // Their names change with their content.
        let forever = |answer: &Response| {
            let value = HeaderValue::from_static("public, max-age=31536000, immutable");
            // What is missing now may be there after the next build.
            answer.status().is_success().then_some(value)
        };
        Router::new()
            .nest_service("/assets", assets)
            .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, forever))
            .route_service("/icon.svg", icon)
            .route("/config.json", get(async move || no_store(Json(config))))
            .layer(SetResponseHeaderLayer::overriding(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ))
    }
}

/// `GET /`: starts a session where there is none, so that the relay knows whose spans come.
async fn document(
    axum::Extension(page): axum::Extension<Page>,
    viewer: Viewer,
    State(state): State<AppState>,
) -> Response {
    let filled = match cruddur_trace::current() {
        // Digits of two ids: nothing in them needs escaping.
        Some(context) => format!(
            "<meta name=\"traceparent\" content=\"00-{}-{}-{:02x}\" />",
            context.trace_id,
            context.span_id,
            context.flags.to_byte()
        ),
        None => PLACEHOLDER.to_owned(),
    };
    let index = page.directory.join("index.html");
    let Ok(html) = tokio::fs::read_to_string(index).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, no_store(Html(NO_PAGE))).into_response();
    };
    let html = html.replacen(PLACEHOLDER, &filled, 1);
    let cookie = viewer.cookie(&state.sessions).map(|id| (header::SET_COOKIE, set_cookie(&id)));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy(&page.config)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (StatusCode::OK, AppendHeaders(cookie), headers, no_store(Html(html))).into_response()
}

/// Nothing inline, nothing from elsewhere, requests to the page's own backend only.
fn policy(config: &PageConfig) -> HeaderValue {
    let mut connect = String::from("'self'");
    for url in [&config.backend_url, &config.otlp_endpoint] {
        if !url.is_empty() {
            connect.push(' ');
            connect.push_str(url);
        }
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("origins are fit for a header")
}

fn no_store(answer: impl IntoResponse) -> impl IntoResponse {
    const NO_STORE: [(HeaderName, HeaderValue); 1] =
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (NO_STORE, answer)
}
