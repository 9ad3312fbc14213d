//! What the layer allocates for a request, duty by duty.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::HttpMetrics;
use http::{HeaderName, Request, Response};
use http_body::Body;
use http_body_util::Full;
use stats_alloc::Region;
use tower::{Layer as _, Service, service_fn};

const REQUESTS: usize = 500;

fn request(traced: bool) -> Request<()> {
    let mut request = Request::get("/users/7?page=2").header("host", "a.example");
    if traced {
        request = request
            .header("user-agent", "allocations")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }
    request.body(()).expect("valid")
}

/// Allocations and reallocations a request, once everything has been around.
fn measure<S, B>(mut service: S, traced: bool) -> f64
where
    S: Service<Request<()>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: Body,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut run = |requests: Vec<Request<()>>| {
        for request in requests {
            let mut future = pin!(service.call(request));
            let Poll::Ready(response) = future.as_mut().poll(&mut context) else {
                panic!("it waits")
            };
            let mut body = pin!(response.expect("a response").into_body());
            while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut context) {}
        }
    };
    let requests = || (0..REQUESTS).map(|_| request(traced)).collect::<Vec<_>>();
    run(requests());
    let ready = requests();
    let region = Region::new(super::ALLOCATOR);
    run(ready);
    let change = region.change();
    (change.allocations + change.reallocations) as f64 / REQUESTS as f64
}

/// With this layer, less what the service does without.
fn added(layer: &ObserveLayer, traced: bool) -> f64 {
    let answer = |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok")))))
    };
    let bare = measure(service_fn(answer), traced);
    measure(layer.layer(service_fn(answer)), traced) - bare
}

/// Prints the list, and holds each duty to what it may take at most.
pub(super) fn the_layer_s_duties() {
    let none =
        || ObserveLayer::new().server_timing(false).xray_response(false).request_id_header(None);
    let id = HeaderName::from_static("x-request-id");
    let captured = || none().capture_request_headers([http::header::USER_AGENT]);
    let duties: [(&str, ObserveLayer, bool, f64); 8] = [
        ("the span of a request without a caller", none(), false, 4.0),
        ("the span of a request with a traceparent", none(), true, 4.0),
        ("… and its request id", none().request_id_header(Some(id)), true, 7.0),
        ("… and Server-Timing", none().server_timing(true), true, 7.0),
        ("… and a header that is recorded", captured(), true, 7.0),
        ("… and metrics", none().record_into(HttpMetrics::new().into()), true, 4.0),
        (
            "all by default, with metrics",
            { ObserveLayer::new().record_into(HttpMetrics::new().into()) },
            true,
            8.0,
        ),
        ("filtered out", none().exclude_paths(["/users/7"]), true, 4.0),
    ];
    println!("allocations that the layer adds to a request:");
    for (duty, layer, traced, most) in duties {
        let found = added(&layer, traced);
        println!("{found:6.1}  {duty}");
        assert!(found <= most, "{duty}: {found} allocations, at most {most}");
    }
}
