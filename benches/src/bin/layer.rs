//! Row 2: a request through the layer on a bare router, in process, without sockets.
//!
//! Every variant gets the same request (a `traceparent`, a query, a user agent) and answers with the
//! same body, which is read to its end. What a layer adds is its figure less the bare router's.

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use benches::measure::{BATCHES, Figure, Variant, measure, print_table};
use benches::peers::{self, observe};
use benches::{block_on, machine};
use cruddur_trace::ObserveLayer;
use cruddur_trace::span::install_collector;
use opentelemetry::global;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Sampler;
use tower::Service as _;
use tower::util::BoxCloneSyncService;

type App = BoxCloneSyncService<Request<Body>, axum::response::Response, std::convert::Infallible>;

async fn activity(Path(id): Path<u64>) -> String {
    format!("activity {id}")
}

fn router() -> Router {
    Router::new().route("/api/activities/{id}", get(activity))
}

fn boxed(router: Router) -> App {
    BoxCloneSyncService::new(router.into_service())
}

fn request() -> Request<Body> {
    Request::get("http://127.0.0.1:4567/api/activities/7?page=2")
        .header("host", "127.0.0.1:4567")
        .header("user-agent", "benches/1.0")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .body(Body::empty())
        .expect("a request")
}

fn serve(app: &mut App, requests: u64) {
    for _ in 0..requests {
        let answer = block_on(app.call(request())).expect("no service here fails");
        let body = block_on(axum::body::to_bytes(answer.into_body(), 1_024)).expect("a body");
        assert_eq!(black_box(body).as_ref(), b"activity 7");
    }
}

fn main() {
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let (rounds, requests) = (rounds.unwrap_or(25), 200);
    println!("{}", machine::describe());
    global::set_text_map_propagator(TraceContextPropagator::new());
    let ours = observe::Counting::start();
    install_collector(ours.clone());
    let fastrace = peers::fastrace::install();

    for with_metrics in [false, true] {
        let counting = [(); 3].map(|()| peers::opentelemetry::Counting::default());
        let providers = counting
            .clone()
            .map(|exporter| peers::opentelemetry::provider(exporter, Sampler::AlwaysOn));
        let dispatches = [peers::tracing::lean(&providers[0]), peers::tracing::lean(&providers[1])];
        global::set_tracer_provider(providers[2].clone());
        // A live reader, as in production.
        let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        global::set_meter_provider(meters.clone());
        let before = (ours.count.spans(), fastrace.spans());

        let mut bare = boxed(router());
        let mut observed = {
            let layer = ObserveLayer::new();
            boxed(router().layer(if with_metrics {
                layer.record_into(std::sync::Arc::default())
            } else {
                layer
            }))
        };
        let mut axum_tracing =
            boxed(router().layer(axum_tracing_opentelemetry::middleware::OtelAxumLayer::default()));
        let mut tower_otel = {
            let router = router().layer(tower_otel::trace::HttpLayer::server(tracing::Level::INFO));
            boxed(if with_metrics {
                let meter = opentelemetry::metrics::MeterProvider::meter(&meters, "tower-otel");
                router.layer(tower_otel::metrics::HttpLayer::server(&meter))
            } else {
                router
            })
        };
        let mut instrumentation = {
            use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
            let layer = LayerBuilder::builder().with_metrics(with_metrics).build();
            boxed(router().layer(layer.expect("a layer")))
        };
        let mut fastrace_axum = boxed(router().layer(fastrace_axum::FastraceLayer::default()));

        let mut variants = vec![
            Variant::new("bare router", |requests| serve(&mut bare, requests)),
            Variant::new("cruddur-trace", |requests| serve(&mut observed, requests))
                .settle(|| ours.settle()),
            Variant::new("tower-otel", |requests| {
                tracing::dispatcher::with_default(&dispatches[1], || {
                    serve(&mut tower_otel, requests);
                });
            })
            .settle(|| providers[1].force_flush().expect("the flush")),
            Variant::new("opentelemetry-instrumentation-tower", |requests| {
                serve(&mut instrumentation, requests);
            })
            .settle(|| providers[2].force_flush().expect("the flush")),
        ];
        if !with_metrics {
            variants.push(
                Variant::new("axum-tracing-opentelemetry", |requests| {
                    tracing::dispatcher::with_default(&dispatches[0], || {
                        serve(&mut axum_tracing, requests);
                    });
                })
                .settle(|| providers[0].force_flush().expect("the flush")),
            );
            variants.push(
                Variant::new("fastrace-axum", |requests| serve(&mut fastrace_axum, requests))
                    .settle(fastrace::flush),
            );
        }
        let figures = measure(&mut variants, rounds, requests);
        drop(variants);

        let spans = (rounds as u64 + 1) * BATCHES * requests;
        assert_eq!(ours.count.spans() - before.0, spans, "ours: spans");
        assert_eq!(counting[1].0.spans(), spans, "tower-otel: spans");
        assert_eq!(counting[2].0.spans(), spans, "opentelemetry-instrumentation-tower: spans");
        if !with_metrics {
            assert_eq!(counting[0].0.spans(), spans, "axum-tracing-opentelemetry: spans");
            assert_eq!(fastrace.spans() - before.1, spans, "fastrace-axum: spans");
        }
        let what = if with_metrics { "with metrics" } else { "without metrics" };
        print_table(
            &format!("Time that the layer adds to a request, {what}"),
            "request",
            "cruddur-trace",
            &added(figures),
        );
    }
}

/// What each variant takes more than the bare router.
fn added(figures: Vec<Figure>) -> Vec<Figure> {
    let bare = figures.first().map_or(0.0, |figure| figure.nanos);
    println!("\nbare router: {bare:.0} ns a request");
    let mut added: Vec<Figure> = figures.into_iter().skip(1).collect();
    for figure in &mut added {
        figure.nanos -= bare;
    }
    added
}
