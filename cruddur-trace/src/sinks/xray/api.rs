//! X-Ray's API: `PutTraceSegments` with the AWS SDK.
//!
//! The SDK's own retries are off: the pipeline backs off, and counts. An answer of 200 may still
//! name documents that were not taken; those are counted, and told once per error code. Where it
//! does not say which ones, the request is halved until it does.
//! Source of the limits: API reference of AWS X-Ray, `PutTraceSegments`, read 2026-11.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_xray::Client;
use aws_sdk_xray::config::retry::RetryConfig;
use aws_sdk_xray::config::timeout::TimeoutConfig;
use aws_sdk_xray::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_xray::types::UnprocessedTraceSegment;

use super::encoder::Encoder;
use super::{Document, XraySettings};
use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::{Attribute, UnixNanos};
use crate::sinks::aws_sign::load_aws;

/// Documents of one request.
const MAX_DOCUMENTS: usize = 50;
/// How long one call may take, in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The sink for the API.
pub(crate) struct ApiSink {
    encoder: Encoder,
    region: Option<String>,
    endpoint: Option<String>,
    client: Option<Client>,
    /// Error codes of documents that were told already: the text names the document, so the
    /// pipeline's own memory of texts would not do.
    told: BTreeSet<String>,
}

/// What one request carries.
#[derive(Debug)]
pub(crate) struct Put {
    documents: Vec<Document>,
}

impl ApiSink {
    /// A sink that makes its client when it first sends: looking for credentials takes calls of
    /// its own.
    pub(crate) fn new(
        settings: &XraySettings,
        region: Option<String>,
        endpoint: Option<String>,
    ) -> Self {
        Self {
            encoder: Encoder::new(settings),
            region,
            endpoint,
            client: None,
            told: BTreeSet::new(),
        }
    }

    async fn client(&mut self) -> Client {
        if let Some(client) = &self.client {
            return client.clone();
        }
        let aws = load_aws(self.region.as_deref()).await;
        let mut config = aws_sdk_xray::config::Builder::from(&aws)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build());
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint);
        }
        self.client.insert(Client::from_conf(config.build())).clone()
    }
}

/// Puts documents together, up to 50 a request.
fn requests(documents: Vec<Document>) -> Vec<Outgoing<Put>> {
    let mut documents = documents.into_iter().peekable();
    let mut requests = Vec::new();
    while documents.peek().is_some() {
        requests.push(outgoing(documents.by_ref().take(MAX_DOCUMENTS).collect()));
    }
    requests
}

fn outgoing(documents: Vec<Document>) -> Outgoing<Put> {
    Outgoing { records: documents.iter().map(|it| it.spans).sum(), request: Put { documents } }
}

impl Sink for ApiSink {
    type Request = Put;

    fn name(&self) -> &'static str {
        "xray"
    }

    fn signals(&self) -> Signals {
        Signals { xray_spans: true, ..Signals::default() }
    }

    fn learn(&mut self, found: &[Attribute]) {
        self.encoder.learn(found);
    }

    fn encode(&mut self, batch: Batch, _now: UnixNanos) -> Encoded<Put> {
        let (documents, refused) = self.encoder.encode(&batch);
        Encoded { requests: requests(documents), refused }
    }

    async fn send(&mut self, put: &Put) -> Result<Delivered, SendError> {
        let client = self.client().await;
        let documents = put.documents.iter().map(|it| {
            // The encoder writes nothing but UTF-8.
            String::from_utf8_lossy(&it.bytes).into_owned()
        });
        let call =
            client.put_trace_segments().set_trace_segment_documents(Some(documents.collect()));
        match call.send().await {
            Ok(answer) => {
                let unprocessed = answer.unprocessed_trace_segments();
                let mut judged = judge(put, unprocessed)?;
                let codes = unprocessed.iter().map(|it| it.error_code().unwrap_or_default());
                let news = codes.filter(|code| self.told.insert((*code).to_owned())).count();
                judged.message.take_if(|_| news == 0);
                Ok(judged)
            }
            Err(error) => Err(failure(&error)),
        }
    }

    fn split(&mut self, mut put: Put) -> Result<[Outgoing<Put>; 2], Put> {
        if put.documents.len() < 2 {
            return Err(put);
        }
        let second = put.documents.split_off(put.documents.len() / 2);
        Ok([outgoing(put.documents), outgoing(second)])
    }
}

