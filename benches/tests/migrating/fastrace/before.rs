use axum::Router;
use axum::routing::get;

#[fastrace::trace(name = "home", properties = { "user": "{user}" })]
async fn home(user: String) -> String {
    greeting(&user)
}

#[fastrace::trace]
fn greeting(user: &str) -> String {
    fastrace::local::LocalSpan::add_property(|| ("greeted", "yes"));
    format!("hello, {user}")
}

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(|| home("bayko".to_owned())))
        .layer(fastrace_axum::FastraceLayer::default())
}
