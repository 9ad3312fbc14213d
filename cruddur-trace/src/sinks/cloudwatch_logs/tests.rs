//! The sink against the console's stand-in, which enforces every limit of the service.

use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatchlogs::Client;
use cruddur_console::{Console, Options};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::client::connect;
use super::*;
use crate::pipeline::{Batch, SendError, Sink};
use crate::record::{Attribute, LogRecord, Severity, UnixNanos, clock};

struct Fixture {
    console: Console,
    runtime: tokio::runtime::Runtime,
    settings: Settings,
    sink: CloudwatchLogs,
    client: Client,
}

fn fixture() -> Fixture {
    let mut options = Options::default();
    options.port = 0;
    let console = Console::start(options).expect("a free port");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut resource = Resource::default();
    resource.set("service.name", "cruddur-backend");
    let mut settings = Settings::new("cruddur".to_owned(), "a/b".to_owned(), &resource);
    settings.endpoint = Some(console.url());
    settings.made_up_credentials = true;
    settings.region = Some("us-east-1".to_owned());
    settings.retention_days = Some(14);
    settings.tags = vec![("team".to_owned(), "cruddur".to_owned())];
    let client = runtime.block_on(connect(&settings));
    Fixture { console, runtime, sink: CloudwatchLogs::new(settings.clone()), settings, client }
}

fn record(log_id: u64, time: UnixNanos, body: String) -> LogRecord {
    LogRecord::new(log_id, time, Severity::Info, body)
}

/// What became of records.
#[derive(Debug, Default, PartialEq)]
struct Account {
    sent: u64,
    refused: u64,
}

impl Fixture {
    /// Encodes and sends; every put must be taken.
    fn send(&mut self, records: Vec<LogRecord>, now: UnixNanos) -> Account {
        let batch = Batch { logs: records.into_iter().map(Arc::new).collect(), ..Batch::default() };
        let encoded = self.sink.encode(batch, now);
        let mut account =
            Account { refused: encoded.refused.iter().map(|it| it.1).sum(), ..Account::default() };
        for outgoing in encoded.requests {
            let delivered = self.runtime.block_on(self.sink.send(&outgoing.request));
            let delivered = delivered.unwrap_or_else(|error| panic!("refused: {error:?}"));
            assert_eq!((delivered.rejected, &delivered.message), (0, &None));
            account.sent += outgoing.records;
        }
        account
    }

    /// All messages of the stream in order.
    fn stored(&self) -> Vec<serde_json::Value> {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let call = self.client.get_log_events();
            let call = call.log_group_name("cruddur").log_stream_name("a/b").start_from_head(true);
            let page = call.set_next_token(token.take()).send();
            let page = self.runtime.block_on(page).expect("the stream is there");
            if page.events().is_empty() {
                return all;
            }
            let messages = page.events().iter().filter_map(|it| it.message());
            all.extend(messages.map(|it| serde_json::from_str(it).expect("JSON")));
            token = page.next_forward_token().map(str::to_owned);
        }
    }
}

#[test]
fn group_stream_retention_and_tags_are_made_on_demand() {
    let mut fixture = fixture();
    let now = clock::now();
    assert_eq!(fixture.send(vec![record(1, now, "first".to_owned())], now).sent, 1);
    let groups = fixture.runtime.block_on(fixture.client.describe_log_groups().send());
    let groups = groups.expect("an answer");
    let group = &groups.log_groups()[0];
    assert_eq!((group.log_group_name(), group.retention_in_days()), (Some("cruddur"), Some(14)));
    let arn = group.log_group_arn().expect("an ARN");
    let tags = fixture.client.list_tags_for_resource().resource_arn(arn).send();
    let tags = fixture.runtime.block_on(tags).expect("an answer");
    assert_eq!(tags.tags().and_then(|it| it.get("team")).map(String::as_str), Some("cruddur"));

    // Somebody deletes the group: the next put makes it again.
    let deleted = fixture.client.delete_log_group().log_group_name("cruddur").send();
    fixture.runtime.block_on(deleted).expect("it was there");
    assert_eq!(fixture.send(vec![record(2, now, "second".to_owned())], now).sent, 1);
    assert_eq!(fixture.stored()[0]["message"], "second");
    fixture.console.stop();
}

#[test]
fn lines_come_back_as_they_were_sent_in_order() {
    let mut fixture = fixture();
    let now = clock::now();
    let mut records: Vec<_> = (0..12_000).map(|n| record(n, now, format!("line {n}"))).collect();
    records.reverse();
    assert_eq!(fixture.send(records, now), Account { sent: 12_000, refused: 0 });
    let ids: Vec<_> = fixture.stored().iter().map(|it| it["log_id"].as_u64()).collect();
    assert!(ids.iter().eq((0..12_000).map(Some).collect::<Vec<_>>().iter()), "{:?}", &ids[..5]);
    fixture.console.stop();
}