/// What a 200 means: documents that it names were refused; where it does not say which, halves of
/// the request will tell.
fn judge(put: &Put, unprocessed: &[UnprocessedTraceSegment]) -> Result<Delivered, SendError> {
    let Some(first) = unprocessed.first() else { return Ok(Delivered::default()) };
    let code = first.error_code().unwrap_or("no error code");
    let message =
        format!("X-Ray did not take a document: {code}: {}", first.message().unwrap_or(""));
    let is_anonymous = |it: &UnprocessedTraceSegment| it.id().is_none_or(str::is_empty);
    if unprocessed.iter().any(is_anonymous) {
        if put.documents.len() > 1 {
            // Documents that were taken are taken again: X-Ray keeps one of each id.
            return Err(SendError::Split { cause: message });
        }
        return Err(SendError::Refused { cause: message });
    }
    let rejected = put.documents.iter().filter(|document| {
        unprocessed.iter().any(|it| it.id().is_some_and(|id| has_id(document, id)))
    });
    let rejected: u64 = rejected.map(|document| document.spans).sum();
    // A name that we do not know still stands for a document.
    Ok(Delivered { rejected: rejected.max(unprocessed.len() as u64), message: Some(message) })
}

/// Documents begin with `{"id":"…"`.
fn has_id(document: &Document, id: &str) -> bool {
    document.bytes.get(7..23) == Some(id.as_bytes())
}

/// Only 429, 5xx, timeouts and transport errors may go better another time.
fn failure<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: &SdkError<E>,
) -> SendError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let is_transient = match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            matches!(status, Some(429 | 500..=599))
                || matches!(error.code(), Some("ThrottledException" | "ThrottlingException"))
        }
        _ => true,
    };
    let mut cause = match (error.code(), status) {
        (Some(code), _) => format!("{code}: {}", error.message().unwrap_or("no message")),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => error.to_string(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(error) = source.filter(|_| status.is_none()) {
        cause = format!("{cause}: {error}");
        source = error.source();
    }
    if is_transient {
        SendError::Retry { after: None, cause }
    } else if status == Some(413) {
        SendError::Split { cause }
    } else {
        SendError::Refused { cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(ids: &[&str]) -> Put {
        let documents = ids.iter().map(|id| Document {
            bytes: format!("{{\"id\":\"{id}\",\"x\":1}}").into_bytes(),
            spans: 3,
        });
        Put { documents: documents.collect() }
    }

    fn unprocessed(id: Option<&str>) -> UnprocessedTraceSegment {
        UnprocessedTraceSegment::builder()
            .set_id(id.map(str::to_owned))
            .error_code("ParseError")
            .message("Invalid segment")
            .build()
    }

    #[test]
    fn named_documents_are_counted_and_nameless_ones_looked_for() {
        let both = put(&["000000000000000a", "000000000000000b"]);
        assert_eq!(judge(&both, &[]).expect("taken").rejected, 0);
        let named = judge(&both, &[unprocessed(Some("000000000000000b"))]).expect("partly taken");
        assert_eq!(named.rejected, 3);
        assert!(named.message.expect("a message").contains("ParseError"));
        assert!(matches!(judge(&both, &[unprocessed(None)]), Err(SendError::Split { .. })));
        let alone = put(&["000000000000000a"]);
        assert!(matches!(judge(&alone, &[unprocessed(None)]), Err(SendError::Refused { .. })));
    }

    #[test]
    fn requests_hold_fifty_and_can_be_halved() {
        let document = Document { bytes: Vec::new(), spans: 2 };
        let made = requests(vec![document; 120]);
        let sizes: Vec<usize> = made.iter().map(|it| it.request.documents.len()).collect();
        assert_eq!(sizes, [50, 50, 20]);
        assert_eq!(made[0].records, 100);
    }
}
