//! Requests that end in every wrong way, by the thousand: each completes exactly once, and nothing
//! is left behind in the gauge.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cruddur_trace::ObserveLayer;
use cruddur_trace::layer::HttpMetrics;
use cruddur_trace::record::{Outcome, Sampling};
use cruddur_trace::testing::Capture;
use http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::http_counts::counts;

const TIMES: usize = 1_000;

struct Rig {
    metrics: Arc<HttpMetrics>,
    capture: Capture,
    app: Router,
}

impl Rig {
    fn new(app: Router) -> Self {
        let metrics = Arc::new(HttpMetrics::new());
        let capture = Capture::new(Sampling::ALWAYS).without_root();
        let layer =
            ObserveLayer::new().record_into(Arc::clone(&metrics)).collect_into(capture.collector());
        Self { metrics, capture, app: app.layer(layer) }
    }

    /// Requests at work, and requests that were timed.
    fn counts(&self) -> (i64, usize) {
        counts(&self.metrics)
    }

    /// How the requests ended, each counted once.
    fn outcomes(&self) -> Vec<(Outcome, usize)> {
        let captured = self.capture.captured();
        let mut outcomes: Vec<(Outcome, usize)> = Vec::new();
        for span in captured.spans() {
            match outcomes.iter_mut().find(|(outcome, _)| *outcome == span.outcome) {
                Some((_, count)) => *count += 1,
                None => outcomes.push((span.outcome, 1)),
            }
        }
        outcomes
    }
}

fn request() -> Request<Body> {
    Request::get("/").header("host", "a").body(Body::empty()).expect("valid")
}

/// A number that looks random and is the same in every run.
fn scattered(number: usize) -> usize {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// Gives way so many times, then ends.
async fn yields(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

fn streaming() -> Router {
    Router::new().route(
        "/",
        get(|| async {
            yields(4).await;
            let chunks = futures::stream::unfold(0, |sent| async move {
                yields(1).await;
                (sent < 4).then_some((Ok::<_, Infallible>("chunk"), sent + 1))
            });
            Body::from_stream(chunks)
        }),
    )
}

#[tokio::test]
async fn a_thousand_requests_that_are_dropped_anywhere() {
    let rig = Rig::new(streaming());
    let mut finished = 0;
    for number in 0..TIMES {
        let app = rig.app.clone();
        let mut whole = pin!(async move {
            let response = app.oneshot(request()).await.expect("a response");
            response.into_body().collect().await.expect("a body").to_bytes()
        });
        // So many polls, and then nobody wants it any more.
        let mut polls = scattered(number) % 16;
        let done = poll_fn(|context| {
            if polls == 0 {
                return Poll::Ready(false);
            }
            polls -= 1;
            whole.as_mut().poll(context).map(|_| true)
        })
        .await;
        finished += usize::from(done);
    }
    // A router makes the call itself on the first poll: without a poll there is no request.
    let never = (0..TIMES).filter(|number| scattered(*number).is_multiple_of(16)).count();
    let (active, timed) = rig.counts();
    assert_eq!((active, timed), (0, TIMES - never));
    let mut outcomes = rig.outcomes();
    outcomes.sort_by_key(|(outcome, _)| *outcome != Outcome::Ok);
    let cancelled = TIMES - never - finished;
    assert!(finished > 100 && cancelled > 100, "{finished} {cancelled}");
    assert_eq!(outcomes, [(Outcome::Ok, finished), (Outcome::Cancelled, cancelled)]);
}

#[tokio::test]
async fn a_thousand_panics_before_and_after_the_headers() {
    fn panics(place: usize, at: usize) {
        if place == at {
            std::panic::resume_unwind(Box::new("out of luck"));
        }
    }
    let app = Router::new().route(
        "/{place}",
        get(|axum::extract::Path(place): axum::extract::Path<usize>| async move {
            panics(place, 0);
            yields(1).await;
            panics(place, 1);
            Body::from_stream(futures::stream::unfold(0, move |sent| async move {
                yields(1).await;
                panics(place, 2 + sent);
                Some((Ok::<_, Infallible>("chunk"), sent + 1))
            }))
        }),
    );
    let rig = Rig::new(app);
    let (mut answered, mut reset) = (0, 0);
    for number in 0..TIMES {
        let mut request = request();
        let uri = format!("/{}", scattered(number) % 5);
        *request.uri_mut() = uri.parse().expect("a path");
        let response = rig.app.clone().oneshot(request).await.expect("a response");
        if response.status() == 500 {
            answered += 1;
        } else {
            let error = response.into_body().collect().await.expect_err("the body is reset");
            assert_eq!(error.to_string(), "the response's body panicked");
            reset += 1;
        }
    }
    assert_eq!(answered + reset, TIMES);
    assert!(answered > 100 && reset > 100, "{answered} {reset}");
    assert_eq!(rig.counts(), (0, TIMES));
    assert_eq!(rig.outcomes(), [(Outcome::Panic, TIMES)]);
}

#[tokio::test]
async fn dropping_a_panicking_destructor_ends_the_request_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::resume_unwind(Box::new("in a destructor"));
            }
        }
    }
    let app = Router::new().route(
        "/",
        get(|| async {
            let _bomb = Bomb;
            std::future::pending::<()>().await;
        }),
    );
    let rig = Rig::new(app);
    let mut whole = Box::pin(rig.app.clone().oneshot(request()));
    let pending = poll_fn(|context| Poll::Ready(whole.as_mut().poll(context).is_pending())).await;
    assert!(pending);
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(whole)));
    assert!(dropped.is_err(), "the handler's own panic is not swallowed");
    assert_eq!(rig.counts(), (0, 1));
    assert_eq!(rig.outcomes(), [(Outcome::Cancelled, 1)]);
}
