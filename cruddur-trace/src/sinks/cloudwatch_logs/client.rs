//! Sends puts with the AWS SDK, one request at a time.
//!
//! The SDK's own retries are off: the pipeline backs off, and counts. The SDK's client is made on
//! the exporter thread at the first put, because looking for credentials and a region may take
//! calls of its own. Where there are no credentials, lines go to standard output (`fallback`).

use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatchlogs::operation::put_log_events::PutLogEventsOutput;
use aws_sdk_cloudwatchlogs::types::{Entity, InputLogEvent};

use super::batch::cut;
use super::event::Event;
use super::failure::{Verdict, verdict};
use super::fallback::Fallback;
use super::limits::MAX_BATCH_EVENTS;
use super::{Settings, resources};
use crate::pipeline::{Batch, Delivered, Encoded, Loss, Outgoing, SendError, Signals, Sink};
use crate::record::UnixNanos;

/// How long one call may take, in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The sink: log records to one stream of one group.
pub(crate) struct CloudwatchLogs {
    settings: Settings,
    client: Option<Client>,
    fallback: Fallback,
    /// The time of the newest batch: what waiting for credentials is measured by.
    now: UnixNanos,
}

/// One put: within all limits, and sorted.
#[derive(Debug)]
pub(crate) struct Put {
    pub(super) events: Vec<Event>,
}

impl CloudwatchLogs {
    /// A sink that makes its client when it first sends.
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, client: None, fallback: Fallback::new(), now: UnixNanos(0) }
    }

    /// The same with another place for lines that can't be sent for want of credentials.
    #[cfg(test)]
    pub(super) fn with_output(mut self, output: super::fallback::Output) -> Self {
        self.fallback = Fallback::to(output);
        self
    }

    /// The same with a client that is ready.
    #[cfg(test)]
    pub(super) fn with_client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    async fn client(&mut self) -> Client {
        if let Some(client) = &self.client {
            return client.clone();
        }
        let client = connect(&self.settings).await;
        self.client.insert(client).clone()
    }

    async fn put(&mut self, client: &Client, put: &Put) -> Result<Delivered, Verdict> {
        let events = put.events.iter().map(|event| {
            let event =
                InputLogEvent::builder().timestamp(event.time_millis).message(&event.message);
            event.build().expect("time and message are set")
        });
        let call = client
            .put_log_events()
            .log_group_name(&self.settings.group)
            .log_stream_name(&self.settings.stream)
            .set_log_events(Some(events.collect()))
            .entity(entity(&self.settings));
        match call.send().await {
            Ok(output) => Ok(delivered(&output, put.events.len())),
            Err(error) => Err(verdict(&error)),
        }
    }

    /// Writes a put as JSON lines, since nobody may send it.
    async fn print(&self, put: &Put) -> Delivered {
        let lines = put.events.iter().map(|it| format!("{}\n", it.message)).collect();
        self.fallback.print(lines, put.events.len() as u64).await
    }
}

impl Sink for CloudwatchLogs {
    type Request = Put;

    fn name(&self) -> &'static str {
        "cloudwatch_logs"
    }

    fn signals(&self) -> Signals {
        Signals { logs: true, ..Signals::default() }
    }

    fn tells_losses(&self) -> bool {
        true
    }

    /// Fewer calls for the same lines: what waits is put in as few of them as the service allows.
    fn max_batch_logs(&self) -> Option<usize> {
        Some(MAX_BATCH_EVENTS)
    }

    fn encode(&mut self, batch: Batch, now: UnixNanos) -> Encoded<Put> {
        self.now = now;
        let given = batch.logs.len();
        let events: Vec<Event> =
            batch.logs.iter().filter_map(|it| Event::new(it, &self.settings.service)).collect();
        let empty = (given - events.len()) as u64;
        let cut = cut(events, now);
        let requests = cut
            .puts
            .into_iter()
            .map(|events| Outgoing { records: events.len() as u64, request: Put { events } });
        let refused = Some((Loss::Invalid, empty + cut.out_of_range)).filter(|it| it.1 > 0);
        Encoded { requests: requests.collect(), refused: refused.into_iter().collect() }
    }

    async fn send(&mut self, request: &Put) -> Result<Delivered, SendError> {
        if self.fallback.is_on(self.now) {
            return Ok(self.print(request).await);
        }
        let client = self.client().await;
        let mut remark = None;
        for is_first in [true, false] {
            let answer = self.put(&client, request).await;
            if matches!(answer, Ok(_) | Err(Verdict::Missing)) {
                self.fallback.answered();
            }
            match answer {
                Ok(mut delivered) => {
                    delivered.message = delivered.message.or(remark);
                    return Ok(delivered);
                }
                Err(Verdict::Missing) if is_first => {
                    remark = resources::ensure(&client, &self.settings).await?;
                }
                Err(Verdict::Exists) => return Ok(Delivered::default()),
                Err(Verdict::NoCredentials { cause }) => {
                    self.fallback.begin(cause, self.now)?;
                    return Ok(self.print(request).await);
                }
                Err(Verdict::Failed(error)) => return Err(error),
                Err(Verdict::Missing) => break,
            }
        }
        let cause = format!("log stream {:?} is not there yet", self.settings.stream);
        Err(SendError::Retry { after: None, cause })
    }

    fn split(&mut self, mut request: Put) -> Result<[Outgoing<Put>; 2], Put> {
        if request.events.len() < 2 {
            return Err(request);
        }
        let later = request.events.split_off(request.events.len() / 2);
        Ok([request.events, later]
            .map(|events| Outgoing { records: events.len() as u64, request: Put { events } }))
    }
}

