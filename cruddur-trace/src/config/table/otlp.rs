//! The variables of OTLP exporters.
//!
//! Source: OpenTelemetry specification, "OTLP Exporter Configuration", read 2026-11.

use super::Variable;

pub(super) const OTLP: &[Variable] = &[
    Variable::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "base URL; HTTP adds `/v1/traces` and so on. Setting it switches OTLP on; listing `otlp` without it means `http://localhost:4318` (gRPC: 4317)",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/protobuf",
        "`http/protobuf` or `grpc` (`http/json` is refused with a clear error)",
    ),
    Variable::secret(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "`key=value,…`, values percent-encoded, sent to this endpoint only",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "milliseconds that one request may take"),
    Variable::new("OTEL_EXPORTER_OTLP_COMPRESSION", "", "`gzip` or `none`"),
    Variable::new(
        "OTEL_EXPORTER_OTLP_INSECURE",
        "false",
        "gRPC without a scheme in the endpoint: `true` is plain text",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "",
        "path of a PEM file: certificates to trust beside the system's",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        "",
        "path of a PEM file: our certificate (mutual TLS)",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        "",
        "path of a PEM file: the key of our certificate",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "",
        "full URL for traces (nothing is added to its path)",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "", "the protocol for traces"),
    Variable::secret(
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "headers for traces, instead of the general ones",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "", "the timeout for traces"),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "", "the compression for traces"),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "", "the same for traces"),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "", "the same for traces"),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "", "the same for traces"),
    Variable::new("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "", "the same for traces"),
    Variable::new(
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "",
        "full URL for logs (nothing is added to its path)",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "", "the protocol for logs"),
    Variable::secret(
        "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
        "headers for logs, instead of the general ones",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "", "the timeout for logs"),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "", "the compression for logs"),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_INSECURE", "", "the same for logs"),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "", "the same for logs"),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", "", "the same for logs"),
    Variable::new("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "", "the same for logs"),
    Variable::new(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "",
        "full URL for metrics (nothing is added to its path)",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "", "the protocol for metrics"),
    Variable::secret(
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
        "headers for metrics, instead of the general ones",
    ),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "", "the timeout for metrics"),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "", "the compression for metrics"),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_INSECURE", "", "the same for metrics"),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "", "the same for metrics"),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "", "the same for metrics"),
    Variable::new("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "", "the same for metrics"),
    Variable::unsupported(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "our metrics are cumulative, the specification's default",
    ),
    Variable::unsupported(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "our histograms have the fixed buckets of the semantic conventions",
    ),
    Variable::unsupported(
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "an obsolete name; use OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    ),
    Variable::unsupported(
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "an obsolete name; use OTEL_EXPORTER_OTLP_METRICS_INSECURE",
    ),
    Variable::unsupported("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "there is no Zipkin sink; send OTLP"),
    Variable::unsupported("OTEL_EXPORTER_ZIPKIN_PROTOCOL", "there is no Zipkin sink; send OTLP"),
    Variable::unsupported("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "there is no Zipkin sink; send OTLP"),
    Variable::unsupported("OTEL_EXPORTER_PROMETHEUS_HOST", "metrics are pushed by OTLP"),
    Variable::unsupported("OTEL_EXPORTER_PROMETHEUS_PORT", "metrics are pushed by OTLP"),
];
