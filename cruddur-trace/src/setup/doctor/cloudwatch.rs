//! CloudWatch Logs: region, credentials, the group, one line, read back.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::provider::ProvideCredentials;

use crate::config::CloudWatchConfig;
use crate::record::clock;
use crate::setup::aws::{Failure, NO_CREDENTIALS};
use crate::setup::cloudwatch::{destination, look_for};
use crate::sinks::aws_sign::load_aws;
use crate::sinks::cloudwatch_logs::{
    CloudwatchLogs, Process, Settings as Destination, connect, group_name, retention_days,
    stream_name, tags,
};

use super::Patient;
use super::check::{Checks, Trouble};
use super::reach::Place;

const SUBJECT: &str = "CloudWatch Logs";
/// Where probes are put, beside the program's own streams.
const STREAM: &str = "cruddur-trace-doctor";
const PAUSE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 20;

pub(super) async fn check(patient: &Patient<'_>, checks: &mut Checks) {
    let config = &patient.effective.config;
    let Some(logs) = &config.cloudwatch else {
        checks.off(SUBJECT, "AWS_CLOUDWATCH_LOG_GROUP is not set");
        return;
    };
    if let Some(trouble) = names(logs) {
        checks.fault(SUBJECT, trouble);
        return;
    }
    let mut about = destination(&patient.effective.settings, &logs.group);
    STREAM.clone_into(&mut about.stream);
    if !about.made_up_credentials
        && let Some(trouble) = credentials(&about).await
    {
        checks.fault("AWS credentials", trouble);
        return;
    }
    let client = connect(&about).await;
    match look_for(&client, &about.group).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            let found = format!("there is no log group {} in this region", about.group);
            let remedy = "run `setup cloudwatch`, or check AWS_REGION; the program makes the group \
                itself if it may (logs:CreateLogGroup)";
            checks.fault(SUBJECT, Trouble::new(found, remedy));
            return;
        }
        Err(failure) => {
            checks.fault(SUBJECT, why(patient, &about, &failure).await);
            return;
        }
    }
    let mut sink = CloudwatchLogs::new(about.clone());
    if let Err(said) = patient.probe.send(&mut sink, patient.probe.log()).await {
        let code = said.split(':').next().unwrap_or_default();
        let remedy = crate::setup::aws::of_code(code, &said);
        let remedy = remedy.unwrap_or("allow {actions}: see aws/json/policy.json");
        let remedy = remedy.replace("{actions}", "logs:CreateLogStream and logs:PutLogEvents");
        checks.fault(SUBJECT, Trouble::new(said, remedy));
        return;
    }
    let marker = &patient.probe.marker;
    let taken = format!("a probe was taken by {}/{STREAM}", about.group);
    for _ in 0..ATTEMPTS {
        let call = client.get_log_events().log_group_name(&about.group).log_stream_name(STREAM);
        let found = call.start_from_head(false).limit(100).send().await;
        let Ok(found) = found else {
            checks.fine(SUBJECT, format!("{taken}; reading it back needs logs:GetLogEvents"));
            return;
        };
        let is_ours = |text: &str| text.contains(marker.as_str());
        if found.events().iter().any(|it| it.message().is_some_and(is_ours)) {
            checks.fine(SUBJECT, format!("{taken}, and read back"));
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let remedy = "look into the stream in a minute";
    checks.warning(SUBJECT, format!("{taken}, but can't be read back yet"), remedy);
}

/// A name or a number that the service does not take.
fn names(logs: &CloudWatchConfig) -> Option<Trouble> {
    let process = Process {
        machine_name: "host".to_owned(),
        program_name: "program".to_owned(),
        process_id: 1,
        service_name: "service".to_owned(),
    };
    let trouble = |name: &str, error: String| {
        Trouble::new(format!("{name} can't be used: {error}"), format!("mend {name}"))
    };
    if let Err(error) = group_name(&logs.group) {
        return Some(trouble("AWS_CLOUDWATCH_LOG_GROUP", error.to_string()));
    }
    if let Err(error) = stream_name(&logs.stream, &process) {
        return Some(trouble("AWS_CLOUDWATCH_LOG_STREAM", error.to_string()));
    }
    if let Err(error) = tags(&logs.tags) {
        return Some(trouble("AWS_CLOUDWATCH_LOG_TAGS", error.to_string()));
    }
    let days = logs.retention_days.map(|days| retention_days(&days.to_string()));
    match days {
        Some(Err(error)) => Some(trouble("AWS_CLOUDWATCH_LOG_RETENTION_DAYS", error.to_string())),
        _ => None,
    }
}

/// Region and credentials, as the SDK finds them.
async fn credentials(about: &Destination) -> Option<Trouble> {
    let aws = load_aws(about.region.as_deref()).await;
    if aws.region().is_none() {
        let remedy = "set AWS_REGION (or AWS_DEFAULT_REGION), e.g. us-east-1";
        return Some(Trouble::new("no AWS region is set", remedy));
    }
    let Some(provider) = aws.credentials_provider() else {
        return Some(Trouble::new("there are no AWS credentials", NO_CREDENTIALS));
    };
    let found = match provider.provide_credentials().await {
        Ok(found) => found,
        Err(error) => {
            let said = format!("no AWS credentials can be had: {}", super::causes(&error));
            return Some(Trouble::new(said, NO_CREDENTIALS));
        }
    };
    let now = UNIX_EPOCH + Duration::from_nanos(clock::now().0);
    if found.expiry().is_some_and(|it| it <= now) {
        let remedy = "get new ones, or log in again with `aws sso login`";
        return Some(Trouble::new("the AWS credentials have expired", remedy));
    }
    None
}

/// What is in the way of the first call.
async fn why(patient: &Patient<'_>, about: &Destination, failure: &Failure) -> Trouble {
    if failure.code.is_empty() && !failure.is_missing_credentials {
        let settings = &patient.effective.settings;
        let special = settings.set_text("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS").is_some();
        let region = about.region.as_deref().unwrap_or("?");
        let (url, variable) = match &about.endpoint {
            Some(url) if special => (url.clone(), "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
            Some(url) => (url.clone(), "AWS_ENDPOINT_URL"),
            None => (format!("https://logs.{region}.amazonaws.com"), "AWS_REGION"),
        };
        return Place { setup: patient.setup, variable }.explain(&url, &failure.said).await;
    }
    Trouble::new(
        failure.to_string(),
        failure.remedy("logs:DescribeLogGroups and logs:PutLogEvents"),
    )
}
