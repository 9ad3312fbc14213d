use axum::Router;
use axum::routing::get;
use cruddur_trace::{ObserveLayer, SetupError, Telemetry, observe};

pub(crate) fn start() -> Result<Telemetry, SetupError> {
    let telemetry = Telemetry::from_env()?.default_service("app").init()?;
    Ok(telemetry)
}

#[observe(fields(user = user))]
pub(crate) async fn home(user: &str) -> Result<usize, std::io::Error> {
    cruddur_trace::set_attribute("app.members", 3);
    query().await
}

#[observe(kind = "client", fields(db.system.name = "sqlite"))]
async fn query() -> Result<usize, std::io::Error> {
    Ok(3)
}

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(|| async { home("bayko").await.map_or(0, |it| it).to_string() }))
        .layer(ObserveLayer::new())
}
