//! Row 2: a request through the layer on a bare router, in process, without sockets.
//!
//! Every variant gets the same request (a `traceparent`, a query, a user agent) and answers with the
//! same body, which is read to its end. What a layer adds is its figure less the bare router's; what
//! axum itself asks for any layer is told by layers that do next to nothing.

use std::hint::black_box;

use axum::body::Body;
use axum::http::Request;
use benches::measure::{BATCHES, Figure, Variant, measure, print_table};
use benches::peers::layers::{candidates, install, request};
use benches::settings::{amount, rounds};
use benches::{block_on, machine};
use tower::Service as _;
use tower::util::BoxCloneSyncService;

type App = BoxCloneSyncService<Request<Body>, axum::response::Response, std::convert::Infallible>;

fn serve(app: &mut App, requests: u64) {
    for _ in 0..requests {
        let answer = block_on(app.call(request())).expect("no service here fails");
        let body = block_on(axum::body::to_bytes(answer.into_body(), 1_024)).expect("a body");
        assert_eq!(black_box(body).as_ref(), b"activity 7");
    }
}

fn main() {
    let (rounds, requests) = (rounds(25), amount(200, 5));
    println!("{}", machine::describe());
    let installed = install();
    for with_metrics in [false, true] {
        let layered = candidates(&installed, with_metrics);
        let mut apps: Vec<App> = layered
            .iter()
            .map(|it| BoxCloneSyncService::new(it.router.clone().into_service()))
            .collect();
        let mut variants: Vec<_> = layered
            .iter()
            .zip(&mut apps)
            .map(|(it, app)| {
                let run = move |requests| match &it.dispatch {
                    Some(dispatch) => {
                        tracing::dispatcher::with_default(dispatch, || serve(app, requests));
                    }
                    None => serve(app, requests),
                };
                Variant::new(it.name, run).settle(|| (it.settle)())
            })
            .collect();
        let figures = measure(&mut variants, rounds, requests);
        drop(variants);

        let expected = (rounds as u64 + 1) * BATCHES * requests;
        for it in &layered {
            let spans = it.spans.as_ref().map_or(expected, |spans| spans());
            assert_eq!(spans, expected, "{}: spans", it.name);
        }
        let what = if with_metrics { "with metrics" } else { "without metrics" };
        let title = format!("Time that the layer adds to a request, {what}");
        print_table("layer", &title, "request", "cruddur-trace", &added(figures));
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
