//! `setup cloudwatch`: ensures the log group, its retention and its tags.
//!
//! What is not wished for is left alone: a retention where none was named, other tags.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroup;

use super::Setup;
use super::arguments::Arguments;
use super::aws::Failure;
use super::finding::{Finding, SetupError, Verdict};
use crate::config::Settings;
use crate::record::Resource;
use crate::sinks::cloudwatch_logs::{
    Settings as Destination, connect, group_name, retention_days, tags as valid_tags,
};

const ACTIONS: &str = "logs:DescribeLogGroups, logs:CreateLogGroup, logs:PutRetentionPolicy, \
    logs:TagResource and logs:ListTagsForResource";

/// What should be.
struct Wish {
    group: String,
    retention_days: Option<i32>,
    tags: Vec<(String, String)>,
}

pub(super) async fn run(setup: &Setup, arguments: &Arguments) -> Result<Vec<Finding>, SetupError> {
    let settings = setup.settings()?;
    let wish = wish(&settings, arguments)?;
    let client = connect(&destination(&settings, &wish.group)).await;
    let group = find(&client, &wish.group).await?;
    let what = format!("log group `{}`", wish.group);
    let mut findings = Vec::new();
    if group.is_some() {
        findings.push(Finding::new(&what, Verdict::AsWished));
    } else if arguments.dry_run {
        findings.push(Finding::new(&what, Verdict::WouldCreate));
    } else {
        create(&client, &wish).await?;
        findings.push(Finding::new(&what, Verdict::Created));
    }
    findings.extend(retention(&client, &wish, group.as_ref(), arguments.dry_run).await?);
    findings.extend(tags(&client, &wish, group.as_ref(), arguments.dry_run).await?);
    Ok(findings)
}

