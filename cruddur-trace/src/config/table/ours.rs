//! Honeycomb, error reports, the HTTP layer, and what has no standard name.

use super::Variable;

pub(super) const HONEYCOMB: &[Variable] = &[
    Variable::secret(
        "HONEYCOMB_API_KEY",
        "an ingest key; switches Honeycomb on, and is sent to its endpoint only",
    ),
    Variable::new(
        "HONEYCOMB_API_ENDPOINT",
        "https://api.honeycomb.io",
        "base URL; in the EU `https://api.eu1.honeycomb.io`",
    ),
    Variable::new("HONEYCOMB_DATASET", "", "the dataset; sent with classic keys only"),
    Variable::new(
        "HONEYCOMB_METRICS_DATASET",
        "",
        "the dataset of metrics; without it Honeycomb gets none",
    ),
    Variable::secret(
        "HONEYCOMB_CONFIG_KEY",
        "a configuration key, used by `setup` and `doctor` only",
    ),
    Variable::secret(
        "HONEYCOMB_CLIENT_KEY",
        "the ingest key of a page that sends its own spans (the demo's direct mode); `doctor` checks what it may do",
    ),
];

pub(super) const REPORTS: &[Variable] = &[
    Variable::secret(
        "ROLLBAR_ACCESS_TOKEN",
        "a project token with scope `post_server_item`; switches Rollbar on",
    ),
    Variable::new(
        "ROLLBAR_ENVIRONMENT",
        "production",
        "the environment that items are filed under",
    ),
    Variable::new("ROLLBAR_CODE_VERSION", "", "the deployed revision; at most 40 characters"),
    Variable::new("ROLLBAR_ENDPOINT", "https://api.rollbar.com/api/1/", "base URL"),
    Variable::secret("SENTRY_DSN", "switches Sentry on"),
    Variable::new("SENTRY_ENVIRONMENT", "production", "the environment of events"),
    Variable::new("SENTRY_RELEASE", "", "the deployed release"),
];

pub(super) const HTTP: &[Variable] = &[
    Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
        "",
        "list that replaces the known methods; others are recorded as `_OTHER`",
    ),
    Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST",
        "",
        "list of request headers to record; none unless listed",
    ),
    Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE",
        "",
        "list of response headers to record; none unless listed",
    ),
    Variable::new(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS",
        "",
        "list of header names (parts of them do) whose recorded values are masked, beside the built-in ones",
    ),
    Variable::unsupported(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_REQUEST",
        "the client's layer records no headers",
    ),
    Variable::unsupported(
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE",
        "the client's layer records no headers",
    ),
    Variable::unsupported(
        "OTEL_PYTHON_EXCLUDED_URLS",
        "it is Python's, whose patterns are regular expressions; use CRUDDUR_EXCLUDED_PATHS",
    ),
    Variable::unsupported(
        "OTEL_SEMCONV_STABILITY_OPT_IN",
        "only the stable conventions are written (HTTP, databases), as `http,database` asks for",
    ),
    Variable::new(
        "CRUDDUR_EXCLUDED_PATHS",
        "",
        "list of paths (a trailing `*` matches all below) that make no span and no metric",
    ),
    Variable::new(
        "CRUDDUR_TRUSTED_PROXIES",
        "",
        "list of networks (`10.0.0.0/8`) whose Forwarded and X-Forwarded-For are believed",
    ),
    Variable::new(
        "CRUDDUR_PUBLIC_ENDPOINT",
        "false",
        "`true`: callers are strangers; each request is a new trace that links to the caller's",
    ),
    Variable::library("HTTPS_PROXY", "reqwest and the AWS SDK", "the proxy of all sinks"),
    Variable::library("HTTP_PROXY", "reqwest and the AWS SDK", "the proxy for plain HTTP"),
    Variable::library("NO_PROXY", "reqwest and the AWS SDK", "hosts that are reached directly"),
];

pub(super) const REST: &[Variable] = &[
    Variable::new("RUST_LOG", "info", "filter of what the terminal shows"),
    Variable::new(
        "CRUDDUR_LOG_FORMAT",
        "text",
        "what the terminal shows of events: `text` for people, `json` lines, or `none`",
    ),
    Variable::new("NO_COLOR", "", "anything: no colour on a terminal (<https://no-color.org>)"),
    Variable::new(
        "CRUDDUR_EXPORT_FILTER",
        crate::record::DEFAULT_EXPORT_FILTER,
        "filter of what is exported: levels by target, as in RUST_LOG but without spans and fields",
    ),
    Variable::new(
        "CRUDDUR_MIRROR",
        "false",
        "`true`: a `tracing` span for each observed one, for span directives of RUST_LOG, SpanTrace and tokio-console; needs the feature `mirror`",
    ),
    Variable::unsupported(
        "OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED",
        "nothing is instrumented that the code does not ask for",
    ),
];