/// The client: the SDK's defaults, our endpoint, no retries, a bound on every call.
pub(crate) async fn connect(settings: &Settings) -> Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build();
    let mut config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(region) = &settings.region {
        config = config.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint {
        config = config.endpoint_url(endpoint);
    }
    if settings.made_up_credentials {
        config = config.credentials_provider(Credentials::new(
            "local-console",
            "local-console",
            None,
            None,
            "cruddur-trace",
        ));
        if settings.region.is_none() {
            config = config.region(Region::from_static("us-east-1"));
        }
    }
    Client::new(&config.load().await)
}

/// The entity that Insights shows as `@entity.*`, and that links lines to the service's metrics.
fn entity(settings: &Settings) -> Entity {
    // What Application Signals calls a service outside of AWS's own compute platforms.
    let environment = settings.environment.as_deref().unwrap_or("generic:default");
    // A value has at most 512 characters (service model, read 2026-11).
    let value = |text: &str| text.chars().take(512).collect::<String>();
    Entity::builder()
        .key_attributes("Type", "Service")
        .key_attributes("Name", value(&settings.service))
        .key_attributes("Environment", value(environment))
        .build()
}

/// What the service took of a put of `count` events.
fn delivered(output: &PutLogEventsOutput, count: usize) -> Delivered {
    let index = |value: Option<i32>| value.and_then(|it| usize::try_from(it).ok());
    let mut answer = Delivered::default();
    if let Some(info) = output.rejected_log_events_info() {
        // Old ends are exclusive and count from the front; the new start is inclusive.
        let old = index(info.too_old_log_event_end_index()).unwrap_or(0);
        let expired = index(info.expired_log_event_end_index()).unwrap_or(0);
        let new = index(info.too_new_log_event_start_index()).unwrap_or(count);
        let taken = new.min(count).saturating_sub(old.max(expired));
        answer.rejected = (count - taken) as u64;
        answer.message = Some(
            "events were refused for their time: over 2 hours ahead, over 14 days old, or older \
             than the group's retention"
                .to_owned(),
        );
    }
    if let Some(info) = output.rejected_entity_info() {
        let text = format!("the entity was refused ({}); the lines were taken", info.error_type());
        answer.message.get_or_insert(text);
    }
    answer
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatchlogs::types::RejectedLogEventsInfo;

    use super::*;

    #[test]
    fn refused_events_are_counted_from_both_ends() {
        let check = |old: Option<i32>, expired: Option<i32>, new: Option<i32>, expected: u64| {
            let info = RejectedLogEventsInfo::builder()
                .set_too_old_log_event_end_index(old)
                .set_expired_log_event_end_index(expired)
                .set_too_new_log_event_start_index(new);
            let output = PutLogEventsOutput::builder().rejected_log_events_info(info.build());
            let answer = delivered(&output.build(), 10);
            assert_eq!(answer.rejected, expected, "{old:?} {expired:?} {new:?}");
        };
        check(None, None, None, 0);
        check(Some(3), None, None, 3);
        check(Some(3), Some(5), None, 5);
        check(None, None, Some(9), 1);
        check(Some(3), None, Some(9), 4);
        check(Some(10), Some(10), Some(0), 10);
        check(Some(99), None, Some(99), 10);
    }
}
