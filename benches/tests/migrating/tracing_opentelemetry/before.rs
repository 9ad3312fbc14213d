use axum::Router;
use axum::routing::get;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;

pub(crate) fn start(exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("app")))
        .init();
    provider
}

#[tracing::instrument(skip_all, fields(user = user), err)]
pub(crate) async fn home(user: &str) -> Result<usize, std::io::Error> {
    tracing::Span::current().set_attribute("app.members", 3);
    query().await
}

#[tracing::instrument(skip_all, err, fields(otel.kind = "client", db.system.name = "sqlite"))]
async fn query() -> Result<usize, std::io::Error> {
    Ok(3)
}

pub(crate) fn app() -> Router {
    Router::new().route("/", get(|| async { home("bayko").await.map_or(0, |it| it).to_string() }))
}
