//! Puts every secret of the corpus into every place from which something leaves:
//! `leaks <base URL of all receivers> <UDP address of the X-Ray daemon>`. Standard output is the
//! terminal.

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderName, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cruddur_trace::errors::{Report, ReportLevel, ReportOptions};
use cruddur_trace::record::Attribute;
use cruddur_trace::{ObserveLayer, Telemetry, observe, span};
use tests::secrets::{HEADERS, KEYS, PLAIN, STATEMENTS, TEXTS, marked};
use tower::ServiceExt as _;

#[derive(Debug)]
struct Failed {
    text: String,
    cause: Option<Box<Failed>>,
}

impl Failed {
    fn new(text: &str) -> Self {
        let cause = Some(Box::new(Self { text: text.to_owned(), cause: None }));
        Self { text: text.to_owned(), cause }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|it| it as _)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Text in span attributes, span events, log messages, log fields, and an error with its cause.
#[observe(fields(note = text, x.metadata = text))]
async fn told(text: &str) -> Result<(), Failed> {
    span::set_attribute("list", vec![text.to_owned()]);
    span::add_event(text.to_owned(), vec![Attribute::new("detail", text.to_owned())]);
    tracing::info!("{text}");
    tracing::warn!(note = text, detail = ?text, "noted");
    Err(Failed::new(text))
}

async fn fails(RawQuery(query): RawQuery) -> Result<(), Failed> {
    told(&text_of(query)).await
}

#[observe]
async fn panics(RawQuery(query): RawQuery) {
    panic!("{}", text_of(query));
}

/// A key that names a secret, in attributes, fields, JSON and a report's own fields.
#[observe]
async fn keyed(RawQuery(query): RawQuery) -> StatusCode {
    let query = query.unwrap_or_default();
    let (key, value) = query.split_once('=').expect("a pair");
    span::set_attribute(key.to_owned(), value.to_owned());
    span::add_event("keyed", vec![Attribute::new(key.to_owned(), value.to_owned())]);
    tracing::info!("{{\"page\":2,\"{key}\":\"{value}\"}}");
    tracing::info!("page=2&{key}={value}");
    tracing::info!(password = value, api_key = value, user.token = ?Some(value), "keyed");
    Report::message(ReportLevel::Warning, format!("keyed {key}"))
        .field(key.to_owned(), value.to_owned())
        .field("json", format!("{{\"{key}\": \"{value}\"}}"))
        .send();
    StatusCode::SERVICE_UNAVAILABLE
}

#[observe]
async fn queries(RawQuery(query): RawQuery) -> StatusCode {
    let text = text_of(query);
    span::set_attribute("db.query.text", text.clone());
    span::set_attribute("db.statement", text);
    StatusCode::SERVICE_UNAVAILABLE
}

/// The line of the corpus whose number the query says: so that only the routes' own code tells it.
fn text_of(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    let (list, at) = query.split_once('=').expect("a list and a number");
    let at: usize = at.parse().expect("a number");
    match list {
        "texts" => marked(TEXTS[at], at),
        "statements" => marked(STATEMENTS[at], 300 + at),
        _ => PLAIN[at].to_owned(),
    }
}

async fn send(app: &Router, path: String, header: Option<(&str, String)>) {
    let mut request = Request::get(path).header("host", "cruddur.example");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    assert!(answer.status().is_server_error());
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().expect("the receivers' URL");
    let daemon = arguments.next().expect("the daemon's address");
    let headers: Vec<_> = HEADERS.iter().map(|(name, _)| *name).collect();
    let telemetry = Telemetry::without_env()
        .force_setting("OTEL_SERVICE_NAME", "leaks")
        .force_setting("OTEL_RESOURCE_ATTRIBUTES", format!("deploy.token={}", marked("{}", 999)))
        .force_setting("OTEL_TRACES_EXPORTER", "otlp,xray,console")
        .force_setting("OTEL_LOGS_EXPORTER", "otlp,cloudwatch,console")
        .force_setting("OTEL_EXPORTER_OTLP_ENDPOINT", &base)
        .force_setting(
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST",
            headers.join(","),
        )
        .force_setting("AWS_XRAY_DAEMON_ADDRESS", daemon)
        .force_setting("CRUDDUR_XRAY_SAMPLER", "always")
        .force_setting("AWS_REGION", "eu-central-1")
        .force_setting("AWS_CLOUDWATCH_LOG_GROUP", "leaks")
        .force_setting("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &base)
        .force_setting("ROLLBAR_ACCESS_TOKEN", "token")
        .force_setting("ROLLBAR_ENDPOINT", format!("{base}/api/1/"))
        .force_setting("SENTRY_DSN", format!("{}/7", base.replace("http://", "http://key@")))
        .force_setting("CRUDDUR_LOG_FORMAT", "text")
        .force_setting("RUST_LOG", "info")
        .reports(ReportOptions::new().per_minute(100_000).per_failure_per_minute(100_000))
        .init()
        .expect("telemetry");
    // The standard library's own words about a panic are no telemetry.
    let app = Router::new()
        .route("/fails", get(fails))
        .route("/panics", get(panics))
        .route("/keyed", get(keyed))
        .route("/queries", get(queries))
        .layer(ObserveLayer::new());
    for at in 0..TEXTS.len() {
        send(&app, format!("/fails?texts={at}"), None).await;
        send(&app, format!("/panics?texts={at}"), None).await;
    }
    for at in 0..PLAIN.len() {
        send(&app, format!("/fails?plain={at}"), None).await;
        send(&app, format!("/panics?plain={at}"), None).await;
    }
    for (at, key) in KEYS.iter().enumerate() {
        send(&app, format!("/keyed?{key}={}", marked("{}", 100 + at)), None).await;
    }
    for (at, (name, value)) in HEADERS.iter().enumerate() {
        let name = HeaderName::from_static(name);
        let header = Some((name.as_str(), marked(value, 200 + at)));
        send(&app, "/queries?plain=0".to_owned(), header).await;
    }
    for at in 0..STATEMENTS.len() {
        send(&app, format!("/queries?statements={at}"), None).await;
    }
    let delivery = telemetry.shutdown(Duration::from_secs(60)).await;
    assert!(delivery.complete, "{delivery}");
    let lost: u64 = delivery.stats.sinks.iter().map(cruddur_trace::SinkStats::lost_total).sum();
    assert_eq!(lost, 0, "{delivery}");
}
