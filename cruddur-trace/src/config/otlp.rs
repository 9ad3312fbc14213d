//! Where OTLP goes, by the standard variables.

use std::time::Duration;

use super::honeycomb::{Honeycomb, honeycomb_host};
use super::sections::{Exporters, LogsExporter, TracesExporter};
use super::{ConfigError, Secret, Settings};

/// How OTLP is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    HttpProtobuf,
    Grpc,
}

/// How request bodies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

/// The PEM files of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: Option<PemFile>,
    pub(crate) client_certificate: Option<PemFile>,
    pub(crate) client_key: Option<PemFile>,
}

/// A file, and the variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PemFile {
    pub(crate) variable: String,
    pub(crate) path: String,
}

/// Where one signal goes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtlpSignal {
    /// HTTP: the full URL. gRPC: scheme, host and port.
    pub(crate) url: String,
    pub(crate) protocol: Protocol,
    /// Only these are sent, beside what the protocol needs.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    pub(crate) tls: TlsFiles,
}

/// The destinations of the standard variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OtlpConfig {
    pub(crate) traces: Option<OtlpSignal>,
    pub(crate) logs: Option<OtlpSignal>,
    pub(crate) metrics: Option<OtlpSignal>,
}

impl OtlpConfig {
    /// Where Honeycomb's own variables are set as well, an endpoint that is Honeycomb's is theirs:
    /// else every span would be stored twice.
    pub(super) fn read(
        settings: &Settings,
        exporters: &Exporters,
        honeycomb: Option<&Honeycomb>,
    ) -> Result<Self, ConfigError> {
        let base = settings.text("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
        let ours = |signal: &str| {
            let special = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
            base || settings.text(&special).is_some()
        };
        // With Honeycomb on, a listed `otlp` means Honeycomb unless an endpoint is set, too.
        let on = |signal: &str, listed: Option<bool>| match listed {
            Some(listed) => listed && (ours(signal) || honeycomb.is_none()),
            None => ours(signal),
        };
        let read = |signal: &str, path: &str, listed: Option<bool>| {
            if !on(signal, listed) {
                return Ok(None);
            }
            let found = OtlpSignal::read(settings, signal, path)?;
            let theirs = honeycomb.is_some() && honeycomb_host(&found.url);
            Ok((!theirs).then_some(found))
        };
        let traces = exporters.traces.as_ref().map(|it| it.contains(&TracesExporter::Otlp));
        let logs = exporters.logs.as_ref().map(|it| it.contains(&LogsExporter::Otlp));
        Ok(Self {
            traces: read("TRACES", "v1/traces", traces)?,
            logs: read("LOGS", "v1/logs", logs)?,
            metrics: read("METRICS", "v1/metrics", exporters.metrics)?,
        })
    }
}

impl OtlpSignal {
    fn read(settings: &Settings, signal: &str, path: &str) -> Result<Self, ConfigError> {
        let special = |what: &str| format!("OTEL_EXPORTER_OTLP_{signal}_{what}");
        let general = |what: &str| format!("OTEL_EXPORTER_OTLP_{what}");
        // The name whose value counts: the signal's own, if it is set.
        let name = |what: &str| match settings.set_text(&special(what)) {
            Some(_) => special(what),
            None => general(what),
        };
        let text = |what: &str| settings.text(&name(what)).map(str::to_owned);

        let protocol = match text("PROTOCOL").as_deref() {
            Some("grpc") => Protocol::Grpc,
            Some("http/protobuf") | None => Protocol::HttpProtobuf,
            Some(_) => {
                let remedy = "write \"http/protobuf\" or \"grpc\"";
                return Err(settings.error(&name("PROTOCOL"), remedy));
            }
        };
        let compression = match text("COMPRESSION").as_deref() {
            Some("gzip") => Compression::Gzip,
            Some("none") | None => Compression::None,
            Some(_) => {
                let remedy = "write \"gzip\" or \"none\"";
                return Err(settings.error(&name("COMPRESSION"), remedy));
            }
        };
        let insecure = settings.boolean(&name("INSECURE"))?;
        let (endpoint_name, endpoint) = (name("ENDPOINT"), text("ENDPOINT"));
        let whole = endpoint_name == special("ENDPOINT");
        let url = match (&endpoint, protocol) {
            (None, Protocol::Grpc) => "http://localhost:4317".to_owned(),
            (None, Protocol::HttpProtobuf) => format!("http://localhost:4318/{path}"),
            (Some(url), Protocol::Grpc) => grpc_url(url, insecure),
            (Some(url), Protocol::HttpProtobuf) if whole => url.clone(),
            (Some(url), Protocol::HttpProtobuf) => {
                format!("{}/{path}", url.trim_end_matches('/'))
            }
        };
        if !is_url(&url) {
            let remedy = "write a URL with scheme and host, such as http://localhost:4318";
            return Err(settings.error(&endpoint_name, remedy));
        }
        let pairs = settings.pairs(&name("HEADERS"))?;
        let headers = pairs.into_iter().map(|(key, value)| (key, Secret::new(value))).collect();
        let pem = |what: &str| Some(PemFile { path: text(what)?, variable: name(what) });
        let tls = TlsFiles {
            certificate: pem("CERTIFICATE"),
            client_certificate: pem("CLIENT_CERTIFICATE"),
            client_key: pem("CLIENT_KEY"),
        };
        let (of_client, of_key) = (name("CLIENT_CERTIFICATE"), name("CLIENT_KEY"));
        match (&tls.client_certificate, &tls.client_key) {
            (Some(_), None) => {
                return Err(settings.error(&of_key, format!("{of_client} needs it: set both")));
            }
            (None, Some(_)) => {
                return Err(settings.error(&of_client, format!("{of_key} needs it: set both")));
            }
            _ => {}
        }
        let timeout = settings.timeout(&name("TIMEOUT"))?;
        Ok(Self { url, protocol, headers, timeout, compression, tls })
    }
}

/// `host:4317` without a scheme is allowed for gRPC; then `INSECURE` decides.
fn grpc_url(endpoint: &str, insecure: bool) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    match (endpoint.contains("://"), insecure) {
        (true, _) => endpoint.to_owned(),
        (false, true) => format!("http://{endpoint}"),
        (false, false) => format!("https://{endpoint}"),
    }
}

pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    fn read(environment: &[(&str, &str)]) -> Result<OtlpConfig, ConfigError> {
        let settings = settings(environment);
        let honeycomb = Honeycomb::read(&settings)?;
        OtlpConfig::read(&settings, &Exporters::read(&settings)?, honeycomb.as_ref())
    }

    fn traces_url(environment: &[(&str, &str)]) -> Option<String> {
        read(environment).expect("valid").traces.map(|it| it.url)
    }

    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
    const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");

    #[test]
    fn the_endpoint_follows_the_specification() {
        let check = |environment: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(traces_url(environment).as_deref(), expected, "{environment:?}");
        };
        check(&[], None);
        check(&[BASE], Some("http://collector:4318/v1/traces"));
        check(
            &[BASE, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/x")],
            Some("http://other/x"),
        );
        check(&[BASE, GRPC], Some("http://collector:4318"));
        check(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"), GRPC], Some("https://c:4317"));
        let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
        check(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"), GRPC, insecure], Some("http://c:4317"));
        check(&[("OTEL_TRACES_EXPORTER", "otlp")], Some("http://localhost:4318/v1/traces"));
        check(&[("OTEL_TRACES_EXPORTER", "otlp"), GRPC], Some("http://localhost:4317"));
        check(&[BASE, ("OTEL_TRACES_EXPORTER", "none")], None);
    }

    #[test]
    fn what_cannot_work_names_the_variable() {
        let check = |name: &str, value: &str| {
            let error = read(&[BASE, (name, value)]).expect_err(name);
            assert_eq!(error.name(), name);
        };
        check("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json");
        check("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318");
        check("OTEL_EXPORTER_OTLP_HEADERS", "key");
        check("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd");
        check("OTEL_EXPORTER_OTLP_TIMEOUT", "soon");
        check("OTEL_EXPORTER_OTLP_INSECURE", "perhaps");
    }

    #[test]
    fn a_signal_has_its_own_headers() {
        let config = read(&[
            BASE,
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "b=2"),
        ])
        .expect("valid");
        let keys = |signal: Option<OtlpSignal>| signal.expect("on").headers[0].0.clone();
        assert_eq!((keys(config.traces), keys(config.logs)), ("a".to_owned(), "b".to_owned()));
    }

    #[test]
    fn the_same_spans_do_not_go_to_honeycomb_twice() {
        let key = ("HONEYCOMB_API_KEY", "hcaik_0123");
        let theirs = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://api.honeycomb.io");
        assert!(traces_url(&[theirs]).is_some());
        assert!(traces_url(&[key, theirs]).is_none());
        assert!(traces_url(&[key, BASE]).is_some());
        assert!(traces_url(&[key, ("OTEL_TRACES_EXPORTER", "otlp")]).is_none());
    }
}
