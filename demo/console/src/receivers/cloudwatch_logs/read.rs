//! Operations that only read. Pages of answers go on by tokens that name the next event.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Failure;
use super::{ARN_PREFIX, Answer, Call, group_arn};
use crate::filter_pattern::Pattern;
use crate::store::log_groups::{LogEvent, LogGroup, LogStream};

/// Most events of an answer.
const MAX_EVENTS: usize = 10_000;

/// Most bytes of messages in an answer.
const MAX_BYTES: usize = 1_048_576;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DescribeInput {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_group_identifiers: Vec<String>,
    log_group_name_prefix: String,
    log_group_name_pattern: String,
    log_stream_name_prefix: String,
    order_by: Option<String>,
    descending: bool,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EventsInput {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: Option<String>,
    log_stream_names: Vec<String>,
    log_stream_name_prefix: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: String,
    limit: Option<usize>,
    next_token: Option<String>,
    start_from_head: Option<bool>,
}

impl Call<'_> {
    pub(super) fn describe_log_groups(&mut self, input: &DescribeInput) -> Answer {
        let (prefix, pattern) = (&input.log_group_name_prefix, &input.log_group_name_pattern);
        let identifiers = &input.log_group_identifiers;
        let filters = [!prefix.is_empty(), !pattern.is_empty(), !identifiers.is_empty()];
        if filters.into_iter().filter(|it| *it).count() > 1 {
            return Err(Failure::invalid(
                "logGroupNamePrefix, logGroupNamePattern and logGroupIdentifiers are mutually \
                 exclusive parameters.",
            ));
        }
        let wanted = |name: &String| {
            name.starts_with(prefix)
                && name.contains(pattern)
                && (identifiers.is_empty() || identifiers.iter().any(|it| named(it) == name))
        };
        let groups = self.groups.iter().filter(|(name, _)| wanted(name)).map(|(name, group)| {
            let stored: usize = group.streams.values().map(LogStream::size_bytes).sum();
            let mut shown = json!({
                "logGroupName": name,
                "creationTime": group.created_millis,
                "metricFilterCount": 0,
                "arn": format!("{}:*", group_arn(name)),
                "logGroupArn": group_arn(name),
                "logGroupClass": "STANDARD",
                "storedBytes": stored,
            });
            if let Some(days) = group.retention_days {
                shown["retentionInDays"] = days.into();
            }
            shown
        });
        page("logGroups", groups.collect(), input)
    }

    pub(super) fn describe_log_streams(&mut self, input: &DescribeInput) -> Answer {
        let name = group_name(input.log_group_name.as_ref(), input.log_group_identifier.as_ref())?;
        let group = self.read_group(&name)?;
        let by_time = match input.order_by.as_deref() {
            None | Some("LogStreamName") => false,
            Some("LastEventTime") if input.log_stream_name_prefix.is_empty() => true,
            Some("LastEventTime") => {
                let message = "Cannot order by LastEventTime with a logStreamNamePrefix.";
                return Err(Failure::invalid(message));
            }
            Some(_) => return Err(Failure::invalid("orderBy is LogStreamName or LastEventTime")),
        };
        let prefix = &input.log_stream_name_prefix;
        let mut streams: Vec<_> =
            group.streams.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        if by_time {
            streams.sort_by_key(|(_, stream)| stream.events.back().map(|event| event.time_millis));
        }
        if input.descending {
            streams.reverse();
        }
        let streams = streams.into_iter().map(|(stream_name, stream)| {
            let mut shown = json!({
                "logStreamName": stream_name,
                "creationTime": stream.created_millis,
                "arn": format!("{}:log-stream:{stream_name}", group_arn(&name)),
                "storedBytes": 0,
            });
            if let (Some(first), Some(last)) = (stream.events.front(), stream.events.back()) {
                shown["firstEventTimestamp"] = first.time_millis.into();
                shown["lastEventTimestamp"] = last.time_millis.into();
                shown["lastIngestionTime"] = stream.ingested_millis.into();
            }
            shown
        });
        page("logStreams", streams.collect(), input)
    }

    pub(super) fn get_log_events(&mut self, input: &EventsInput) -> Answer {
        let name = group_name(input.log_group_name.as_ref(), input.log_group_identifier.as_ref())?;
        let group = self.read_group(&name)?;
        let stream = input.log_stream_name.as_ref().and_then(|name| group.streams.get(name));
        let stream = stream.ok_or_else(|| Failure::not_found("log stream"))?;
        let limit = events_limit(input.limit)?;
        let all: Vec<&LogEvent> =
            stream.events.iter().filter(|it| in_time(input, it, false)).collect();

        // `f/<n>` goes on after the first n events, `b/<n>` back from there.
        let token = input.next_token.as_deref();
        let position = |prefix| token.and_then(|it| it.strip_prefix(prefix)?.parse::<usize>().ok());
        let (from, to) = match (position("f/"), position("b/")) {
            (Some(from), _) => forward(&all, from.min(all.len()), limit),
            (_, Some(to)) => backward(&all, to.min(all.len()), limit),
            _ if token.is_some() => {
                return Err(Failure::invalid("The specified nextToken is invalid."));
            }
            _ if input.start_from_head == Some(true) => forward(&all, 0, limit),
            _ => backward(&all, all.len(), limit),
        };
        let events: Vec<Value> = all[from..to].iter().map(|event| shown(event)).collect();
        Ok(Some(json!({
            "events": events,
            "nextForwardToken": format!("f/{to}"),
            "nextBackwardToken": format!("b/{from}"),
        })))
    }

    pub(super) fn filter_log_events(&mut self, input: &EventsInput) -> Answer {
        let name = group_name(input.log_group_name.as_ref(), input.log_group_identifier.as_ref())?;
        let group = self.read_group(&name)?;
        if !input.log_stream_names.is_empty() && !input.log_stream_name_prefix.is_empty() {
            return Err(Failure::invalid(
                "logStreamNames and logStreamNamePrefix can't be given together",
            ));
        }
        if input.log_stream_names.len() > 100 {
            return Err(Failure::invalid("logStreamNames has at most 100 members"));
        }
        if input.filter_pattern.chars().count() > 1024 {
            return Err(Failure::invalid("filterPattern has at most 1024 characters"));
        }
        let pattern = Pattern::parse(&input.filter_pattern)
            .map_err(|error| Failure::invalid(format!("Invalid filter pattern: {error}")))?;
        let limit = events_limit(input.limit)?;
        // A token goes on in the direction that the first request chose: `f/<n>` or `b/<n>`.
        let (is_latest_first, after) = match input.next_token.as_deref() {
            None => (input.start_from_head == Some(false), 0),
            Some(token) => token
                .split_once('/')
                .filter(|(direction, _)| matches!(*direction, "f" | "b"))
                .and_then(|(direction, after)| Some((direction == "b", after.parse().ok()?)))
                .ok_or_else(|| Failure::invalid("The specified nextToken is invalid."))?,
        };

        let wanted = |stream: &String| {
            stream.starts_with(&input.log_stream_name_prefix)
                && (input.log_stream_names.is_empty() || input.log_stream_names.contains(stream))
        };
        let streams = group.streams.iter().filter(|(stream, _)| wanted(stream));
        let mut events: Vec<_> = streams
            .flat_map(|(stream, kept)| kept.events.iter().map(move |event| (stream, event)))
            .filter(|(_, event)| in_time(input, event, true) && pattern.matches(&event.message))
            .collect();
        events.sort_by_key(|(_, event)| (event.time_millis, event.id));
        if is_latest_first {
            events.reverse();
        }
        let only: Vec<&LogEvent> = events.iter().map(|(_, event)| *event).collect();
        let (from, to) = forward(&only, events.len().min(after), limit);
        let shown: Vec<Value> = events[from..to]
            .iter()
            .map(|(stream, event)| {
                let mut shown = shown(event);
                shown["logStreamName"] = (*stream).clone().into();
                shown["eventId"] = format!("{:056}", event.id).into();
                shown
            })
            .collect();
        let mut answer = json!({ "events": shown, "searchedLogStreams": [] });
        if to < events.len() {
            let direction = if is_latest_first { 'b' } else { 'f' };
            answer["nextToken"] = format!("{direction}/{to}").into();
        }
        Ok(Some(answer))
    }

    fn read_group(&self, name: &str) -> Result<&LogGroup, Failure> {
        self.groups.group(name).ok_or_else(|| Failure::not_found("log group"))
    }
}

