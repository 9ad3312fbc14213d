//! CloudWatch Logs' door for OTLP: where it is, what it takes, and what its refusals mean.
//!
//! The OTLP sink encodes and sends, signed for the service `logs`; group and stream are named in
//! headers, and made when a request finds them missing, as for `PutLogEvents`. Where there are no
//! credentials, lines go to standard output, as there.
//! Source: "OTLP endpoints", Amazon CloudWatch user guide, and "Sending logs using the OTLP
//! endpoint", Amazon CloudWatch Logs user guide, read 2026-11: HTTP/1.1, protobuf, gzip, 1 MB and
//! 10,000 events a request; group and stream must exist.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;

use super::failure::CREDENTIALS_BACKOFF;
use super::fallback::Fallback;
use super::limits::{MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_MESSAGE_BYTES};
use super::{Settings, client, resources};
use crate::config::{Compression, OtlpSignal, Protocol, Secret, TlsFiles};
use crate::pipeline::{Batch, Delivered, Encoded, Outgoing, SendError, Signals, Sink};
use crate::record::json_line::json_line;
use crate::record::{LogRecord, Resource, UnixNanos};
use crate::sinks::aws_sign::{LazySigner, NO_CREDENTIALS};
use crate::sinks::otlp::{Otlp, OtlpRequest, OtlpSettings, RequestLimits};

/// Uncompressed, with room for the frame.
const MAX_BYTES: usize = MAX_BATCH_BYTES - 8_192;

/// The sink: log records by OTLP to one stream of one group.
pub(crate) struct CloudwatchOtlp {
    otlp: Otlp,
    settings: Settings,
    /// For making what is missing.
    client: Option<Client>,
    fallback: Fallback,
    /// The time of the newest batch: what waiting for credentials is measured by.
    now: UnixNanos,
}

/// One request, with what it is made of, in the same order.
#[derive(Debug)]
pub(crate) struct LogsRequest {
    otlp: OtlpRequest,
    logs: Vec<Arc<LogRecord>>,
}

impl CloudwatchOtlp {
    /// # Errors
    ///
    /// There is no region, or the TLS set-up fails.
    pub(crate) fn new(settings: Settings, resource: &Resource) -> Result<Self, String> {
        let region = settings.region.clone();
        let sign = || {
            let signer = LazySigner::new(region.clone(), "logs");
            Some(Box::new(signer) as Box<dyn crate::sinks::otlp::Sign>)
        };
        let otlp = Otlp::signed(&otlp_settings(&settings)?, resource, sign)?;
        let (client, fallback, now) = (None, Fallback::new(), UnixNanos(0));
        Ok(Self { otlp, settings, client, fallback, now })
    }

    async fn ensure(&mut self) -> Result<(), SendError> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => self.client.insert(client::connect(&self.settings).await).clone(),
        };
        resources::ensure(&client, &self.settings).await.map(drop)
    }

    /// Requests with their records, and what they refuse, of records of one resource.
    fn encode_some(&mut self, logs: &[Arc<LogRecord>], now: UnixNanos) -> Encoded<LogsRequest> {
        let batch = |logs: &[Arc<LogRecord>]| Batch { logs: logs.to_vec(), ..Batch::default() };
        let Encoded { requests, refused } = self.otlp.encode(batch(logs), now);
        let mut taken = logs.to_vec();
        if !refused.is_empty() {
            // Which ones these were: few, if any.
            taken.retain(|it| self.otlp.encode(batch(&[Arc::clone(it)]), now).refused.is_empty());
        }
        let mut taken = taken.into_iter();
        let requests = requests.into_iter().map(|Outgoing { request: otlp, records }| {
            let count = usize::try_from(records).unwrap_or(usize::MAX);
            let logs = taken.by_ref().take(count).collect();
            Outgoing { request: LogsRequest { otlp, logs }, records }
        });
        Encoded { requests: requests.collect(), refused }
    }

    async fn print(&self, logs: &[Arc<LogRecord>]) -> Delivered {
        let service = &self.settings.service;
        let line = |it: &Arc<LogRecord>| json_line(it, service, MAX_MESSAGE_BYTES) + "\n";
        self.fallback.print(logs.iter().map(line).collect(), logs.len() as u64).await
    }
}

/// What the OTLP sink is told.
fn otlp_settings(settings: &Settings) -> Result<OtlpSettings, String> {
    let base = match (&settings.endpoint, &settings.region) {
        (Some(endpoint), _) => endpoint.trim_end_matches('/').to_owned(),
        (None, Some(region)) => format!("https://logs.{region}.amazonaws.com"),
        (None, None) => return Err("no AWS region: set AWS_REGION".to_owned()),
    };
    let header = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
    let logs = OtlpSignal {
        url: format!("{base}/v1/logs"),
        protocol: Protocol::HttpProtobuf,
        headers: vec![
            header("x-aws-log-group", &settings.group),
            header("x-aws-log-stream", &settings.stream),
        ],
        timeout: Duration::from_secs(10),
        compression: Compression::Gzip,
        tls: TlsFiles::default(),
    };
    let limits = RequestLimits {
        max_bytes: MAX_BYTES,
        max_records: MAX_BATCH_EVENTS,
        max_record_bytes: MAX_BYTES,
    };
    Ok(OtlpSettings::cloudwatch(logs, limits))
}

