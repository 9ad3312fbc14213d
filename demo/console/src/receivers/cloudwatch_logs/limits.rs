//! What the service refuses: every limit of names, events and entities. Pure.
//!
//! Source: AWS API reference (`PutLogEvents`, `CreateLogGroup`, `CreateLogStream`,
//! `PutRetentionPolicy`, `TagResource`) and the service model, read 2026-11.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::Failure;

const RETENTION_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 1_048_576;
const EVENT_OVERHEAD: usize = 26;
const MAX_TAGS: usize = 50;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// An event as it is put.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PutEvent {
    pub(super) timestamp: i64,
    pub(super) message: String,
}

/// `entity` of a put.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Entity {
    pub(super) key_attributes: BTreeMap<String, String>,
    pub(super) attributes: BTreeMap<String, String>,
}

/// Which events of a put that is right in itself are refused for their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Exclusive end of those over 14 days old.
    pub(super) too_old_end: Option<usize>,
    /// Exclusive end of those older than the retention.
    pub(super) expired_end: Option<usize>,
    /// Inclusive start of those over 2 hours ahead.
    pub(super) too_new_start: Option<usize>,
}

/// Checks a put; `Err` refuses all of it.
pub(super) fn put(
    events: &[PutEvent],
    retention_days: Option<i32>,
    now_millis: i64,
) -> Result<Taken, Failure> {
    if events.is_empty() || events.len() > MAX_EVENTS {
        return Err(Failure::invalid(format!(
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: \
             Member must have length between 1 and {MAX_EVENTS}, inclusive; it has {}",
            events.len()
        )));
    }
    if let Some(at) = events.iter().position(|it| it.message.is_empty() || it.timestamp < 0) {
        return Err(Failure::invalid(format!(
            "1 validation error detected: Value at 'logEvents.{}.member' failed to satisfy \
             constraint: message of at least 1, timestamp of at least 0",
            at + 1
        )));
    }
    let bytes = |event: &PutEvent| event.message.len() + EVENT_OVERHEAD;
    if let Some(event) = events.iter().find(|event| bytes(event) > MAX_BYTES) {
        let message =
            format!("Log event too large: {} bytes exceeds limit of {MAX_BYTES}", bytes(event));
        return Err(Failure::invalid(message));
    }
    let total: usize = events.iter().map(bytes).sum();
    if total > MAX_BYTES {
        let message = format!("Upload too large: {total} bytes exceeds limit of {MAX_BYTES}");
        return Err(Failure::invalid(message));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(Failure::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    if events[events.len() - 1].timestamp - events[0].timestamp > DAY {
        return Err(Failure::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 \
             hours.",
        ));
    }
    let before = |limit: i64| events.partition_point(|event| event.timestamp < limit);
    let some = |end: usize| (end > 0).then_some(end);
    let retention = retention_days.map_or(0, |days| now_millis - i64::from(days) * DAY);
    let new_start = before(now_millis + 2 * HOUR + 1);
    Ok(Taken {
        too_old_end: some(before(now_millis - 14 * DAY)),
        expired_end: some(before(retention)),
        too_new_start: (new_start < events.len()).then_some(new_start),
    })
}

/// Why an entity is refused; its events are taken nevertheless.
pub(super) fn entity(entity: &Entity) -> Option<&'static str> {
    let within =
        |map: &BTreeMap<String, String>, key: usize, count: std::ops::RangeInclusive<usize>| {
            count.contains(&map.len())
                && map.iter().all(|(name, value)| {
                    (1..=key).contains(&name.chars().count())
                        && (1..=512).contains(&value.chars().count())
                })
        };
    const KEYS: [&str; 5] = ["Type", "ResourceType", "Identifier", "Name", "Environment"];
    let keys = &entity.key_attributes;
    if !within(keys, 32, 2..=4) || !keys.keys().all(|key| KEYS.contains(&key.as_str())) {
        return Some("InvalidKeyAttributes");
    }
    match keys.get("Type").map(String::as_str) {
        Some("Service") if !keys.contains_key("Name") => Some("MissingRequiredFields"),
        Some("Service" | "RemoteService" | "Resource" | "AWS::Resource" | "AWS::Service") => {
            (!within(&entity.attributes, 256, 0..=10)).then_some("InvalidAttributes")
        }
        Some(_) => Some("InvalidTypeValue"),
        None => Some("MissingRequiredFields"),
    }
}

/// Checks a group's name.
pub(super) fn group_name(name: &str) -> Result<(), Failure> {
    let allowed = |it: char| it.is_ascii_alphanumeric() || ".-_/#".contains(it);
    let ok =
        (1..=512).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with("aws/");
    if ok { Ok(()) } else { Err(refused("logGroupName", name, "[\\.\\-_/#A-Za-z0-9]+, 1 to 512")) }
}

