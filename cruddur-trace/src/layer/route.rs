//! The template of the route that was matched: what spans and metrics are named by.
//!
//! axum sets its `MatchedPath` inside the router, so a layer around the router never sees it. Any
//! code that runs in the request may say the route instead ([`crate::set_route`]), and
//! [`crate::layer::RouteLayer`] does that from inside.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use http::{Request, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

/// What is known of the route at the beginning of a request.
#[derive(Clone, Debug, Default)]
pub(crate) enum Matched {
    #[default]
    None,
    /// A copy. The router's own text is shared by all threads: to count one more owner of it, and
    /// one less at the end, would cost more than anything else that the layer does.
    #[cfg(feature = "axum")]
    Short(arrayvec::ArrayString<SHORT>),
    #[cfg(feature = "axum")]
    Long(axum::extract::MatchedPath),
}

/// Routes of so many bytes are copied.
#[cfg(feature = "axum")]
const SHORT: usize = 60;

impl Matched {
    #[cfg(feature = "axum")]
    pub(crate) fn of(extensions: &http::Extensions) -> Self {
        let Some(path) = extensions.get::<axum::extract::MatchedPath>() else { return Self::None };
        match path.as_str().try_into() {
            Ok(short) => Self::Short(short),
            Err(_) => Self::Long(path.clone()),
        }
    }

    #[cfg(not(feature = "axum"))]
    pub(crate) fn of(_: &http::Extensions) -> Self {
        Self::None
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::None => None,
            #[cfg(feature = "axum")]
            Self::Short(path) => Some(path),
            #[cfg(feature = "axum")]
            Self::Long(path) => Some(path.as_str()),
        }
    }
}

/// The route at the end of a request: what the code said, else what the router matched.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route<'a> {
    Said(&'a str),
    Matched(&'a Matched),
}

impl<'a> Route<'a> {
    pub(crate) fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Said(route) => Some(route),
            Self::Matched(matched) => matched.as_str(),
        }
    }
}

/// Whether a layer ever learns a route: one around a router does not by itself.
#[derive(Debug, Default)]
pub(crate) struct RouteWatch {
    has_seen_one: AtomicBool,
    /// Requests that were handled, so that they had some route, and did not say it.
    without: AtomicU32,
}

/// After so many requests that were handled without a route, and none with one, it is said.
const WITHOUT_ROUTE: u32 = 5;

impl RouteWatch {
    /// Notes how a request ended; says once, on stderr, that routes are never learnt.
    #[inline]
    pub(crate) fn note(&self, route: Option<&str>, status: Option<StatusCode>) {
        if !self.has_seen_one.load(Ordering::Relaxed) && self.wants_warning(route, status) {
            warn_of_no_route();
        }
    }

    /// Whether this is the request with which it is plain that routes are never learnt.
    fn wants_warning(&self, route: Option<&str>, status: Option<StatusCode>) -> bool {
        if route.is_some() {
            self.has_seen_one.store(true, Ordering::Relaxed);
            return false;
        }
        // What a router answers by itself has no route anywhere.
        let is_handled = status.is_some_and(|it| it.is_success() || it.is_server_error());
        is_handled && self.without.fetch_add(1, Ordering::Relaxed) + 1 == WITHOUT_ROUTE
    }
}

#[cold]
fn warn_of_no_route() {
    #[cfg(feature = "_pipeline")]
    {
        use crate::pipeline::diagnose::{Verbosity, say_once};

        let text = "requests are named by their method alone, since ObserveLayer never learns their \
                    route: put it on the router (Router::layer) rather than around it, or put \
                    cruddur_trace::layer::RouteLayer on the router (Router::route_layer); without a \
                    router say cruddur_trace::set_route";
        say_once(Verbosity::Warn, text.to_owned());
    }
}

/// Says the matched route to an [`ObserveLayer`](super::ObserveLayer) that stands around the router.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, ServiceExt, extract::Request, routing::get};
/// use cruddur_trace::{ObserveLayer, layer::RouteLayer};
/// use tower_layer::Layer as _;
///
/// let router: Router =
///     Router::new().route("/users/{id}", get(|| async {})).route_layer(RouteLayer::new());
/// let app = ObserveLayer::new().layer(router);
/// # let _ = ServiceExt::<Request>::into_make_service(app);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteLayer(());

impl RouteLayer {
    /// For `Router::route_layer`.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for RouteLayer {
    type Service = RouteService<S>;

    fn layer(&self, inner: S) -> RouteService<S> {
        RouteService { inner }
    }
}

/// What [`RouteLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct RouteService<S> {
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for RouteService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        if let Some(route) = Matched::of(request.extensions()).as_str() {
            crate::set_route(route);
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_that_are_never_learnt_are_told_once() {
        let watch = RouteWatch::default();
        let ok = Some(StatusCode::OK);
        let told = |watch: &RouteWatch, route, status, times| {
            (0..times).filter(|_| watch.wants_warning(route, status)).count()
        };
        // What the router itself answers says nothing, and neither does a client that went away.
        assert_eq!(told(&watch, None, Some(StatusCode::NOT_FOUND), 100), 0);
        assert_eq!(told(&watch, None, None, 100), 0);
        assert_eq!(told(&watch, None, ok, 4), 0);
        assert_eq!(told(&watch, None, ok, 100), 1);

        let watch = RouteWatch::default();
        assert_eq!(told(&watch, Some("/"), ok, 1), 0);
        assert!(watch.has_seen_one.load(Ordering::Relaxed));
    }
}
