//! One router, in the layers of every candidate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use cruddur_trace::ObserveLayer;
use opentelemetry::global;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Dispatch;

use super::bare::{Minimal, NoOp, Wrapping};
use super::{duties, fastrace, observe, opentelemetry as otel, sentry, tracing as subscriber};
use crate::count::Count;
use crate::settings;

/// A router in one candidate's layer.
pub struct Layered {
    /// What the table calls it.
    pub name: &'static str,
    /// The router.
    pub router: Router,
    /// The subscriber that the serving thread needs.
    pub dispatch: Option<Dispatch>,
    /// Waits until everything so far is counted.
    pub settle: Box<dyn Fn() + Send>,
    /// Spans that came out, if it makes any.
    pub spans: Option<Box<dyn Fn() -> u64 + Send>>,
}

impl Layered {
    fn without_spans(name: &'static str, router: Router) -> Self {
        Self { name, router, dispatch: None, settle: Box::new(|| ()), spans: None }
    }

    /// The same with a subscriber.
    fn on(mut self, dispatch: Dispatch) -> Self {
        self.dispatch = Some(dispatch);
        self
    }
}

/// What a process has one of.
#[derive(Debug)]
pub struct Installed {
    ours: Arc<observe::Counting>,
    fastrace: Arc<Count>,
    sentry: Arc<sentry::Installed>,
}

impl Installed {
    /// cruddur-trace's collector.
    #[must_use]
    pub fn ours(&self) -> &Arc<observe::Counting> {
        &self.ours
    }
}

/// Installs collectors that count.
#[must_use]
pub fn install() -> Installed {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let ours = observe::Counting::start();
    cruddur_trace::span::install_collector(ours.clone());
    Installed { ours, fastrace: fastrace::install(), sentry: Arc::new(sentry::install()) }
}

/// The bare router.
pub fn router() -> Router {
    async fn activity(Path(id): Path<u64>) -> String {
        format!("activity {id}")
    }
    Router::new().route("/api/activities/{id}", get(activity))
}

/// The request that every candidate gets.
pub fn request() -> Request<Body> {
    Request::get("http://127.0.0.1:4567/api/activities/7?page=2")
        .header("host", "127.0.0.1:4567")
        .header("user-agent", "benches/1.0")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .body(Body::empty())
        .expect("a request")
}

/// All candidates; the first is the bare router. With metrics, those that have any.
#[must_use]
pub fn candidates(installed: &Installed, with_metrics: bool) -> Vec<Layered> {
    let mut all =
        vec![Layered::without_spans("bare router", router()), ours(installed, with_metrics)];
    // A live reader, as in production.
    let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    global::set_meter_provider(meters.clone());
    let tower_otel = || {
        let router = router().layer(tower_otel::trace::HttpLayer::server(tracing::Level::INFO));
        if with_metrics {
            let meter = opentelemetry::metrics::MeterProvider::meter(&meters, "tower-otel");
            router.layer(tower_otel::metrics::HttpLayer::server(&meter))
        } else {
            router
        }
    };
    all.push(by_tracing("tower-otel, lean", tower_otel(), subscriber::lean));
    all.push(by_tracing("tower-otel, default", tower_otel(), subscriber::by_default));
    let name = "opentelemetry-instrumentation-tower";
    all.push(instrumentation(name, router(), with_metrics));
    let name = "opentelemetry-instrumentation-tower, same duties";
    let dutiful = duties::with::<duties::Instrumentation>(router());
    all.push(instrumentation(name, dutiful, with_metrics));
    if with_metrics {
        return all;
    }
    let axum_tracing =
        || router().layer(axum_tracing_opentelemetry::middleware::OtelAxumLayer::default());
    all.push(by_tracing("axum-tracing-opentelemetry, lean", axum_tracing(), subscriber::lean));
    all.push(by_tracing(
        "axum-tracing-opentelemetry, default",
        axum_tracing(),
        subscriber::by_default,
    ));
    all.push(fastrace_axum("fastrace-axum", router(), installed));
    let dutiful = duties::with::<duties::Fastrace>(router());
    all.push(fastrace_axum("fastrace-axum, same duties", dutiful, installed));
    all.push(sentry_tower(installed));
    all.push(Layered::without_spans("a layer that does nothing", router().layer(NoOp)));
    all.push(Layered::without_spans("a layer that looks", router().layer(Minimal)));
    all.push(Layered::without_spans(
        "a layer that looks, own future and body",
        router().layer(Wrapping),
    ));
    all
}

fn ours(installed: &Installed, with_metrics: bool) -> Layered {
    let layer = ObserveLayer::new();
    let layer = if with_metrics { layer.record_into(Arc::default()) } else { layer };
    let (collector, counted) = (Arc::clone(&installed.ours), Arc::clone(&installed.ours));
    let before = counted.count.spans();
    Layered {
        name: "cruddur-trace",
        router: router().layer(layer),
        dispatch: None,
        settle: Box::new(move || collector.settle()),
        spans: Some(Box::new(move || counted.count.spans() - before)),
    }
}

fn by_tracing(
    name: &'static str,
    router: Router,
    dispatch: fn(&opentelemetry_sdk::trace::SdkTracerProvider) -> Dispatch,
) -> Layered {
    let counting = otel::Counting::default();
    let provider = otel::provider(counting.clone(), settings::sampled());
    let dispatch = dispatch(&provider);
    Layered {
        name,
        router,
        dispatch: None,
        settle: Box::new(move || provider.force_flush().expect("the flush")),
        spans: Some(Box::new(move || counting.0.spans())),
    }
    .on(dispatch)
}

/// It takes the process's own tracer.
fn instrumentation(name: &'static str, router: Router, with_metrics: bool) -> Layered {
    use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
    let counting = otel::Counting::default();
    let provider = otel::provider(counting.clone(), settings::sampled());
    global::set_tracer_provider(provider.clone());
    let layer = LayerBuilder::builder().with_metrics(with_metrics).build().expect("a layer");
    Layered {
        name,
        router: router.layer(layer),
        dispatch: None,
        settle: Box::new(move || provider.force_flush().expect("the flush")),
        spans: Some(Box::new(move || counting.0.spans())),
    }
}

fn fastrace_axum(name: &'static str, router: Router, installed: &Installed) -> Layered {
    let counted = Arc::clone(&installed.fastrace);
    let mine = Arc::new(AtomicU64::new(0));
    let claimed = Arc::clone(&mine);
    Layered {
        name,
        router: router.layer(fastrace_axum::FastraceLayer::default()),
        dispatch: None,
        settle: Box::new(move || {
            ::fastrace::flush();
            claimed.fetch_add(counted.claim(), Ordering::Relaxed);
        }),
        spans: Some(Box::new(move || mine.load(Ordering::Relaxed))),
    }
}

fn sentry_tower(installed: &Installed) -> Layered {
    let counted = Arc::clone(&installed.sentry.count);
    let sentry = Arc::clone(&installed.sentry);
    let before = counted.spans();
    Layered {
        name: "sentry-tower",
        router: router()
            .layer(sentry_tower::SentryHttpLayer::new().enable_transaction())
            .layer(sentry_tower::NewSentryLayer::<Request<Body>>::new_from_top()),
        dispatch: None,
        settle: Box::new(move || sentry.settle()),
        spans: Some(Box::new(move || counted.spans() - before)),
    }
}
