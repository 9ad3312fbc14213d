//! Honeycomb as a preset: the same sink, told where to go and what to say.
//!
//! Source: Honeycomb documentation, "Send data with OpenTelemetry", read 2026-11.

use std::time::Duration;

use super::SpanStyle;
use crate::config::{
    Compression, Honeycomb, OtlpConfig, OtlpSignal, Protocol, Secret, TlsFiles, honeycomb_host,
    shown_url,
};

/// What tells one OTLP sink from another.
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    /// Its name in accounts.
    pub(crate) name: &'static str,
    pub(crate) traces: Option<OtlpSignal>,
    pub(crate) logs: Option<OtlpSignal>,
    pub(crate) metrics: Option<OtlpSignal>,
    pub(super) style: SpanStyle,
    /// What to look at when access is denied.
    pub(super) remedy: &'static str,
    pub(crate) limits: RequestLimits,
    /// X-Ray's door for OTLP: spans by X-Ray's own sampling.
    pub(crate) is_xray: bool,
}

/// Bounds of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLimits {
    /// Uncompressed.
    pub(crate) max_bytes: usize,
    pub(crate) max_records: usize,
    /// Of one record: longer ones are cut where they can be, else refused.
    pub(crate) max_record_bytes: usize,
}

impl Default for RequestLimits {
    /// 4 MiB is what gRPC servers take unless told otherwise (grpc-go, `MaxRecvMsgSize`; the
    /// OpenTelemetry collector keeps it); Honeycomb takes 15 MB over HTTP. Read 2026-11.
    fn default() -> Self {
        let max_bytes = 4 * 1024 * 1024 - 1_024;
        Self { max_bytes, max_records: 100_000, max_record_bytes: max_bytes }
    }
}

impl OtlpSettings {
    /// What the standard variables say.
    pub(crate) fn standard(config: &OtlpConfig) -> Option<Self> {
        let OtlpConfig { traces, logs, metrics } = config.clone();
        if traces.is_none() && logs.is_none() && metrics.is_none() {
            return None;
        }
        // Honeycomb by the standard variables, as the seed of many a compose file has it.
        let sample_rate = traces.as_ref().is_some_and(|it| honeycomb_host(&it.url));
        Some(Self {
            name: "otlp",
            traces,
            logs,
            metrics,
            style: SpanStyle { sample_rate },
            remedy: "check OTEL_EXPORTER_OTLP_HEADERS",
            limits: RequestLimits::default(),
            is_xray: false,
        })
    }

    /// X-Ray's door for OTLP, which is signed: spans alone, by X-Ray's own sampling.
    #[cfg(feature = "aws")]
    pub(crate) fn xray(traces: OtlpSignal, limits: RequestLimits) -> Self {
        Self {
            name: "xray",
            traces: Some(traces),
            logs: None,
            metrics: None,
            style: SpanStyle { sample_rate: false },
            remedy: "check the AWS credentials and aws/json/policy.json",
            limits,
            is_xray: true,
        }
    }

    /// CloudWatch Logs' door for OTLP, which is signed: logs alone.
    #[cfg(feature = "aws")]
    pub(crate) fn cloudwatch(logs: OtlpSignal, limits: RequestLimits) -> Self {
        Self {
            name: "cloudwatch_logs",
            traces: None,
            logs: Some(logs),
            metrics: None,
            style: SpanStyle { sample_rate: false },
            remedy: "check the AWS credentials and their permissions",
            limits,
            is_xray: false,
        }
    }

    /// Where what goes, for start-up; without keys.
    pub(crate) fn in_words(&self) -> String {
        let signals = [("traces", &self.traces), ("logs", &self.logs), ("metrics", &self.metrics)];
        let on = signals.into_iter().filter_map(|(name, signal)| Some((name, signal.as_ref()?)));
        let words: Vec<_> = on
            .map(|(name, signal)| {
                let how = match signal.protocol {
                    Protocol::HttpProtobuf => "",
                    Protocol::Grpc => " (gRPC)",
                };
                format!("{name} to {}{how}", shown_url(&signal.url))
            })
            .collect();
        words.join(", ")
    }

    /// A copy of everything to this base URL, beside other sinks; no key goes with it.
    pub(crate) fn tee(name: &'static str, endpoint: &str) -> Self {
        let signal = |path: &str| OtlpSignal {
            url: format!("{}/{path}", endpoint.trim_end_matches('/')),
            protocol: Protocol::HttpProtobuf,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            compression: Compression::None,
            tls: TlsFiles::default(),
        };
        Self {
            name,
            traces: Some(signal("v1/traces")),
            logs: Some(signal("v1/logs")),
            metrics: Some(signal("v1/metrics")),
            style: SpanStyle { sample_rate: true },
            remedy: "check the endpoint",
            limits: RequestLimits::default(),
            is_xray: false,
        }
    }

    /// Honeycomb: gzip over HTTP/protobuf; the dataset in a header only where the key is classic
    /// (else it is `service.name`), or for metrics.
    pub(crate) fn honeycomb(config: &Honeycomb, traces: bool, logs: bool, metrics: bool) -> Self {
        let signal = |path: &str, dataset: Option<&String>| {
            let mut headers = vec![("x-honeycomb-team".to_owned(), config.api_key.clone())];
            if let Some(dataset) = dataset {
                let dataset = Secret::new(dataset.as_str());
                headers.push(("x-honeycomb-dataset".to_owned(), dataset));
            }
            OtlpSignal {
                url: format!("{}/{path}", config.endpoint),
                protocol: Protocol::HttpProtobuf,
                headers,
                timeout: Duration::from_secs(10),
                compression: Compression::Gzip,
                tls: TlsFiles::default(),
            }
        };
        let classic = config.dataset.as_ref().filter(|_| config.is_classic());
        let metrics = config.metrics_dataset.as_ref().filter(|_| metrics);
        Self {
            name: "honeycomb",
            traces: traces.then(|| signal("v1/traces", classic)),
            logs: logs.then(|| signal("v1/logs", classic)),
            metrics: metrics.map(|dataset| signal("v1/metrics", Some(dataset))),
            style: SpanStyle { sample_rate: true },
            remedy: "check HONEYCOMB_API_KEY and HONEYCOMB_API_ENDPOINT (US or EU)",
            limits: RequestLimits::default(),
            is_xray: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(key: &str) -> Vec<String> {
        let config = Honeycomb {
            api_key: Secret::new(key),
            endpoint: "https://api.eu1.honeycomb.io".to_owned(),
            dataset: Some("cruddur".to_owned()),
            metrics_dataset: None,
        };
        let settings = OtlpSettings::honeycomb(&config, true, true, true);
        assert!(settings.metrics.is_none());
        let traces = settings.traces.expect("on");
        assert_eq!(traces.url, "https://api.eu1.honeycomb.io/v1/traces");
        traces.headers.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_dataset_is_sent_with_classic_keys_only() {
        let team = "x-honeycomb-team";
        assert_eq!(headers("hcaik_0123"), [team]);
        assert_eq!(headers("0123456789abcdef0123456789abcdef"), [team, "x-honeycomb-dataset"]);
    }
}