/// The group of an identifier: its name or its ARN, which may end with `:*`.
fn named(identifier: &str) -> &str {
    match identifier.strip_prefix(ARN_PREFIX) {
        Some(name) => name.trim_end_matches(":*"),
        None => identifier,
    }
}

fn group_name(name: Option<&String>, identifier: Option<&String>) -> Result<String, Failure> {
    match (name, identifier) {
        (Some(name), None) => Ok(name.clone()),
        (None, Some(identifier)) => Ok(named(identifier).to_owned()),
        _ => Err(Failure::invalid("one of logGroupName and logGroupIdentifier is required")),
    }
}

/// `FilterLogEvents` still gives events of its `endTime`; `GetLogEvents` ends before them.
fn in_time(input: &EventsInput, event: &LogEvent, with_end: bool) -> bool {
    let time = event.time_millis;
    input.start_time.is_none_or(|start| time >= start)
        && input.end_time.is_none_or(|end| time < end || with_end && time == end)
}

fn events_limit(limit: Option<usize>) -> Result<usize, Failure> {
    match limit.unwrap_or(MAX_EVENTS) {
        limit @ 1..=MAX_EVENTS => Ok(limit),
        _ => Err(Failure::invalid(format!("limit is between 1 and {MAX_EVENTS}"))),
    }
}

/// The end of a page from `from`, by count and by bytes (at least one event).
fn forward(events: &[&LogEvent], from: usize, limit: usize) -> (usize, usize) {
    let (mut to, mut bytes) = (from, 0);
    for event in events[from..].iter().take(limit) {
        bytes += event.message.len();
        if bytes > MAX_BYTES && to > from {
            break;
        }
        to += 1;
    }
    (from, to)
}

/// The start of a page that ends before `to`, by the same bounds.
fn backward(events: &[&LogEvent], to: usize, limit: usize) -> (usize, usize) {
    let (mut from, mut bytes) = (to, 0);
    for event in events[..to].iter().rev().take(limit) {
        bytes += event.message.len();
        if bytes > MAX_BYTES && from < to {
            break;
        }
        from -= 1;
    }
    (from, to)
}

fn shown(event: &LogEvent) -> Value {
    json!({
        "timestamp": event.time_millis,
        "message": event.message,
        "ingestionTime": event.ingested_millis,
    })
}

fn page(member: &str, all: Vec<Value>, input: &DescribeInput) -> Answer {
    let limit = input.limit.unwrap_or(50);
    if !(1..=50).contains(&limit) {
        return Err(Failure::invalid("limit is between 1 and 50"));
    }
    let from = match input.next_token.as_deref() {
        Some(token) => token.parse().map_err(|_| Failure::invalid("nextToken is invalid"))?,
        None => 0,
    };
    let total = all.len();
    let shown: Vec<Value> = all.into_iter().skip(from).take(limit).collect();
    let next = from.saturating_add(shown.len());
    let mut answer = json!({ member: shown });
    if next < total {
        answer["nextToken"] = next.to_string().into();
    }
    Ok(Some(answer))
}
