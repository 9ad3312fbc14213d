//! The template of the route that was matched: what spans and metrics are named by.
//!
//! axum sets its `MatchedPath` inside the router, so a layer around the router never sees it. Any
//! code that runs in the request may say the route instead ([`crate::set_route`]), and
//! [`crate::layer::RouteLayer`] does that from inside.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

/// What is known of the route at the beginning of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matched {
    #[cfg(feature = "axum")]
    path: Option<axum::extract::MatchedPath>,
}

impl Matched {
    #[cfg(feature = "axum")]
    pub(crate) fn of(extensions: &http::Extensions) -> Self {
        Self { path: extensions.get().cloned() }
    }

    #[cfg(not(feature = "axum"))]
    pub(crate) fn of(_: &http::Extensions) -> Self {
        Self {}
    }

    #[cfg(feature = "axum")]
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.path.as_ref().map(axum::extract::MatchedPath::as_str)
    }

    #[cfg(not(feature = "axum"))]
    pub(crate) fn as_str(&self) -> Option<&str> {
        None
    }
}

/// The route at the end of a request: what the code said, else what the router matched.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Said(Arc<str>),
    Matched(Matched),
}

impl Route {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Said(route) => Some(route),
            Self::Matched(matched) => matched.as_str(),
        }
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
