//! OTLP's messages as a table: what `json` reads by, and what `weight` counts by.
//!
//! Names, numbers and types are those of opentelemetry-proto 1.9 (read 2026-11). Only what the three
//! signals carry is here; a field that is not is unknown, and ignored as the specification asks.

use opentelemetry_proto::tonic::trace::v1 as trace;
use opentelemetry_proto::tonic::{collector, common::v1 as common, logs::v1 as logs};
use opentelemetry_proto::tonic::{metrics::v1 as metrics, resource::v1 as resource};

use Kind::{
    Base64, Bool, Double, Enum, Fixed32, Fixed64, Hex, Int64, Many, One, SFixed64, Sint32, Text,
    Uint32, Uint64,
};

/// A message's fields, and what one takes in memory once decoded, without what it points to.
pub(super) struct Schema {
    pub(super) bytes: usize,
    pub(super) fields: &'static [Field],
}

/// A field: its name in JSON, its number, what it holds.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) number: u32,
    pub(super) kind: Kind,
    /// Lists of scalars; lists of messages are [`Kind::Many`].
    pub(super) is_list: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Bytes that JSON writes in hexadecimal: OTLP's ids.
    Hex,
    /// Bytes that JSON writes in base64.
    Base64,
    Bool,
    Uint32,
    Sint32,
    Int64,
    Uint64,
    Fixed32,
    Fixed64,
    SFixed64,
    Double,
    /// The prefix that all names of the enumeration share, and the names, from 0.
    Enum(&'static str, &'static [&'static str]),
    One(&'static Schema),
    Many(&'static Schema),
}

impl Schema {
    pub(super) fn named(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn numbered(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

const fn f(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, number, kind, is_list: false }
}

const fn list(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, number, kind, is_list: true }
}

macro_rules! schemas {
    ($($(#[$doc:meta])* $visible:vis $name:ident = $message:ty { $($field:expr),* $(,)? })*) => {
        $($(#[$doc])* $visible static $name: Schema =
            Schema { bytes: size_of::<$message>(), fields: &[$($field),*] };)*
    };
}

schemas! {
    /// A request of `/v1/traces`.
    pub(super) TRACES = collector::trace::v1::ExportTraceServiceRequest {
        f(1, "resourceSpans", Many(&RESOURCE_SPANS)),
    }
    /// A request of `/v1/logs`.
    pub(super) LOGS = collector::logs::v1::ExportLogsServiceRequest {
        f(1, "resourceLogs", Many(&RESOURCE_LOGS)),
    }
    /// A request of `/v1/metrics`.
    pub(super) METRICS = collector::metrics::v1::ExportMetricsServiceRequest {
        f(1, "resourceMetrics", Many(&RESOURCE_METRICS)),
    }

    ANY = common::AnyValue {
        f(1, "stringValue", Text), f(2, "boolValue", Bool), f(3, "intValue", Int64),
        f(4, "doubleValue", Double), f(5, "arrayValue", One(&ARRAY)),
        f(6, "kvlistValue", One(&KEY_VALUES)), f(7, "bytesValue", Base64),
    }
    ARRAY = common::ArrayValue { f(1, "values", Many(&ANY)) }
    KEY_VALUES = common::KeyValueList { f(1, "values", Many(&KEY_VALUE)) }
    KEY_VALUE = common::KeyValue { f(1, "key", Text), f(2, "value", One(&ANY)) }
    SCOPE = common::InstrumentationScope {
        f(1, "name", Text), f(2, "version", Text), f(3, "attributes", Many(&KEY_VALUE)),
        f(4, "droppedAttributesCount", Uint32),
    }
    ENTITY = common::EntityRef {
        f(1, "schemaUrl", Text), f(2, "type", Text), list(3, "idKeys", Text),
        list(4, "descriptionKeys", Text),
    }
    RESOURCE = resource::Resource {
        f(1, "attributes", Many(&KEY_VALUE)), f(2, "droppedAttributesCount", Uint32),
        f(3, "entityRefs", Many(&ENTITY)),
    }

    RESOURCE_SPANS = trace::ResourceSpans {
        f(1, "resource", One(&RESOURCE)), f(2, "scopeSpans", Many(&SCOPE_SPANS)),
        f(3, "schemaUrl", Text),
    }
    SCOPE_SPANS = trace::ScopeSpans {
        f(1, "scope", One(&SCOPE)), f(2, "spans", Many(&SPAN)), f(3, "schemaUrl", Text),
    }
    SPAN = trace::Span {
        f(1, "traceId", Hex), f(2, "spanId", Hex), f(3, "traceState", Text),
        f(4, "parentSpanId", Hex), f(5, "name", Text),
        f(6, "kind", Enum("SPAN_KIND_",
            &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"])),
        f(7, "startTimeUnixNano", Fixed64), f(8, "endTimeUnixNano", Fixed64),
        f(9, "attributes", Many(&KEY_VALUE)), f(10, "droppedAttributesCount", Uint32),
        f(11, "events", Many(&EVENT)), f(12, "droppedEventsCount", Uint32),
        f(13, "links", Many(&LINK)), f(14, "droppedLinksCount", Uint32),
        f(15, "status", One(&STATUS)), f(16, "flags", Fixed32),
    }
    EVENT = trace::span::Event {
        f(1, "timeUnixNano", Fixed64), f(2, "name", Text), f(3, "attributes", Many(&KEY_VALUE)),
        f(4, "droppedAttributesCount", Uint32),
    }
    LINK = trace::span::Link {
        f(1, "traceId", Hex), f(2, "spanId", Hex), f(3, "traceState", Text),
        f(4, "attributes", Many(&KEY_VALUE)), f(5, "droppedAttributesCount", Uint32),
        f(6, "flags", Fixed32),
    }
    STATUS = trace::Status {
        f(2, "message", Text), f(3, "code", Enum("STATUS_CODE_", &["UNSET", "OK", "ERROR"])),
    }

    RESOURCE_LOGS = logs::ResourceLogs {
        f(1, "resource", One(&RESOURCE)), f(2, "scopeLogs", Many(&SCOPE_LOGS)),
        f(3, "schemaUrl", Text),
    }
    SCOPE_LOGS = logs::ScopeLogs {
        f(1, "scope", One(&SCOPE)), f(2, "logRecords", Many(&LOG_RECORD)), f(3, "schemaUrl", Text),
    }
    LOG_RECORD = logs::LogRecord {
        f(1, "timeUnixNano", Fixed64), f(11, "observedTimeUnixNano", Fixed64),
        f(2, "severityNumber", Enum("SEVERITY_NUMBER_", SEVERITIES)), f(3, "severityText", Text),
        f(5, "body", One(&ANY)), f(6, "attributes", Many(&KEY_VALUE)),
        f(7, "droppedAttributesCount", Uint32), f(8, "flags", Fixed32), f(9, "traceId", Hex),
        f(10, "spanId", Hex), f(12, "eventName", Text),
    }

    RESOURCE_METRICS = metrics::ResourceMetrics {
        f(1, "resource", One(&RESOURCE)), f(2, "scopeMetrics", Many(&SCOPE_METRICS)),
        f(3, "schemaUrl", Text),
    }
    SCOPE_METRICS = metrics::ScopeMetrics {
        f(1, "scope", One(&SCOPE)), f(2, "metrics", Many(&METRIC)), f(3, "schemaUrl", Text),
    }
    METRIC = metrics::Metric {
        f(1, "name", Text), f(2, "description", Text), f(3, "unit", Text),
        f(5, "gauge", One(&GAUGE)), f(7, "sum", One(&SUM)), f(9, "histogram", One(&HISTOGRAM)),
        f(10, "exponentialHistogram", One(&EXPONENTIAL)), f(11, "summary", One(&SUMMARY)),
        f(12, "metadata", Many(&KEY_VALUE)),
    }
    GAUGE = metrics::Gauge { f(1, "dataPoints", Many(&NUMBER)) }
    SUM = metrics::Sum {
        f(1, "dataPoints", Many(&NUMBER)), f(2, "aggregationTemporality", TEMPORALITY),
        f(3, "isMonotonic", Bool),
    }
    HISTOGRAM = metrics::Histogram {
        f(1, "dataPoints", Many(&HISTOGRAM_POINT)), f(2, "aggregationTemporality", TEMPORALITY),
    }
    EXPONENTIAL = metrics::ExponentialHistogram {
        f(1, "dataPoints", Many(&EXPONENTIAL_POINT)), f(2, "aggregationTemporality", TEMPORALITY),
    }
    SUMMARY = metrics::Summary { f(1, "dataPoints", Many(&SUMMARY_POINT)) }
    NUMBER = metrics::NumberDataPoint {
        f(7, "attributes", Many(&KEY_VALUE)), f(2, "startTimeUnixNano", Fixed64),
        f(3, "timeUnixNano", Fixed64), f(4, "asDouble", Double), f(6, "asInt", SFixed64),
        f(5, "exemplars", Many(&EXEMPLAR)), f(8, "flags", Uint32),
    }
    HISTOGRAM_POINT = metrics::HistogramDataPoint {
        f(9, "attributes", Many(&KEY_VALUE)), f(2, "startTimeUnixNano", Fixed64),
        f(3, "timeUnixNano", Fixed64), f(4, "count", Fixed64), f(5, "sum", Double),
        list(6, "bucketCounts", Fixed64), list(7, "explicitBounds", Double),
        f(8, "exemplars", Many(&EXEMPLAR)), f(10, "flags", Uint32), f(11, "min", Double),
        f(12, "max", Double),
    }
    EXPONENTIAL_POINT = metrics::ExponentialHistogramDataPoint {
        f(1, "attributes", Many(&KEY_VALUE)), f(2, "startTimeUnixNano", Fixed64),
        f(3, "timeUnixNano", Fixed64), f(4, "count", Fixed64), f(5, "sum", Double),
        f(6, "scale", Sint32), f(7, "zeroCount", Fixed64), f(8, "positive", One(&BUCKETS)),
        f(9, "negative", One(&BUCKETS)), f(10, "flags", Uint32),
        f(11, "exemplars", Many(&EXEMPLAR)), f(12, "min", Double), f(13, "max", Double),
        f(14, "zeroThreshold", Double),
    }
    BUCKETS = metrics::exponential_histogram_data_point::Buckets {
        f(1, "offset", Sint32), list(2, "bucketCounts", Uint64),
    }
    SUMMARY_POINT = metrics::SummaryDataPoint {
        f(7, "attributes", Many(&KEY_VALUE)), f(2, "startTimeUnixNano", Fixed64),
        f(3, "timeUnixNano", Fixed64), f(4, "count", Fixed64), f(5, "sum", Double),
        f(6, "quantileValues", Many(&QUANTILE)), f(8, "flags", Uint32),
    }
    QUANTILE = metrics::summary_data_point::ValueAtQuantile {
        f(1, "quantile", Double), f(2, "value", Double),
    }
    EXEMPLAR = metrics::Exemplar {
        f(7, "filteredAttributes", Many(&KEY_VALUE)), f(2, "timeUnixNano", Fixed64),
        f(3, "asDouble", Double), f(6, "asInt", SFixed64), f(4, "spanId", Hex),
        f(5, "traceId", Hex),
    }
}

const TEMPORALITY: Kind = Enum("AGGREGATION_TEMPORALITY_", &["UNSPECIFIED", "DELTA", "CUMULATIVE"]);

#[rustfmt::skip]
const SEVERITIES: &[&str] = &[
    "UNSPECIFIED", "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4",
    "INFO", "INFO2", "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2",
    "ERROR3", "ERROR4", "FATAL", "FATAL2", "FATAL3", "FATAL4",
];