/// What a refusal asks for.
#[derive(Debug, PartialEq)]
enum Refusal {
    /// Group or stream are missing.
    Missing,
    /// Somebody has to mend credentials or permissions first.
    Credentials,
    /// One of the records is not taken.
    Record,
    Other,
}

fn refusal(cause: &str) -> Refusal {
    let is = |status: &str| cause.starts_with(status);
    if cause.contains("ResourceNotFound") || cause.contains("does not exist") {
        Refusal::Missing
    } else if is("HTTP 401") || is("HTTP 403") {
        Refusal::Credentials
    } else if is("HTTP 400") {
        Refusal::Record
    } else {
        Refusal::Other
    }
}

impl Sink for CloudwatchOtlp {
    type Request = LogsRequest;

    fn name(&self) -> &'static str {
        self.otlp.name()
    }

    fn signals(&self) -> Signals {
        self.otlp.signals()
    }

    fn tells_losses(&self) -> bool {
        true
    }

    fn max_batch_logs(&self) -> Option<usize> {
        Some(MAX_BATCH_EVENTS)
    }

    fn encode(&mut self, batch: Batch, now: UnixNanos) -> Encoded<LogsRequest> {
        self.now = now;
        let mut logs = batch.logs;
        // Relayed records have a resource of their own, and so a request.
        logs.sort_by_key(|it| it.resource.as_ref().map(|it| Arc::as_ptr(it).addr()));
        let mut all = Encoded { requests: Vec::new(), refused: Vec::new() };
        for some in logs.chunk_by(|one, other| one.resource == other.resource) {
            let encoded = self.encode_some(some, now);
            all.requests.extend(encoded.requests);
            all.refused.extend(encoded.refused);
        }
        all
    }

    async fn send(&mut self, request: &LogsRequest) -> Result<Delivered, SendError> {
        if self.fallback.is_on(self.now) {
            return Ok(self.print(&request.logs).await);
        }
        for is_first in [true, false] {
            let cause = match self.otlp.send(&request.otlp).await {
                Ok(delivered) => {
                    self.fallback.answered();
                    return Ok(delivered);
                }
                Err(SendError::Retry { cause, .. }) if cause.starts_with(NO_CREDENTIALS) => {
                    let why = cause[NO_CREDENTIALS.len()..].to_owned();
                    self.fallback.begin(Some(why), self.now)?;
                    return Ok(self.print(&request.logs).await);
                }
                Err(SendError::Refused { cause }) => cause,
                Err(other) => return Err(other),
            };
            return Err(match refusal(&cause) {
                Refusal::Missing if is_first => {
                    self.ensure().await?;
                    continue;
                }
                // What was just made is not visible everywhere at once.
                Refusal::Missing => SendError::Retry { after: None, cause },
                Refusal::Credentials => {
                    SendError::Retry { after: Some(CREDENTIALS_BACKOFF), cause }
                }
                Refusal::Record => SendError::Split { cause },
                Refusal::Other => SendError::Refused { cause },
            });
        }
        Err(SendError::Retry { after: None, cause: "the log stream is not there yet".to_owned() })
    }

    fn split(&mut self, request: LogsRequest) -> Result<[Outgoing<LogsRequest>; 2], LogsRequest> {
        let LogsRequest { otlp, mut logs } = request;
        match self.otlp.split(otlp) {
            Ok([first, second]) => {
                let count = usize::try_from(first.records).unwrap_or(usize::MAX);
                let later = logs.split_off(count.min(logs.len()));
                let half = |half: Outgoing<OtlpRequest>, logs| Outgoing {
                    request: LogsRequest { otlp: half.request, logs },
                    records: half.records,
                };
                Ok([half(first, logs), half(second, later)])
            }
            Err(otlp) => Err(LogsRequest { otlp, logs }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_the_region_s_unless_another_is_named() {
        let check = |region: Option<&str>, endpoint: Option<&str>, expected: Option<&str>| {
            let mut settings =
                Settings::new("cruddur".to_owned(), "a/b".to_owned(), &Resource::default());
            settings.region = region.map(str::to_owned);
            settings.endpoint = endpoint.map(str::to_owned);
            let url = otlp_settings(&settings).ok().map(|it| it.logs.expect("logs").url);
            assert_eq!(url.as_deref(), expected);
        };
        let real = "https://logs.ca-central-1.amazonaws.com/v1/logs";
        check(Some("ca-central-1"), None, Some(real));
        check(None, Some("http://127.0.0.1:1/"), Some("http://127.0.0.1:1/v1/logs"));
        check(None, None, None);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let check = |cause: &str, expected: Refusal| assert_eq!(refusal(cause), expected);
        check("HTTP 400: The specified log group does not exist.", Refusal::Missing);
        check("HTTP 404: ResourceNotFoundException", Refusal::Missing);
        check("HTTP 403: AccessDenied; check", Refusal::Credentials);
        check("HTTP 400: InvalidParameterException", Refusal::Record);
        check("HTTP 404: no such page", Refusal::Other);
    }
}
