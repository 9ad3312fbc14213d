//! X-Ray's door for OTLP: where it is, what it takes, and the signature.
//!
//! The OTLP sink does the work; here is what tells it that it speaks to X-Ray.
//! Source: "OpenTelemetry Protocol (OTLP) endpoint", Amazon CloudWatch user guide, read 2026-11:
//! HTTP/1.1, protobuf, gzip, 5 MB and 10,000 spans a request, 200 KB a span.

use std::time::Duration;

use crate::config::{Compression, OtlpSignal, Protocol, TlsFiles};
use crate::sinks::otlp::{OtlpSettings, RequestLimits};

/// 5 MB, uncompressed, with room for the frame.
const MAX_BYTES: usize = 5_000_000 - 4_096;
const MAX_SPANS: usize = 10_000;
/// 200 KB.
const MAX_SPAN_BYTES: usize = 200_000;

/// What the OTLP sink is told.
pub(super) fn settings(
    region: Option<&str>,
    endpoint: Option<&str>,
) -> Result<OtlpSettings, String> {
    let base = match (endpoint, region) {
        (Some(endpoint), _) => endpoint.trim_end_matches('/').to_owned(),
        (None, Some(region)) => format!("https://xray.{region}.amazonaws.com"),
        (None, None) => return Err("no AWS region: set AWS_REGION".to_owned()),
    };
    let traces = OtlpSignal {
        url: format!("{base}/v1/traces"),
        protocol: Protocol::HttpProtobuf,
        headers: Vec::new(),
        timeout: Duration::from_secs(10),
        compression: Compression::Gzip,
        tls: TlsFiles::default(),
    };
    let limits = RequestLimits {
        max_bytes: MAX_BYTES,
        max_records: MAX_SPANS,
        max_record_bytes: MAX_SPAN_BYTES,
    };
    Ok(OtlpSettings::xray(traces, limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_the_region_s_unless_another_is_named() {
        let url =
            |region, endpoint| settings(region, endpoint).map(|it| it.traces.expect("traces").url);
        let expected = "https://xray.ca-central-1.amazonaws.com/v1/traces";
        assert_eq!(url(Some("ca-central-1"), None).as_deref(), Ok(expected));
        let expected = "http://127.0.0.1:4568/v1/traces";
        assert_eq!(url(None, Some("http://127.0.0.1:4568/")).as_deref(), Ok(expected));
        assert!(url(None, None).is_err());
    }
}
