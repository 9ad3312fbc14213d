// Handlers as web services write them: extractors, responses, other attributes of the same trade.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{
    DefaultBodyLimit, Extension, FromRef, FromRequestParts, MatchedPath, OptionalFromRequestParts,
    OriginalUri, Path, Query, RawQuery, Request, State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{AppendHeaders, Html, IntoResponse, Json, NoContent, Redirect, Response};
use axum::routing::{any, get, post};
use tower::ServiceExt;

use crate::harness::{Case, case, log, run, seen, show};

#[derive(Clone)]
struct App {
    name: Arc<str>,
    limit: u8,
}

#[derive(Clone, Copy)]
struct Limit(u8);

impl FromRef<App> for Limit {
    fn from_ref(app: &App) -> Self {
        Self(app.limit)
    }
}

#[derive(Debug)]
enum ApiError {
    Missing(u8),
    Bad(&'static str),
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    #[observe]
    fn into_response(self) -> Response {
        match self {
            Self::Missing(id) => (StatusCode::NOT_FOUND, format!("no {id}")).into_response(),
            Self::Bad(why) => (StatusCode::BAD_REQUEST, why).into_response(),
        }
    }
}

/// An extractor of the application's own.
struct User(String);

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;

    #[observe]
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let name = parts.headers.get("user").ok_or(ApiError::Bad("no user"))?;
        Ok(Self(name.to_str().map_err(|_| ApiError::Bad("odd user"))?.to_owned()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for User {
    type Rejection = ApiError;

    #[observe(name = "maybe-user")]
    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        if parts.headers.contains_key("user") {
            <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
        } else {
            Ok(None)
        }
    }
}

#[observe]
#[axum::debug_handler]
async fn hello(user: Option<User>, State(App { name, .. }): State<App>) -> String {
    format!("{} {name}", user.map_or_else(|| "nobody".to_owned(), |User(name)| name))
}

#[axum::debug_handler(state = App)]
#[observe(fields(id, limit = limit.0))]
async fn item(
    Path(id): Path<u8>,
    State(limit): State<Limit>,
    Query(mut query): Query<HashMap<String, String>>,
) -> Result<Json<Vec<u8>>, ApiError> {
    if id > limit.0 {
        return Err(ApiError::Missing(id));
    }
    let times = query.remove("times").unwrap_or_default();
    let times: usize = times.parse().map_err(|_| ApiError::Bad("times"))?;
    Ok(Json(vec![id; times]))
}

#[observe]
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    log(format!("{method} {uri} {}", headers.len()));
    let kind = AppendHeaders([("kind", "echo")]);
    (StatusCode::CREATED, kind, body)
}

#[observe]
async fn create(user: User, Json(names): Json<Vec<String>>) -> Result<impl IntoResponse, ApiError> {
    let [first, .., last] = &names[..] else { return Err(ApiError::Bad("too few")) };
    Ok((StatusCode::CREATED, Html(format!("<b>{first}</b>{last}{}", user.0))))
}

#[observe]
async fn gone() -> NoContent {
    NoContent
}

#[observe]
async fn elsewhere(OriginalUri(uri): OriginalUri, RawQuery(query): RawQuery) -> Redirect {
    Redirect::to(&format!("{}-{}", uri.path(), query.as_deref().unwrap_or("none")))
}

#[observe]
async fn matched(path: MatchedPath, Extension(App { limit, .. }): Extension<App>) -> String {
    path.as_str().repeat(limit.into())
}

#[observe]
async fn whole(request: Request) -> Result<Response, (StatusCode, String)> {
    let bytes = axum::body::to_bytes(request.into_body(), 4).await;
    let bytes = bytes.map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "4 bytes".to_owned()))?;
    Ok(bytes.into_response())
}

#[observe]
async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(app);
    let mut response = next.run(request).await;
    response.headers_mut().insert("guarded", "yes".parse().unwrap());
    response
}

#[observe]
fn router(app: &App) -> Router {
    let state = app.clone();
    Router::new()
        .route("/hello", get(hello))
        .route("/item/{id}", get(item))
        .route("/echo", any(echo))
        .route("/create", post(create))
        .route("/gone", get(gone))
        .route("/elsewhere", get(elsewhere))
        .route("/matched/{it}", get(matched))
        .route("/whole", post(whole))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(DefaultBodyLimit::max(64))
        .with_state(state)
}

fn app() -> App {
    App { name: "app".into(), limit: 2 }
}

fn ask(request: axum::http::request::Builder, body: &'static str) -> String {
    run(async {
        let request = request.body(axum::body::Body::from(body)).unwrap();
        let response = router(&app()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 10).await.unwrap();
        let names = parts.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        seen(names);
        format!("{} {}", parts.status, String::from_utf8_lossy(&body))
    })
}

pub fn cases() -> Vec<Case> {
    vec![
        case("hello", "router guard maybe-user hello", || ask(Request::get("/hello"), "")),
        case("hello_user", "router guard maybe-user from_request_parts hello", || {
            ask(Request::get("/hello").header("user", "Ann"), "")
        }),
        case("item", "router guard item", || ask(Request::get("/item/2?times=3"), "")),
        case("item_missing", "router guard item!error into_response", || {
            ask(Request::get("/item/9"), "")
        }),
        case("item_bad", "router guard item!error into_response", || {
            ask(Request::get("/item/1?times=x"), "")
        }),
        case("echo", "router guard echo", || ask(Request::put("/echo?a=b"), "text")),
        case("create", "router guard from_request_parts create", || {
            let request = Request::post("/create").header("content-type", "application/json");
            ask(request.header("user", "Ann"), r#"["a", "b", "c"]"#)
        }),
        case("create_few", "router guard from_request_parts create!error into_response", || {
            let request = Request::post("/create").header("content-type", "application/json");
            ask(request.header("user", "Ann"), r#"["a"]"#)
        }),
        case("create_nobody", "router guard from_request_parts!error into_response", || {
            ask(Request::post("/create"), "[]")
        }),
        case("gone", "router guard gone", || ask(Request::get("/gone"), "")),
        case("elsewhere", "router guard elsewhere", || ask(Request::get("/elsewhere?x"), "")),
        case("matched", "router guard matched", || ask(Request::get("/matched/a"), "")),
        case("whole", "router guard whole", || ask(Request::post("/whole"), "1234")),
        case("whole_large", "router guard whole!error", || ask(Request::post("/whole"), "12345")),
        case("debug", "", || show(app().name)),
    ]
}
