//! Sends one request once, over HTTP or gRPC, by one client.
//!
//! gRPC is one HTTP/2 request with five bytes before the message and a status in the trailers, so
//! the HTTP client does both: proxies, certificates and timeouts work the same way for either.
//! Redirects are never followed: a key goes to the host that was configured, and to no other.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use super::client::Clients;
use super::sign::{Sign, ToSign};
use super::{answer, grpc};
use crate::config::{Compression, OtlpSignal, Protocol};
use crate::pipeline::{Delivered, SendError};
use crate::record::clock;

/// How much of an answer is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// One destination of one signal.
pub(crate) struct Transport {
    client: reqwest::Client,
    url: String,
    headers: HeaderMap,
    protocol: Protocol,
    timeout: Duration,
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
                (url, grpc::headers(is_gzip, settings.timeout))
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
        let OtlpSignal { protocol, timeout, .. } = *settings;
        Ok(Self { client, url, headers, protocol, timeout, is_gzip, signer, remedy })
    }

    pub(crate) async fn send(&self, body: &Bytes) -> Result<Delivered, SendError> {
        let body = match self.protocol {
            Protocol::HttpProtobuf => body.clone(),
            Protocol::Grpc => grpc::frame(body, self.is_gzip),
        };
        let mut headers = self.headers.clone();
        if let Some(signer) = &self.signer {
            self.sign(signer.as_ref(), &mut headers, &body).await?;
        }
        let began = Instant::now();
        let request = self.client.post(&self.url).headers(headers).body(body);
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let response = http::Response::<reqwest::Body>::from(response);
        let (head, body) = response.into_parts();
        let mut answer = Answer::default();
        // Before the whole request's time is over, which says nothing of what was answered.
        let left = (self.timeout - self.timeout / 10).saturating_sub(began.elapsed());
        let read = match timeout(left, answer.read(body)).await {
            Ok(read) => read.map_err(|error| self.unreachable(&error)),
            Err(_) => Err(retry(format!("the answer of {} has no end", host(&self.url)))),
        };
        match self.protocol {
            Protocol::HttpProtobuf => self.http_answer(&head, &answer.body, read.is_ok()),
            // The status comes last.
            Protocol::Grpc => read.and_then(|()| self.grpc_answer(&head, &answer)),
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
        let added = signer.sign(to_sign).await.map_err(retry)?;
        for (name, value) in added {
            let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = pair.ok_or_else(|| retry("a signature is no header".into()))?;
            headers.insert(name, value);
        }
        Ok(())
    }

    /// The status decides, whatever becomes of the body: records that were taken are not sent again.
    fn http_answer(
        &self,
        head: &http::response::Parts,
        body: &[u8],
        is_whole: bool,
    ) -> Result<Delivered, SendError> {
        if head.status.is_success() {
            let mut delivered = answer::delivered(body);
            if !is_whole && delivered.message.is_none() {
                let broken = "the answer broke off, so what was rejected is not known";
                delivered.message = Some(broken.to_owned());
            }
            return Ok(delivered);
        }
        let retry_after = text(&head.headers, header::RETRY_AFTER.as_str());
        let (status, now) = (head.status.as_u16(), clock::now());
        Err(answer::http_error(status, retry_after, body, now, self.remedy))
    }

    fn grpc_answer(
        &self,
        head: &http::response::Parts,
        Answer { body, trailers }: &Answer,
    ) -> Result<Delivered, SendError> {
        // An answer without a message has its trailers in the head.
        let value = |name: &str| text(trailers, name).or_else(|| text(&head.headers, name));
        let Some(code) = value("grpc-status").and_then(|code| code.parse().ok()) else {
            let cause = format!("HTTP {} without a gRPC status", head.status.as_u16());
            // Something in between answered, or the connection broke.
            let retry_after = text(&head.headers, header::RETRY_AFTER.as_str());
            return Err(match head.status.as_u16() {
                200 => retry(cause),
                status => answer::http_error(status, retry_after, body, clock::now(), self.remedy),
            });
        };
        match code {
            // Past the five bytes in front of the message.
            0 => Ok(answer::delivered(body.get(5..).unwrap_or_default())),
            code => {
                let message = value("grpc-message").map(grpc::message).unwrap_or_default();
                let details = value("grpc-status-details-bin").and_then(grpc::details);
                let details = details.unwrap_or_default();
                Err(answer::grpc_error(code, &message, &details, self.remedy))
            }
        }
    }

    /// Nothing came back: the request may be sent again.
    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> SendError {
        let chain: Vec<String> =
            std::iter::successors(Some(error), |it| it.source()).map(ToString::to_string).collect();
        // The first ones repeat the URL; what helps is at the end.
        let last = chain.last().map_or("", String::as_str);
        let by_proxy = chain.iter().any(|it| it.starts_with("tunnel error"));
        let way = if by_proxy { " by its proxy (HTTPS_PROXY)" } else { "" };
        let mut cause = format!("{} can't be reached{way}: {last}", host(&self.url));
        if cause.ends_with("UnknownIssuer") {
            cause +=
                ": name a CA of your own in OTEL_EXPORTER_OTLP_CERTIFICATE, or in SSL_CERT_FILE";
        }
        retry(cause)
    }
}

/// What follows the head of an answer, as far as it came.
#[derive(Default)]
struct Answer {
    body: BytesMut,
    trailers: HeaderMap,
}

impl Answer {
    async fn read(&mut self, mut body: reqwest::Body) -> Result<(), reqwest::Error> {
        while let Some(frame) = body.frame().await {
            match frame?.into_data() {
                Ok(data) => {
                    let room = MAX_ANSWER_BYTES - self.body.len();
                    if data.len() >= room {
                        // No answer of OTLP's is so long: the connection is given up with the rest.
                        self.body.extend_from_slice(&data[..room]);
                        break;
                    }
                    self.body.extend_from_slice(&data);
                }
                Err(frame) => self.trailers.extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        Ok(())
    }
}

fn retry(cause: String) -> SendError {
    SendError::Retry { after: None, cause }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

fn http_headers(is_gzip: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_shown_without_a_password() {
        assert_eq!(host("https://u:p@h:1/x"), "h:1");
    }
}
