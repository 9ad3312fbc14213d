//! logfire: its own `span!`, which adds its own fields to those of tracing.

use tracing::Span;

use super::by_hand;

fn none(_: u64, _: &'static str) -> Span {
    logfire::span!("observed")
}

fn two(depth: u64, name: &'static str) -> Span {
    logfire::span!("observed", depth = depth, app.userId = name)
}

fn eight(depth: u64, name: &'static str) -> Span {
    logfire::span!(
        "observed",
        depth = depth,
        app.userId = name,
        page = 2_u64,
        limit = 20_i64,
        cached = false,
        route = "/api/activities/home",
        handle = name,
        region = "eu-central-1"
    )
}

macro_rules! with_logfire {
    ($level:ident $next:ident @sync $make:ident) => {
        #[inline(never)]
        pub(in super::super) fn $level(depth: u64, name: &'static str) -> u64 {
            let span = super::super::$make(depth, name);
            let _guard = span.enter();
            $next(std::hint::black_box(depth - 1), name) + 1
        }
    };
    ($level:ident $next:ident @ready $make:ident) => {
        pub(in super::super) async fn $level(depth: u64, name: &'static str) -> u64 {
            use tracing::Instrument as _;
            let span = super::super::$make(depth, name);
            async move { $next(std::hint::black_box(depth - 1), name).await + 1 }
                .instrument(span)
                .await
        }
    };
    ($level:ident $next:ident @yielding $make:ident) => {
        pub(in super::super) async fn $level(depth: u64, name: &'static str) -> u64 {
            use tracing::Instrument as _;
            let span = super::super::$make(depth, name);
            async move {
                crate::yield_once().await;
                $next(std::hint::black_box(depth - 1), name).await + 1
            }
            .instrument(span)
            .await
        }
    };
}

by_hand!(with_logfire none none two two eight eight);
