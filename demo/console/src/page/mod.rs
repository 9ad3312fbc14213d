//! The page: plain files, embedded, no build step. One line per file.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::Shared;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($($path:literal $kind:ident),* $(,)?) => {
        &[$((concat!("/page/", $path), $kind, include_str!(concat!("../../page/", $path)))),*]
    };
}

const FILES: &[(&str, &str, &str)] = files![
    "api.js" JS,
    "charts.js" JS,
    "dom.js" JS,
    "format.js" JS,
    "icon.svg" SVG,
    "main.js" JS,
    "map/layout.js" JS,
    "metrics/units.js" JS,
    "modules.js" JS,
    "registry.js" JS,
    "virtual.js" JS,
    "panels/errors.js" JS,
    "panels/events.js" JS,
    "panels/fields.js" JS,
    "panels/logs.js" JS,
    "panels/sent.js" JS,
    "panels/xray.js" JS,
    "query/fields.js" JS,
    "query/plot.js" JS,
    "styles/base.css" CSS,
    "styles/errors.css" CSS,
    "styles/query.css" CSS,
    "styles/tabs.css" CSS,
    "styles/traces.css" CSS,
    "styles/views.css" CSS,
    "tabs/health.js" JS,
    "tabs/map.js" JS,
    "tabs/metrics.js" JS,
    "styles/xray.css" CSS,
    "tabs/errors.js" JS,
    "tabs/logs.js" JS,
    "tabs/query.js" JS,
    "tabs/traces.js" JS,
    "tabs/xray.js" JS,
    "traces/detail.js" JS,
    "traces/list.js" JS,
    "traces/tree.js" JS,
    "traces/waterfall.js" JS,
    "traces/welcome.js" JS,
    "xray/inspector.js" JS,
    "xray/model.js" JS,
    "xray/timeline.js" JS,
    "xray/trace.js" JS,
];

const INDEX: &str = include_str!("../../page/index.html");

/// The page and its files.
pub(crate) fn router() -> Router<Shared> {
    // Every permalink is the same document; the page reads its own address.
    let mut router = Router::new();
    for path in ["/", "/trace/{trace_id}", "/tab/{tab}"] {
        router = router.route(path, get(|| async { ([(CONTENT_TYPE, HTML)], INDEX) }));
    }
    for (path, kind, text) in FILES {
        router = router.route(path, get(move || async move { ([(CONTENT_TYPE, *kind)], *text) }));
    }
    router
}
