//! tracing: `#[instrument]`. What comes of the spans is the subscriber's.

use super::annotated;

annotated!(depth name
    none [#[tracing::instrument(skip_all, name = "observed")]]
    two [#[tracing::instrument(
        skip_all,
        name = "observed",
        fields(depth = depth, app.userId = name),
    )]]
    eight [#[tracing::instrument(
        skip_all,
        name = "observed",
        fields(
            depth = depth, app.userId = name, page = 2_u64, limit = 20_i64, cached = false,
            route = "/api/activities/home", handle = name, region = "eu-central-1",
        ),
    )]]
);
