use axum::Router;
use axum::routing::get;

#[cruddur_trace::observe(name = "home", fields(user = user))]
async fn home(user: String) -> String {
    greeting(&user)
}

#[cruddur_trace::observe]
fn greeting(user: &str) -> String {
    cruddur_trace::set_attribute("greeted", "yes");
    format!("hello, {user}")
}

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(|| home("bayko".to_owned())))
        .layer(cruddur_trace::ObserveLayer::new())
}
