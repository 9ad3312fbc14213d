//! The OpenTelemetry SDK's variables but those of OTLP.
//!
//! Source: OpenTelemetry specification, "Environment Variable Specification", read 2026-11.

use super::Variable;

pub(super) const GENERAL: &[Variable] = &[
    Variable::new(
        "OTEL_SDK_DISABLED",
        "false",
        "`true`: nothing is recorded or exported; context still propagates",
    ),
    Variable::new(
        "OTEL_SERVICE_NAME",
        "",
        "`service.name`; wins over OTEL_RESOURCE_ATTRIBUTES. Honeycomb: the dataset",
    ),
    Variable::new(
        "OTEL_RESOURCE_ATTRIBUTES",
        "",
        "`key=value,…`, values percent-encoded: attributes of the service, its host, its deployment",
    ),
    Variable::new(
        "OTEL_TRACES_EXPORTER",
        "",
        "list of `otlp`, `xray`, `console`, `none`; if set it is exact, else all that is configured is on",
    ),
    Variable::new(
        "OTEL_LOGS_EXPORTER",
        "",
        "list of `otlp`, `cloudwatch`, `console`, `none`; if set it is exact, else all that is configured is on",
    ),
    Variable::new(
        "OTEL_METRICS_EXPORTER",
        "",
        "`otlp` or `none`; if set it is exact, else on where OTLP is",
    ),
    Variable::new(
        "OTEL_LOG_LEVEL",
        "info",
        "our own diagnostics on stderr: `none`, `error`, `warn`, `info`, `debug`",
    ),
    Variable::unsupported(
        "OTEL_CONFIG_FILE",
        "the declarative configuration file is not read; use variables or code",
    ),
    Variable::unsupported(
        "OTEL_EXPERIMENTAL_CONFIG_FILE",
        "the declarative configuration file is not read; use variables or code",
    ),
    Variable::unsupported("OTEL_ENTITIES", "still in development in the specification"),
];

pub(super) const CONTEXT: &[Variable] = &[
    Variable::new(
        "OTEL_PROPAGATORS",
        "tracecontext,baggage",
        "list of `tracecontext`, `baggage`, `b3`, `b3multi`, `xray`, `none`; the first full parent wins. `xray` is added when X-Ray is on and this is unset",
    ),
    Variable::new(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "`always_on`, `always_off`, `traceidratio`, the same with `parentbased_`, or `xray`; decides for OTLP",
    ),
    Variable::new(
        "OTEL_TRACES_SAMPLER_ARG",
        "",
        "the ratio (0 to 1) of `traceidratio`; of `xray`: `endpoint=http://host:port,polling_interval=seconds`, where rules are fetched from and how often",
    ),
    Variable::new(
        "CRUDDUR_KEEP",
        "",
        "keep after the fact, whatever the sampler said: list of `errors`, `slow:500ms`",
    ),
    Variable::new(
        "CRUDDUR_PROPAGATE_TO",
        "",
        "hosts (`api.example.com`, `*.internal`, with or without a port) that outgoing requests send context to; none unless named",
    ),
];

pub(super) const BATCHES: &[Variable] = &[
    Variable::new("OTEL_BSP_SCHEDULE_DELAY", "5000", "milliseconds that spans wait for company"),
    Variable::new(
        "OTEL_BSP_EXPORT_TIMEOUT",
        "30000",
        "milliseconds that one request with spans may take",
    ),
    Variable::new(
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "16384",
        "spans that wait for a sink at most (the specification's default is 2048)",
    ),
    Variable::new("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", "spans in one batch"),
    Variable::new(
        "OTEL_BLRP_SCHEDULE_DELAY",
        "1000",
        "milliseconds that log records wait for company",
    ),
    Variable::new(
        "OTEL_BLRP_EXPORT_TIMEOUT",
        "30000",
        "milliseconds that one request with log records may take",
    ),
    Variable::new(
        "OTEL_BLRP_MAX_QUEUE_SIZE",
        "65536",
        "log records that wait for a sink at most (the specification's default is 2048)",
    ),
    Variable::new(
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        "4096",
        "log records in one batch (the specification's default is 512; of CloudWatch Logs 10000, as the service takes)",
    ),
    Variable::new("OTEL_METRIC_EXPORT_INTERVAL", "60000", "milliseconds between two exports"),
    Variable::new(
        "OTEL_METRIC_EXPORT_TIMEOUT",
        "30000",
        "milliseconds that one request with metrics may take",
    ),
    Variable::unsupported(
        "OTEL_METRICS_EXEMPLAR_FILTER",
        "exemplars are those of sampled traces (`trace_based`, the specification's default), always",
    ),
    Variable::new("CRUDDUR_MAX_QUEUE_BYTES", "33554432", "bytes that wait for a sink at most"),
    Variable::new(
        "CRUDDUR_HAND_OVER_SIZE",
        "16384",
        "finished traces, and as many log records, between the handlers and the exporter thread at most",
    ),
    Variable::new(
        "CRUDDUR_RETRY_MAX_ELAPSED",
        "5m",
        "how long one request is tried again before its records are given up",
    ),
];

pub(super) const LIMITS: &[Variable] = &[
    Variable::new(
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "128",
        "attributes of one record, unless the next ones say otherwise",
    ),
    Variable::new(
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "",
        "characters of a text value; without it only the trace's own bound (256 KiB) holds",
    ),
    Variable::new("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "", "attributes of one span"),
    Variable::new(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "",
        "characters of a span's text value",
    ),
    Variable::new("OTEL_SPAN_EVENT_COUNT_LIMIT", "128", "events of one span"),
    Variable::new("OTEL_SPAN_LINK_COUNT_LIMIT", "128", "links of one span"),
    Variable::new("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of one event"),
    Variable::new("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of one link"),
    Variable::new("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "", "attributes of one log record"),
    Variable::new(
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "",
        "characters of a log record's text value",
    ),
    Variable::new(
        "CRUDDUR_HAND_OVER_AFTER",
        "5s",
        "a trace open for longer hands over what is finished",
    ),
    Variable::new(
        "CRUDDUR_HAND_OVER_SPANS",
        "512",
        "a trace with more finished spans hands them over",
    ),
    Variable::new(
        "CRUDDUR_HAND_OVER_BYTES",
        "262144",
        "a trace that holds more bytes hands them over",
    ),
];
