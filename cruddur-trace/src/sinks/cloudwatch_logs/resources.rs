//! Makes group and stream when a put finds them missing.
//!
//! Only then: most streams exist after the first put, and asking beforehand would cost a call at
//! every start and hold up the first lines in an outage.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Settings;
use super::failure::{Verdict, verdict, wait_for_credentials};
use crate::pipeline::SendError;

/// Makes the stream and, where it is missing too, the group with its retention and tags.
///
/// What exists already is left as it is. The text, if any, says what the lines can do without.
pub(super) async fn ensure(
    client: &Client,
    settings: &Settings,
) -> Result<Option<String>, SendError> {
    if create_stream(client, settings).await? {
        return Ok(None);
    }
    let made = create_group(client, settings).await?;
    let remark = match made {
        Made::Ours { remark } => set_retention(client, settings).await.or(remark),
        Made::ByOthers => None,
    };
    if create_stream(client, settings).await? {
        return Ok(remark);
    }
    // A group that was just made is not visible everywhere at once.
    let cause = format!("log group {:?} is not there yet", settings.group);
    Err(SendError::Retry { after: None, cause })
}

/// Whether the stream is there now; not, if its group is missing.
async fn create_stream(client: &Client, settings: &Settings) -> Result<bool, SendError> {
    let call = client
        .create_log_stream()
        .log_group_name(&settings.group)
        .log_stream_name(&settings.stream);
    match call.send().await.map_err(|error| verdict(&error)) {
        Ok(_) | Err(Verdict::Exists) => Ok(true),
        Err(Verdict::Missing) => Ok(false),
        Err(other) => Err(failed(other)),
    }
}

/// Who made the group.
enum Made {
    /// This call; the remark says what it went without.
    Ours { remark: Option<String> },
    /// It was there, or somebody else was faster.
    ByOthers,
}

/// Makes the group with its tags; without them, if the tags are what is refused (they need a
/// permission of their own): lines are worth more than tags.
async fn create_group(client: &Client, settings: &Settings) -> Result<Made, SendError> {
    let call = || client.create_log_group().log_group_name(&settings.group);
    let tagged = settings.tags.iter().fold(call(), |call, (key, value)| call.tags(key, value));
    let Err(error) = tagged.send().await else { return Ok(Made::Ours { remark: None }) };
    let first = match verdict(&error) {
        Verdict::Exists => return Ok(Made::ByOthers),
        first => first,
    };
    let tags_may_be_why = !settings.tags.is_empty()
        && matches!(
            error.code(),
            Some("AccessDeniedException" | "InvalidParameterException" | "ValidationException")
        );
    if !tags_may_be_why {
        return Err(failed(first));
    }
    match call().send().await.map_err(|error| verdict(&error)) {
        Ok(_) => {
            let (group, why) = (&settings.group, short(&error));
            let remark = format!("log group {group:?} has no tags: setting them failed ({why})");
            Ok(Made::Ours { remark: Some(remark) })
        }
        Err(Verdict::Exists) => Ok(Made::ByOthers),
        Err(_) => Err(failed(first)),
    }
}

/// Sets the retention. Lines are worth more than their retention, so a failure is only remarked.
async fn set_retention(client: &Client, settings: &Settings) -> Option<String> {
    let days = settings.retention_days?;
    let call =
        client.put_retention_policy().log_group_name(&settings.group).retention_in_days(days);
    let error = call.send().await.err()?;
    Some(format!(
        "log group {:?} keeps its events for ever: setting its retention failed ({})",
        settings.group,
        short(&error)
    ))
}

fn short<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    error.code().map_or_else(|| error.to_string(), str::to_owned)
}

fn failed(verdict: Verdict) -> SendError {
    match verdict {
        Verdict::Failed(error) => error,
        Verdict::NoCredentials { cause } => wait_for_credentials(cause),
        other => SendError::Retry { after: None, cause: format!("unexpected answer: {other:?}") },
    }
}
