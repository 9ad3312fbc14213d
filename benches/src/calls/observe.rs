//! cruddur-trace: `#[observe]`.

use super::annotated;

annotated!(depth name
    none [#[cruddur_trace::observe(name = "observed")]]
    two [#[cruddur_trace::observe(
        name = "observed",
        fields(depth = depth, app.userId = name),
    )]]
    eight [#[cruddur_trace::observe(
        name = "observed",
        fields(
            depth = depth, app.userId = name, page = 2_u64, limit = 20_i64, cached = false,
            route = "/api/activities/home", handle = name, region = "eu-central-1",
        ),
    )]]
);
