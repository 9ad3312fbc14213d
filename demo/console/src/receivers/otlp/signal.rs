//! The three signals: where each arrives, how it is decoded, and which store takes it.

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
use serde::de::DeserializeOwned;

use super::Refused;
use crate::{App, time};

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
                let request: ExportTraceServiceRequest = decode(format, bytes)?;
                let refused = app.store.traces.add(request, time::now());
                app.live.changed("traces");
                let partial_success = (refused > 0).then(|| ExportTracePartialSuccess {
                    rejected_spans: refused,
                    error_message: "spans need a trace id and a span id that are not zero"
                        .to_owned(),
                });
                encode(format, &ExportTraceServiceResponse { partial_success })
            }
            Self::Logs => {
                let request: ExportLogsServiceRequest = decode(format, bytes)?;
                let refused = app.store.logs.add(request, time::now());
                app.live.changed("logs");
                let partial_success = (refused > 0).then(|| ExportLogsPartialSuccess {
                    rejected_log_records: refused,
                    error_message: "a record's ids have 16 and 8 bytes, or none".to_owned(),
                });
                encode(format, &ExportLogsServiceResponse { partial_success })
            }
            Self::Metrics => {
                let request: ExportMetricsServiceRequest = decode(format, bytes)?;
                app.store.metrics.add(request, time::now());
                app.live.changed("metrics");
                encode(format, &ExportMetricsServiceResponse { partial_success: None })
            }
        }
    }
}

fn decode<T: Message + Default + DeserializeOwned>(
    format: Format,
    bytes: &[u8],
) -> Result<T, Refused> {
    let decoded = match format {
        Format::Protobuf => T::decode(bytes).map_err(|error| error.to_string()),
        Format::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
    };
    decoded.map_err(|error| {
        Refused::new(StatusCode::BAD_REQUEST, format!("the request can't be decoded: {error}"))
    })
}

fn encode<T: Message + Serialize>(format: Format, answer: &T) -> Result<Vec<u8>, Refused> {
    match format {
        Format::Protobuf => Ok(answer.encode_to_vec()),
        Format::Json => serde_json::to_vec(answer)
            .map_err(|error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