fn wish(settings: &Settings, arguments: &Arguments) -> Result<Wish, SetupError> {
    let usage = |text: String| SetupError::usage(text);
    let name = arguments.option("group").or_else(|| settings.text("AWS_CLOUDWATCH_LOG_GROUP"));
    let name = name.ok_or_else(|| {
        usage("no log group is named: set AWS_CLOUDWATCH_LOG_GROUP, or give --group NAME".into())
    })?;
    let group = group_name(name).map_err(|error| usage(error.to_string()))?;
    let days = arguments
        .option("retention-days")
        .or_else(|| settings.text("AWS_CLOUDWATCH_LOG_RETENTION_DAYS"));
    let retention_days = days.map(retention_days).transpose();
    let retention_days = retention_days.map_err(|error| usage(error.to_string()))?;
    let pairs = match arguments.option("tags") {
        None => {
            let read = settings.pairs("AWS_CLOUDWATCH_LOG_TAGS");
            read.map_err(|error| usage(error.to_string()))?
        }
        Some(list) => list
            .split(',')
            .map(|pair| {
                let (key, value) = pair.split_once('=').ok_or_else(|| {
                    usage(format!(
                        "--tags: `{pair}` is no KEY=VALUE; write --tags team=web,stage=prod"
                    ))
                })?;
                Ok((key.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<Result<Vec<_>, SetupError>>()?,
    };
    let tags = valid_tags(&pairs).map_err(|error| usage(error.to_string()))?;
    Ok(Wish { group, retention_days, tags })
}

/// Where the group is: region and endpoint as the program itself would have them.
pub(super) fn destination(settings: &Settings, group: &str) -> Destination {
    let text = |name: &str| settings.text(name).map(str::to_owned);
    let mut about = Destination::new(group.to_owned(), String::new(), &Resource::default());
    about.region = text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION"));
    about.endpoint = text("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS").or_else(|| text("AWS_ENDPOINT_URL"));
    let has_keys = settings.text("AWS_ACCESS_KEY_ID").is_some();
    about.made_up_credentials = !has_keys && about.is_local();
    about
}

/// The group of exactly this name.
pub(super) async fn look_for(client: &Client, name: &str) -> Result<Option<LogGroup>, Failure> {
    let mut pages =
        client.describe_log_groups().log_group_name_prefix(name).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Failure::of(&error))?;
        let groups = page.log_groups.unwrap_or_default();
        if let Some(group) = groups.into_iter().find(|it| it.log_group_name() == Some(name)) {
            return Ok(Some(group));
        }
    }
    Ok(None)
}

async fn find(client: &Client, name: &str) -> Result<Option<LogGroup>, SetupError> {
    look_for(client, name).await.map_err(|error| failed(name, &error))
}

async fn create(client: &Client, wish: &Wish) -> Result<(), SetupError> {
    let mut call = client.create_log_group().log_group_name(&wish.group);
    for (key, value) in &wish.tags {
        call = call.tags(key, value);
    }
    let Err(error) = call.send().await else { return Ok(()) };
    let failure = Failure::of(&error);
    // Somebody else was faster.
    if failure.is("ResourceAlreadyExistsException") || failure.is("OperationAbortedException") {
        return Ok(());
    }
    Err(failed(&wish.group, &failure))
}

async fn retention(
    client: &Client,
    wish: &Wish,
    group: Option<&LogGroup>,
    dry_run: bool,
) -> Result<Option<Finding>, SetupError> {
    let Some(days) = wish.retention_days else { return Ok(None) };
    let what = format!("retention of `{}`", wish.group);
    let is = group.and_then(LogGroup::retention_in_days);
    if is == Some(days) {
        return Ok(Some(Finding::new(what, Verdict::AsWished)));
    }
    if !dry_run {
        let call =
            client.put_retention_policy().log_group_name(&wish.group).retention_in_days(days);
        let sent = call.send().await;
        sent.map_err(|error| failed(&wish.group, &Failure::of(&error)))?;
    }
    let verdict = if dry_run { Verdict::WouldUpdate } else { Verdict::Updated };
    let is = is.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
    let differences = vec![("events are kept".to_owned(), is, format!("{days} days"))];
    Ok(Some(Finding { what, verdict, differences }))
}

async fn tags(
    client: &Client,
    wish: &Wish,
    group: Option<&LogGroup>,
    dry_run: bool,
) -> Result<Option<Finding>, SetupError> {
    // A group that was just made has got them with its making.
    let Some(group) = group.filter(|_| !wish.tags.is_empty()) else { return Ok(None) };
    let what = format!("tags of `{}`", wish.group);
    let arn = group.log_group_arn().or_else(|| group.arn()).unwrap_or_default();
    // Listing and tagging want the ARN without `:*` at its end.
    let arn = arn.trim_end_matches(":*");
    let listed = client.list_tags_for_resource().resource_arn(arn).send().await;
    let listed = listed.map_err(|error| failed(&wish.group, &Failure::of(&error)))?;
    let tags = listed.tags.unwrap_or_default();
    let wrong: Vec<&(String, String)> =
        wish.tags.iter().filter(|(key, value)| tags.get(key) != Some(value)).collect();
    if wrong.is_empty() {
        return Ok(Some(Finding::new(what, Verdict::AsWished)));
    }
    if !dry_run {
        let mut call = client.tag_resource().resource_arn(arn);
        for (key, value) in &wrong {
            call = call.tags(key, value);
        }
        call.send().await.map_err(|error| failed(&wish.group, &Failure::of(&error)))?;
    }
    let verdict = if dry_run { Verdict::WouldUpdate } else { Verdict::Updated };
    let difference = |(key, value): &&(String, String)| {
        let is = tags.get(key).map_or("none", String::as_str).to_owned();
        (key.clone(), is, value.clone())
    };
    Ok(Some(Finding { what, verdict, differences: wrong.iter().map(difference).collect() }))
}

fn failed(group: &str, failure: &Failure) -> SetupError {
    SetupError::failed(format!("log group `{group}`: {failure}; {}", failure.remedy(ACTIONS)))
}
