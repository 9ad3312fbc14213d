//! fastrace: `#[trace]`, whose properties are texts.

use super::annotated;

annotated!(depth name
    none [#[fastrace::trace(name = "observed")]]
    two [#[fastrace::trace(
        name = "observed",
        properties = { "depth": "{depth}", "app.userId": "{name}" },
    )]]
    eight [#[fastrace::trace(
        name = "observed",
        properties = {
            "depth": "{depth}", "app.userId": "{name}", "page": "2", "limit": "20",
            "cached": "false", "route": "/api/activities/home", "handle": "{name}",
            "region": "eu-central-1",
        },
    )]]
);