/// Checks a stream's name.
pub(super) fn stream_name(name: &str) -> Result<(), Failure> {
    let ok = (1..=512).contains(&name.chars().count()) && !name.contains([':', '*']);
    if ok { Ok(()) } else { Err(refused("logStreamName", name, "[^:*]*, 1 to 512")) }
}

/// Checks a retention.
pub(super) fn retention(days: i32) -> Result<(), Failure> {
    let ok = RETENTION_DAYS.contains(&days);
    if ok { Ok(()) } else { Err(refused("retentionInDays", &days.to_string(), "the valid set")) }
}

/// Checks tags as a request gives them.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Result<(), Failure> {
    let allowed = |text: &str| {
        text.chars().all(|it| it.is_alphanumeric() || it == ' ' || "_.:/=+-@".contains(it))
    };
    for (key, value) in tags {
        let ok = (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && allowed(key)
            && allowed(value)
            && !key.starts_with("aws:");
        if !ok {
            return Err(refused("tags", &format!("{key}={value}"), "128 and 256 characters"));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(refused("tags", &tags.len().to_string(), "at most 50 tags"));
    }
    Ok(())
}

/// Checks a group's tags, old and new together.
pub(super) fn tag_count(tags: &BTreeMap<String, String>) -> Result<(), Failure> {
    if tags.len() > MAX_TAGS {
        let message = format!("The resource can have no more than {MAX_TAGS} tags.");
        return Err(Failure { code: "TooManyTagsException", message });
    }
    Ok(())
}

fn refused(member: &str, value: &str, constraint: &str) -> Failure {
    Failure::invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_363_200_000;

    fn events(times: &[i64]) -> Vec<PutEvent> {
        times.iter().map(|it| PutEvent { timestamp: NOW + it, message: "m".to_owned() }).collect()
    }

    fn event(bytes: usize) -> PutEvent {
        PutEvent { timestamp: NOW, message: "x".repeat(bytes) }
    }

    #[test]
    fn whole_puts_are_refused() {
        let check = |events: &[PutEvent], expected: Option<&str>| {
            let text = put(events, None, NOW).err().map(|it| it.message);
            match expected {
                Some(part) => {
                    assert!(text.as_deref().is_some_and(|it| it.contains(part)), "{text:?}");
                }
                None => assert_eq!(text, None),
            }
        };
        check(&[], Some("logEvents"));
        check(&vec![event(1); 10_000], None);
        check(&vec![event(1); 10_001], Some("logEvents"));
        check(&[event(0)], Some("message"));
        check(&[event(1_048_550)], None);
        check(&[event(1_048_551)], Some("event too large"));
        check(&[event(524_262), event(524_262)], None);
        check(&[event(524_262), event(524_263)], Some("Upload too large"));
        check(&events(&[1, 0]), Some("chronological"));
        check(&events(&[-DAY, 0]), None);
        check(&events(&[-DAY - 1, 0]), Some("24 hours"));
        check(&[PutEvent { timestamp: -1, message: "m".to_owned() }], Some("timestamp"));
    }

    #[test]
    fn single_events_are_refused_for_their_time() {
        let check = |times: &[i64], days: Option<i32>, expected: Taken| {
            assert_eq!(put(&events(times), days, NOW), Ok(expected), "{times:?}");
        };
        let none = Taken::default();
        check(&[0, 2 * HOUR], None, none);
        check(&[0, 2 * HOUR + 1], None, Taken { too_new_start: Some(1), ..none });
        check(&[-14 * DAY], None, none);
        check(&[-14 * DAY - 1, -14 * DAY], None, Taken { too_old_end: Some(1), ..none });
        check(&[-DAY - 1, -DAY], Some(1), Taken { expired_end: Some(1), ..none });
    }

    #[test]
    fn names_are_checked() {
        assert!(group_name("cruddur").is_ok() && group_name("a b").is_err());
        assert!(group_name("aws/x").is_err() && group_name("").is_err());
        assert!(stream_name("a/b c").is_ok() && stream_name("a:b").is_err());
        assert!(retention(14).is_ok() && retention(2).is_err());
    }

    #[test]
    fn an_entity_needs_its_keys() {
        let of = |pairs: &[(&str, &str)]| {
            let keys = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            entity(&Entity { key_attributes: keys.collect(), ..Entity::default() })
        };
        assert_eq!(of(&[("Type", "Service"), ("Name", "x"), ("Environment", "prod")]), None);
        assert_eq!(of(&[("Type", "Service")]), Some("InvalidKeyAttributes"));
        assert_eq!(of(&[("Type", "Service"), ("Nom", "x")]), Some("InvalidKeyAttributes"));
        assert_eq!(of(&[("Type", "Thing"), ("Name", "x")]), Some("InvalidTypeValue"));
    }
}
