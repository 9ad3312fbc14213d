//! The README's program: a service of two functions, as it stands there.

// recipe
use std::time::Duration;

use axum::{Json, Router, routing::get};
use cruddur_trace::{ObserveLayer, Telemetry, observe};

#[observe]
async fn home() -> Json<Vec<&'static str>> {
    Json(newest(2))
}

#[observe(fields(limit))]
fn newest(limit: usize) -> Vec<&'static str> {
    ["Cloud is fun!", "I am out of prunes", "My doggo is the best"][..limit].to_vec()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = Telemetry::from_env()?.default_service("cruddur-backend").init()?;
    let app = Router::new().route("/api/activities/home", get(home)).layer(ObserveLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c).await?;
    println!("{}", telemetry.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
// end
