//! Operations that change something.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::error::Failure;
use super::limits::{self, Entity, PutEvent};
use super::{ARN_PREFIX, Answer, Call};
use crate::store::log_groups::{LogGroup, LogStream};
use crate::store::log_line::LogLine;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupInput {
    log_group_name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    retention_in_days: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamInput {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutInput {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<PutEvent>,
    entity: Option<Entity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagInput {
    resource_arn: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UntagInput {
    resource_arn: String,
    tag_keys: Vec<String>,
}

impl Call<'_> {
    pub(super) fn create_log_group(&mut self, input: &GroupInput) -> Answer {
        limits::group_name(&input.log_group_name)?;
        limits::tags(&input.tags)?;
        let group = LogGroup {
            created_millis: self.now_millis,
            tags: input.tags.clone(),
            ..LogGroup::default()
        };
        let is_known = self.groups.group(&input.log_group_name).is_some();
        if !is_known && !self.groups.has_room_for_group() {
            return Err(Failure::too_many());
        }
        let is_new = self.groups.add_group(&input.log_group_name, group);
        if is_new { Ok(None) } else { Err(Failure::exists("log group")) }
    }

    pub(super) fn create_log_stream(&mut self, input: &StreamInput) -> Answer {
        limits::group_name(&input.log_group_name)?;
        limits::stream_name(&input.log_stream_name)?;
        let stream = LogStream { created_millis: self.now_millis, ..LogStream::default() };
        let has_room = self.groups.has_room_for_stream();
        let group = self.group(&input.log_group_name)?;
        if group.streams.contains_key(&input.log_stream_name) {
            return Err(Failure::exists("log stream"));
        }
        if !has_room {
            return Err(Failure::too_many());
        }
        group.streams.insert(input.log_stream_name.clone(), stream);
        Ok(None)
    }

    pub(super) fn delete_log_group(&mut self, input: &GroupInput) -> Answer {
        let removed = self.groups.remove_group(&input.log_group_name);
        if removed { Ok(None) } else { Err(Failure::not_found("log group")) }
    }

    pub(super) fn delete_log_stream(&mut self, input: &StreamInput) -> Answer {
        self.group(&input.log_group_name)?;
        let removed = self.groups.remove_stream(&input.log_group_name, &input.log_stream_name);
        if removed { Ok(None) } else { Err(Failure::not_found("log stream")) }
    }

    pub(super) fn put_retention_policy(&mut self, input: &GroupInput) -> Answer {
        let days = input.retention_in_days;
        let days = days.ok_or_else(|| Failure::invalid("retentionInDays is required"))?;
        limits::retention(days)?;
        self.group(&input.log_group_name)?.retention_days = Some(days);
        Ok(None)
    }

    pub(super) fn delete_retention_policy(&mut self, input: &GroupInput) -> Answer {
        self.group(&input.log_group_name)?.retention_days = None;
        Ok(None)
    }

    pub(super) fn tag_resource(&mut self, input: TagInput) -> Answer {
        if input.tags.is_empty() {
            return Err(Failure::invalid("at least one tag is required"));
        }
        limits::tags(&input.tags)?;
        let group = self.tagged(&input.resource_arn)?;
        let mut tags = group.tags.clone();
        tags.extend(input.tags);
        limits::tag_count(&tags)?;
        group.tags = tags;
        Ok(None)
    }

    pub(super) fn untag_resource(&mut self, input: &UntagInput) -> Answer {
        let group = self.tagged(&input.resource_arn)?;
        group.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(None)
    }

    pub(super) fn list_tags_for_resource(&mut self, input: &TagInput) -> Answer {
        let group = self.tagged(&input.resource_arn)?;
        Ok(Some(json!({ "tags": group.tags })))
    }

    pub(super) fn put_log_events(&mut self, input: PutInput) -> Answer {
        let (group_name, stream_name) = (&input.log_group_name, &input.log_stream_name);
        limits::group_name(group_name)?;
        limits::stream_name(stream_name)?;
        let now = self.now_millis;
        let group = self.group(group_name)?;
        if !group.streams.contains_key(stream_name) {
            return Err(Failure::not_found("log stream"));
        }
        let taken = limits::put(&input.log_events, group.retention_days, now)?;

        let old = taken.too_old_end.max(taken.expired_end).unwrap_or(0);
        let new = taken.too_new_start.unwrap_or(input.log_events.len());
        let kept = input.log_events.into_iter().take(new).skip(old);
        let kept: Vec<_> = kept.map(|event| (event.timestamp, event.message)).collect();
        for (time, message) in &kept {
            let mut line = LogLine::from_message(message, *time);
            line.group = Some(group_name.clone());
            line.stream = Some(stream_name.clone());
            self.lines.push(line);
        }
        self.groups.put(group_name, stream_name, kept, now);

        let mut answer = json!({ "nextSequenceToken": format!("{now:056}") });
        let rejected = [
            ("tooOldLogEventEndIndex", taken.too_old_end),
            ("expiredLogEventEndIndex", taken.expired_end),
            ("tooNewLogEventStartIndex", taken.too_new_start),
        ];
        for (name, index) in rejected {
            if let Some(index) = index {
                answer["rejectedLogEventsInfo"][name] = index.into();
            }
        }
        if let Some(reason) = input.entity.as_ref().and_then(limits::entity) {
            answer["rejectedEntityInfo"]["errorType"] = reason.into();
        }
        Ok(Some(answer))
    }

    fn group(&mut self, name: &str) -> Result<&mut LogGroup, Failure> {
        self.groups.group_mut(name).ok_or_else(|| Failure::not_found("log group"))
    }

    fn tagged(&mut self, arn: &str) -> Result<&mut LogGroup, Failure> {
        let name = arn.split_once(":log-group:").map(|(_, name)| name.trim_end_matches(":*"));
        let name = name.ok_or_else(|| {
            Failure::invalid(format!("resourceArn has the form {ARN_PREFIX}<name>"))
        })?;
        self.group(name)
    }
}
