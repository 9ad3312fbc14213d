//! Makes group and stream when a put finds them missing.
//!
//! Only then: most streams exist after the first put, and asking beforehand would cost a call at
//! every start and hold up the first lines in an outage.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Settings;
use super::failure::{Verdict, verdict};
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
    let is_ours = create_group(client, settings).await?;
    let remark = if is_ours { set_retention(client, settings).await } else { None };
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

/// Whether this call made the group; not, if somebody else did.
async fn create_group(client: &Client, settings: &Settings) -> Result<bool, SendError> {
    let mut call = client.create_log_group().log_group_name(&settings.group);
    for (key, value) in &settings.tags {
        call = call.tags(key, value);
    }
    match call.send().await.map_err(|error| verdict(&error)) {
        Ok(_) => Ok(true),
        Err(Verdict::Exists) => Ok(false),
        Err(other) => Err(failed(other)),
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
        other => SendError::Retry { after: None, cause: format!("unexpected answer: {other:?}") },
    }
}