#[test]
fn whatever_is_logged_every_put_is_taken_and_nothing_is_lost() {
    let mut fixture = fixture();
    let body = prop_oneof![
        4 => any::<String>(),
        1 => ("\\PC{1,2}|[\\x00-\\x1f\"]", 0..3_000_000_usize).prop_map(|(unit, bytes)| {
            unit.repeat(bytes / unit.len().max(1))
        }),
    ];
    let day = 86_400_000_000_000_i64;
    // A second of leeway at both ends: the stand-in has a clock of its own.
    let time = prop_oneof![
        -20 * day..=-14 * day - 1,
        -14 * day + 1_000_000_000..=7_200_000_000_000 - 1_000_000_000,
        7_300_000_000_000..day,
        Just(0),
    ];
    let field = (any::<String>(), prop_oneof![any::<String>(), Just("x".repeat(600_000))]);
    let one = (body, time, prop::collection::vec(field, 0..3));
    let strategy = prop::collection::vec(one, 0..24);
    let fixture = Mutex::new(&mut fixture);
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let result = runner.run(&strategy, |records| {
        let now = clock::now();
        let given = records.len() as u64;
        let records = (0..).zip(records).map(|(id, (body, offset, fields))| {
            let time = UnixNanos(now.0.saturating_add_signed(offset));
            let mut record = record(id, time, body);
            record.attributes =
                fields.into_iter().map(|(key, value)| Attribute::new(key, value)).collect();
            record
        });
        let mut fixture = fixture.lock().expect("no panic");
        let account = fixture.send(records.collect(), now);
        prop_assert_eq!(account.sent + account.refused, given);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_put_that_is_refused_is_halved() {
    let mut fixture = fixture();
    let now = clock::now();
    let logs = (0..5).map(|n| Arc::new(record(n, now, "x".to_owned()))).collect();
    let encoded = fixture.sink.encode(Batch { logs, ..Batch::default() }, now);
    let whole = encoded.requests.into_iter().next().expect("one put").request;
    let halves = fixture.sink.split(whole).expect("five events");
    assert_eq!(halves.each_ref().map(|it| it.records), [2, 3]);
    let [first, _] = halves;
    let [single, _] = fixture.sink.split(first.request).expect("two events");
    assert!(fixture.sink.split(single.request).is_err(), "one event can't be halved");
    fixture.console.stop();
}

#[test]
fn without_credentials_lines_go_to_standard_output() {
    let mut fixture = fixture();
    let config = aws_sdk_cloudwatchlogs::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .region(aws_config::Region::from_static("us-east-1"))
        .endpoint_url(fixture.console.url())
        .credentials_provider(aws_config::meta::credentials::CredentialsProviderChain::first_try(
            "none",
            NoCredentials,
        ));
    let written = Arc::new(Mutex::new(Vec::new()));
    let output: Arc<Mutex<dyn std::io::Write + Send>> = Arc::clone(&written) as _;
    fixture.sink = CloudwatchLogs::new(fixture.settings.clone())
        .with_output(output)
        .with_client(Client::from_conf(config.build()));
    let now = clock::now();
    let logs = || vec![Arc::new(record(1, now, "kept".to_owned()))];
    for _ in 0..2 {
        let encoded = fixture.sink.encode(Batch { logs: logs(), ..Batch::default() }, now);
        let delivered = fixture.runtime.block_on(fixture.sink.send(&encoded.requests[0].request));
        let message = delivered.expect("it is written instead").message;
        assert!(message.is_some_and(|it| it.contains("no AWS credentials")));
    }
    let written = String::from_utf8(written.lock().expect("no panic").clone()).expect("text");
    assert_eq!(written.lines().count(), 2);
    assert!(written.lines().all(|it| it.contains("\"message\":\"kept\"")), "{written}");
    fixture.console.stop();
}

#[derive(Debug)]
struct NoCredentials;

impl aws_credential_types::provider::ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(
        &'a self,
    ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        use aws_credential_types::provider::error::CredentialsError;
        let error = CredentialsError::not_loaded("none in this test");
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(error))
    }
}

#[test]
fn an_outage_is_to_be_retried() {
    let mut fixture = fixture();
    let now = clock::now();
    let logs = vec![Arc::new(record(1, now, "x".to_owned()))];
    let encoded = fixture.sink.encode(Batch { logs, ..Batch::default() }, now);
    fixture.console.stop();
    let sent = fixture.runtime.block_on(fixture.sink.send(&encoded.requests[0].request));
    assert!(matches!(sent, Err(SendError::Retry { after: None, .. })), "{sent:?}");
}
