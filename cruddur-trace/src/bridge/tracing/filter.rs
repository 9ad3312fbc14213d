//! Which events and spans are exported; the terminal has a filter of its own (`RUST_LOG`).

use std::fmt;
use std::str::FromStr;

use tracing_core::Metadata;
use tracing_core::subscriber::Interest;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter};

/// What is exported unless told: `info`, with the libraries that exporters and servers are made of
/// at `warn`, and sqlx's queries, which become spans.
pub const DEFAULT_EXPORT_FILTER: &str = crate::record::DEFAULT_EXPORT_FILTER;

/// Which events and spans are exported: levels by target, `info,my_crate=debug,hyper=warn`.
///
/// The directives are those of [`Targets`]: a target counts for all that begin with it. Directives
/// by span or field, which `RUST_LOG` may have, are not taken: they would cost every event a look at
/// the spans around it.
#[derive(Clone, Debug)]
pub struct ExportFilter(Targets);

/// A filter that can't be read.
#[derive(Debug)]
pub struct InvalidFilter {
    text: String,
    cause: tracing_subscriber::filter::ParseError,
}

impl Default for ExportFilter {
    fn default() -> Self {
        DEFAULT_EXPORT_FILTER
            .parse()
            .unwrap_or_else(|_| Self(Targets::new().with_default(LevelFilter::INFO)))
    }
}

impl FromStr for ExportFilter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, InvalidFilter> {
        let parsed = text.parse();
        parsed.map(Self).map_err(|cause| InvalidFilter { text: text.to_owned(), cause })
    }
}

impl fmt::Display for InvalidFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no filter: write levels by target, such as info,my_crate=debug,hyper=warn",
            self.text
        )
    }
}

impl std::error::Error for InvalidFilter {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl<S> Filter<S> for ExportFilter {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        Filter::<S>::enabled(&self.0, metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        Filter::<S>::callsite_enabled(&self.0, metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_core::Level;

    #[test]
    fn the_default_keeps_exporters_quiet_and_queries_visible() {
        let ExportFilter(filter) = ExportFilter::default();
        let check = |target: &str, level: Level, expected: bool| {
            assert_eq!(filter.would_enable(target, &level), expected, "{target} {level}");
        };
        check("my_app::routes", Level::INFO, true);
        check("my_app::routes", Level::DEBUG, false);
        check("hyper_util::client", Level::INFO, false);
        check("aws_sdk_cloudwatchlogs::operation", Level::INFO, false);
        check("aws_smithy_runtime::client", Level::WARN, true);
        check("sqlx::query", Level::DEBUG, true);
        check("tower_http::trace", Level::INFO, false);
    }

    #[test]
    fn a_faulty_filter_says_how_to_write_one() {
        let error = "info,x=loud".parse::<ExportFilter>().expect_err("no level");
        assert!(error.to_string().contains("my_crate=debug"), "{error}");
    }
}
