//! The template of the route that was matched: what spans and metrics are named by.
//!
//! axum sets its `MatchedPath` inside the router, so a layer around the router never sees it. Any
//! code that runs in the request may say the route instead ([`crate::set_route`]), and
//! [`crate::layer::RouteLayer`] does that from inside.

use std::sync::Arc;

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
