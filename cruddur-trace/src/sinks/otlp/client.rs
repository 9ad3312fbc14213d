//! The HTTP clients of one sink, and their certificates.

use std::time::Duration;

use crate::config::{OtlpSignal, PemFile, Protocol, TlsFiles, shown_url};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("cruddur-trace/", env!("CARGO_PKG_VERSION"));

/// The clients of one sink: signals with the same connection settings share one, since each reads
/// all of the system's certificates.
#[derive(Default)]
pub(super) struct Clients(Vec<(OtlpSignal, reqwest::Client)>);

impl Clients {
    pub(super) fn client(&mut self, settings: &OtlpSignal) -> Result<reqwest::Client, String> {
        let same = |it: &OtlpSignal| {
            it.protocol == settings.protocol
                && it.tls == settings.tls
                && it.timeout == settings.timeout
        };
        if let Some((_, client)) = self.0.iter().find(|(found, _)| same(found)) {
            return Ok(client.clone());
        }
        let client = client(settings)?;
        self.0.push((settings.clone(), client.clone()));
        Ok(client)
    }
}

fn client(settings: &OtlpSignal) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .timeout(settings.timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(USER_AGENT)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(1);
    builder = match settings.protocol {
        Protocol::Grpc => builder.http2_prior_knowledge(),
        Protocol::HttpProtobuf => builder,
    };
    let TlsFiles { certificate, client_certificate, client_key } = &settings.tls;
    if let Some(file) = certificate {
        let holds_none = || format!("{} holds no certificates in PEM form", shown(file));
        let certificates = reqwest::Certificate::from_pem_bundle(&read(file)?)
            .map_err(|error| format!("{} ({error})", holds_none()))?;
        if certificates.is_empty() {
            return Err(holds_none());
        }
        builder = builder.tls_certs_merge(certificates);
    }
    if let (Some(certificate), Some(key)) = (client_certificate, client_key) {
        let mut pem = read(key)?;
        pem.push(b'\n');
        pem.extend(read(certificate)?);
        let identity = reqwest::Identity::from_pem(&pem).map_err(|error| {
            format!("{} and {} are no pair ({error})", shown(certificate), shown(key))
        })?;
        builder = builder.identity(identity);
    }
    // The innermost cause: reqwest's own words are "builder error".
    builder.build().map_err(|error| {
        let causes =
            std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
        let cause = causes.last().map(ToString::to_string).unwrap_or_default();
        format!("the HTTP client can't be made ({cause})")
    })
}

fn read(file: &PemFile) -> Result<Vec<u8>, String> {
    std::fs::read(&file.path).map_err(|error| {
        format!("{} can't be read ({error}); name a readable PEM file", shown(file))
    })
}

/// `OTEL_EXPORTER_OTLP_CERTIFICATE: /etc/ca.pem`. Who mistakes a URL for a path shows no password.
fn shown(file: &PemFile) -> String {
    format!("{}: {}", file.variable, shown_url(&file.path))
}
