//! The three signals: where each arrives, how it is decoded, and which store takes it.

use std::borrow::Cow;

use axum::http::StatusCode;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use serde::Serialize;

use super::body::MAX_UNPACKED_BYTES;
use super::schema::{self, Schema};
use super::{Refused, json, weight};
use crate::{App, time};

/// Most that a request's messages may take in memory; a batch of 512 spans takes about one.
const MAX_DECODED_BYTES: usize = 128 << 20;

/// One of OTLP's signals.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// How a message is written.
#[derive(Clone, Copy)]
pub(super) enum Format {
    Protobuf,
    Json,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

impl Signal {
    pub(super) const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    pub(super) fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }

    pub(super) fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }

    /// Decodes a request, stores what is in it, and gives the encoded answer.
    pub(super) fn take(self, app: &App, format: Format, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
        match self {
            Self::Traces => {
                let request: ExportTraceServiceRequest = decode(&schema::TRACES, format, bytes)?;
                let refused = app.store.traces.add(request);
                app.live.changed("traces");
                let partial_success = (refused > 0).then(|| ExportTracePartialSuccess {
                    rejected_spans: refused,
                    error_message: "spans need a trace id and a span id that are not zero"
                        .to_owned(),
                });
                encode(format, &ExportTraceServiceResponse { partial_success })
            }
            Self::Logs => {
                let request: ExportLogsServiceRequest = decode(&schema::LOGS, format, bytes)?;
                let refused = app.store.logs.add(request, time::now());
                app.live.changed("logs");
                let partial_success = (refused > 0).then(|| ExportLogsPartialSuccess {
                    rejected_log_records: refused,
                    error_message: "a record's ids have 16 and 8 bytes, or none".to_owned(),
                });
                encode(format, &ExportLogsServiceResponse { partial_success })
            }
            Self::Metrics => {
                let request: ExportMetricsServiceRequest = decode(&schema::METRICS, format, bytes)?;
                app.store.metrics.add(request, time::now());
                app.live.changed("metrics");
                encode(format, &ExportMetricsServiceResponse { partial_success: None })
            }
        }
    }
}

fn decode<T: Message + Default>(
    schema: &'static Schema,
    format: Format,
    bytes: &[u8],
) -> Result<T, Refused> {
    let bad = |error: String| {
        Refused::new(StatusCode::BAD_REQUEST, format!("the request can't be decoded: {error}"))
    };
    let too_large = || {
        let reason = "the request takes more than 128 MiB when decoded: send smaller batches";
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, reason)
    };
    let bytes: Cow<'_, [u8]> = match format {
        Format::Protobuf => bytes.into(),
        Format::Json => match json::to_protobuf(schema, bytes, MAX_UNPACKED_BYTES) {
            Ok(bytes) => bytes.into(),
            Err(error) if error.to_string().contains(json::TOO_LARGE) => return Err(too_large()),
            Err(error) => return Err(bad(error.to_string())),
        },
    };
    if !weight::is_within(schema, &bytes, MAX_DECODED_BYTES) {
        return Err(too_large());
    }
    T::decode(&*bytes).map_err(|error| bad(error.to_string()))
}

fn encode<T: Message + Serialize>(format: Format, answer: &T) -> Result<Vec<u8>, Refused> {
    match format {
        Format::Protobuf => Ok(answer.encode_to_vec()),
        Format::Json => serde_json::to_vec(answer)
            .map_err(|error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
