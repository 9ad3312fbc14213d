//! Sends one request once, over HTTP or gRPC, by one client.
//!
//! gRPC is one HTTP/2 request with five bytes before the message and a status in the trailers, so
//! the HTTP client does both: proxies, certificates and timeouts work the same way for either.
//! Redirects are never followed: a key goes to the host that was configured, and to no other.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;

use super::answer;
use super::sign::{Sign, ToSign};
use crate::config::{Compression, OtlpSignal, Protocol, TlsFiles};
use crate::pipeline::{Delivered, SendError};
use crate::record::clock;

/// How much of an answer is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("cruddur-trace/", env!("CARGO_PKG_VERSION"));

/// One destination of one signal.
pub(crate) struct Transport {
    client: reqwest::Client,
    url: String,
    headers: HeaderMap,
    protocol: Protocol,
    is_gzip: bool,
    signer: Option<Box<dyn Sign>>,
    /// What to look at when access is denied.
    remedy: &'static str,
}

impl Transport {
    /// # Errors
    ///
    /// A header that can't be sent, a certificate that can't be read, a TLS set-up that fails.
    pub(crate) fn new(
        settings: &OtlpSignal,
        service: &str,
        remedy: &'static str,
        signer: Option<Box<dyn Sign>>,
        clients: &mut Clients,
    ) -> Result<Self, String> {
        let is_gzip = settings.compression == Compression::Gzip;
        let (url, mut headers) = match settings.protocol {
            Protocol::HttpProtobuf => (settings.url.clone(), http_headers(is_gzip)),
            Protocol::Grpc => {
                let url = format!("{}/{service}/Export", settings.url.trim_end_matches('/'));
                (url, grpc_headers(is_gzip, settings.timeout))
            }
        };
        for (name, value) in &settings.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| format!("\"{name}\" is no header name"))?;
            let mut value = HeaderValue::try_from(value.expose())
                .map_err(|_| format!("the value of \"{name}\" can't be sent in a header"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let client = clients.client(settings)?;
        Ok(Self { client, url, headers, protocol: settings.protocol, is_gzip, signer, remedy })
    }

    pub(crate) async fn send(&self, body: &Bytes) -> Result<Delivered, SendError> {
        let body = match self.protocol {
            Protocol::HttpProtobuf => body.clone(),
            Protocol::Grpc => grpc_frame(body, self.is_gzip),
        };
        let mut headers = self.headers.clone();
        if let Some(signer) = &self.signer {
            self.sign(signer.as_ref(), &mut headers, &body).await?;
        }
        let request = self.client.post(&self.url).headers(headers).body(body);
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let response = http::Response::<reqwest::Body>::from(response);
        let (head, mut body) = response.into_parts();
        let (mut answer, mut trailers) = (BytesMut::new(), HeaderMap::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.unreachable(&error))?;
            match frame.into_data() {
                Ok(data) => {
                    let room = MAX_ANSWER_BYTES - answer.len();
                    if data.len() >= room {
                        // No answer of OTLP's is so long: the connection is given up with the rest.
                        answer.extend_from_slice(&data[..room]);
                        break;
                    }
                    answer.extend_from_slice(&data);
                }
                Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        match self.protocol {
            Protocol::HttpProtobuf => self.http_answer(&head, &answer),
            Protocol::Grpc => self.grpc_answer(&head, &trailers, &answer),
        }
    }

    async fn sign(
        &self,
        signer: &dyn Sign,
        headers: &mut HeaderMap,
        body: &[u8],
    ) -> Result<(), SendError> {
        let signed = ["content-type", "content-encoding", "x-aws-log-group", "x-aws-log-stream"];
        let shown: Vec<(&str, &str)> = signed
            .into_iter()
            .filter_map(|name| Some((name, headers.get(name)?.to_str().ok()?)))
            .collect();
        let now = clock::now();
        let to_sign = ToSign { method: "POST", url: &self.url, headers: &shown, body, now };
        let failed = |cause: String| SendError::Retry { after: None, cause };
        let added = signer.sign(to_sign).await.map_err(failed)?;
        for (name, value) in added {
            let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = pair.ok_or_else(|| failed("a signature is no header".into()))?;
            headers.insert(name, value);
        }
        Ok(())
    }

    fn http_answer(
        &self,
        head: &http::response::Parts,
        body: &[u8],
    ) -> Result<Delivered, SendError> {
        if head.status.is_success() {
            return Ok(answer::delivered(body));
        }
        let retry_after = text(&head.headers, header::RETRY_AFTER.as_str());
        let (status, now) = (head.status.as_u16(), clock::now());
        Err(answer::http_error(status, retry_after, body, now, self.remedy))
    }

    fn grpc_answer(
        &self,
        head: &http::response::Parts,
        trailers: &HeaderMap,
        body: &[u8],
    ) -> Result<Delivered, SendError> {
        // An answer without a message has its trailers in the head.
        let value = |name: &str| text(trailers, name).or_else(|| text(&head.headers, name));
        let Some(code) = value("grpc-status").and_then(|code| code.parse().ok()) else {
            let cause = format!("HTTP {} without a gRPC status", head.status.as_u16());
            // Something in between answered, or the connection broke.
            let retry_after = text(&head.headers, header::RETRY_AFTER.as_str());
            return Err(match head.status.as_u16() {
                200 => SendError::Retry { after: None, cause },
                status => answer::http_error(status, retry_after, body, clock::now(), self.remedy),
            });
        };
        match code {
            // Past the five bytes in front of the message.
            0 => Ok(answer::delivered(body.get(5..).unwrap_or_default())),
            code => {
                let message = value("grpc-message").map(percent_decoded).unwrap_or_default();
                let details = value("grpc-status-details-bin").and_then(base64_decoded);
                let details = details.unwrap_or_default();
                Err(answer::grpc_error(code, &message, &details, self.remedy))
            }
        }
    }

    /// Nothing came back: the request may be sent again.
    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> SendError {
        let mut cause = format!("{} can't be reached", host(&self.url));
        let mut source = Some(error);
        while let Some(error) = source {
            // The first ones repeat the URL; what helps is at the end of the chain.
            if error.source().is_none() {
                cause = format!("{cause}: {error}");
            }
            source = error.source();
        }
        if cause.ends_with("UnknownIssuer") {
            cause +=
                ": name a CA of your own in OTEL_EXPORTER_OTLP_CERTIFICATE, or in SSL_CERT_FILE";
        }
        SendError::Retry { after: None, cause }
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The clients of one sink: signals with the same connection settings share one, since each reads
/// all of the system's certificates.
#[derive(Default)]
pub(super) struct Clients(Vec<(OtlpSignal, reqwest::Client)>);

impl Clients {
    fn client(&mut self, settings: &OtlpSignal) -> Result<reqwest::Client, String> {
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
    if let Some(path) = certificate {
        let certificates = reqwest::Certificate::from_pem_bundle(&read(path)?)
            .map_err(|error| format!("{path} holds no certificates in PEM form ({error})"))?;
        if certificates.is_empty() {
            return Err(format!("{path} holds no certificates in PEM form"));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    if let (Some(certificate), Some(key)) = (client_certificate, client_key) {
        let mut pem = read(key)?;
        pem.push(b'\n');
        pem.extend(read(certificate)?);
        let identity = reqwest::Identity::from_pem(&pem)
            .map_err(|error| format!("{certificate} and {key} are no pair ({error})"))?;
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

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path} can't be read ({error})"))
}

fn http_headers(is_gzip: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

fn grpc_headers(is_gzip: bool, timeout: Duration) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    if is_gzip {
        headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
    }
    // At most eight digits.
    let millis = timeout.as_millis().min(99_999_999);
    if let Ok(timeout) = HeaderValue::try_from(format!("{millis}m")) {
        headers.insert("grpc-timeout", timeout);
    }
    headers
}

/// One byte that says whether it is compressed, four for its length, the message.
fn grpc_frame(message: &[u8], is_gzip: bool) -> Bytes {
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.put_u8(u8::from(is_gzip));
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// As `grpc-message` is written.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Standard base64, with or without padding: what `-bin` headers hold.
fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_base64_with_or_without_padding() {
        let check = |text: &str, expected: Option<&[u8]>| {
            assert_eq!(base64_decoded(text).as_deref(), expected, "{text}");
        };
        check("aGk=", Some(b"hi"));
        check("aGk", Some(b"hi"));
        check("", Some(b""));
        check("a b", None);
    }

    #[test]
    fn messages_are_percent_decoded() {
        assert_eq!(percent_decoded("a%20b%zz%"), "a b%zz%");
    }

    #[test]
    fn a_host_is_shown_without_a_password() {
        assert_eq!(host("https://u:p@h:1/x"), "h:1");
    }
}
