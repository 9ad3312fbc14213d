//! Rollbar items: occurrences grouped as Rollbar groups them (`group`), bounded by count and by
//! bytes; and how the next requests are to be answered (`demand`).

mod demand;
mod group;

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use serde::Serialize;
use serde_json::Value;

use super::lock;
use super::value::json_bytes;
pub(crate) use demand::Demand;
use demand::Demands;
use group::{group, title, trace_id};

const MAX_OCCURRENCES: usize = 5_000;
const MAX_BYTES: usize = 64 << 20;
const MAX_DEPLOYS: usize = 100;
const MAX_UUIDS: usize = 50_000;
/// Items that stay listed after their last occurrence was dropped.
const MAX_ITEMS: usize = 1_000;

/// All items.
#[derive(Default)]
pub(crate) struct Errors(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    items: Vec<Item>,
    occurrences: VecDeque<Occurrence>,
    bytes: usize,
    uuids: HashSet<String>,
    uuid_order: VecDeque<String>,
    deploys: VecDeque<Deploy>,
    next_deploy: u64,
    demands: Demands,
    counts: Counts,
}

/// What arrived.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: u64,
    pub(crate) on_demand: u64,
}

/// Occurrences of what Rollbar takes for one failure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Item {
    /// 16 hexadecimal digits, made of what groups it.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) level: String,
    pub(crate) environment: String,
    pub(crate) context: Option<String>,
    pub(crate) count: u64,
    /// Nanoseconds since 1970, as received.
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) last_uuid: String,
    pub(crate) last_trace_id: Option<String>,
}

/// One item payload.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Occurrence {
    pub(crate) uuid: String,
    pub(crate) item: String,
    pub(crate) received: u64,
    pub(crate) bytes: usize,
    pub(crate) trace_id: Option<String>,
    pub(crate) data: Value,
    /// The request's body as it was received, without the access token.
    pub(crate) raw: String,
}

impl Occurrence {
    /// What it counts as in the store's bound, about.
    fn held_bytes(&self) -> usize {
        self.bytes.max(json_bytes(&self.data)) + self.raw.len()
    }
}

/// A deploy that was told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Deploy {
    pub(crate) environment: String,
    pub(crate) revision: String,
    pub(crate) local_username: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) time: u64,
}

/// What became of a payload.
pub(crate) enum Taken {
    New(String),
    /// Its uuid is known: discarded.
    Duplicate,
}

impl Errors {
    /// Takes a payload that the receiver has checked.
    pub(crate) fn add(&self, mut payload: Value, raw: String, bytes: usize, now: u64) -> Taken {
        let raw = match payload["access_token"].as_str() {
            Some(token) if !token.is_empty() => raw.replace(token, "…"),
            _ => raw,
        };
        let data = payload["data"].take();
        let ring = &mut *lock(&self.0);
        let uuid = match data["uuid"].as_str() {
            Some(uuid) => uuid.to_owned(),
            None => format!("unnamed-{}", ring.counts.accepted),
        };
        if !ring.uuids.insert(uuid.clone()) {
            ring.counts.duplicates += 1;
            return Taken::Duplicate;
        }
        ring.uuid_order.push_back(uuid.clone());
        if ring.uuid_order.len() > MAX_UUIDS
            && let Some(oldest) = ring.uuid_order.pop_front()
        {
            ring.uuids.remove(&oldest);
        }
        ring.counts.accepted += 1;
        let trace_id = trace_id(&data);
        let id = group(&data);
        ring.count(&id, &data, &uuid, trace_id.as_deref(), now);
        let occurrence =
            Occurrence { uuid: uuid.clone(), item: id, received: now, bytes, trace_id, data, raw };
        ring.bytes += occurrence.held_bytes();
        ring.occurrences.push_back(occurrence);
        while ring.occurrences.len() > MAX_OCCURRENCES
            || (ring.bytes > MAX_BYTES && ring.occurrences.len() > 1)
        {
            let Some(oldest) = ring.occurrences.pop_front() else { break };
            ring.bytes -= oldest.held_bytes();
        }
        Taken::New(uuid)
    }

    /// Counts a payload that was refused.
    pub(crate) fn refuse(&self) {
        lock(&self.0).counts.refused += 1;
    }

    /// Says how to answer requests from now on, after those that were told before.
    ///
    /// # Errors
    ///
    /// Why that can't be done.
    pub(crate) fn demand(&self, demand: Demand) -> Result<(), &'static str> {
        lock(&self.0).demands.push(demand)
    }

    /// How this request is to be answered, if somebody said so.
    pub(crate) fn demanded(&self) -> Option<Demand> {
        let mut ring = lock(&self.0);
        let demand = ring.demands.next()?;
        ring.counts.on_demand += 1;
        Some(demand)
    }

    /// Takes a deploy and gives its number.
    pub(crate) fn deploy(&self, deploy: Deploy) -> u64 {
        let mut ring = lock(&self.0);
        if ring.deploys.len() == MAX_DEPLOYS {
            ring.deploys.pop_front();
        }
        ring.deploys.push_back(deploy);
        ring.next_deploy += 1;
        ring.next_deploy
    }

    /// Items, the latest first; the counters; deploys, the latest first.
    pub(crate) fn list(&self) -> (Vec<Item>, Counts, Vec<Deploy>) {
        let ring = lock(&self.0);
        let mut items = ring.items.clone();
        items.sort_by_key(|it| std::cmp::Reverse(it.last));
        (items, ring.counts, ring.deploys.iter().rev().cloned().collect())
    }

    /// The occurrences that `wanted` picks, the latest first.
    pub(crate) fn occurrences(&self, wanted: impl Fn(&Occurrence) -> bool) -> Vec<Occurrence> {
        let ring = lock(&self.0);
        ring.occurrences.iter().rev().filter(|it| wanted(it)).take(100).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *lock(&self.0) = Ring::default();
    }
}

impl Ring {
    fn count(&mut self, id: &str, data: &Value, uuid: &str, trace_id: Option<&str>, now: u64) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let at = self.items.iter().position(|it| it.id == id).unwrap_or_else(|| {
            if self.items.len() == MAX_ITEMS {
                self.items.remove(0);
            }
            self.items.push(Item {
                id: id.to_owned(),
                title: title(data),
                level: String::new(),
                environment: text(&data["environment"]),
                context: None,
                count: 0,
                first: now,
                last: now,
                last_uuid: String::new(),
                last_trace_id: None,
            });
            self.items.len() - 1
        });
        let item = &mut self.items[at];
        item.level = data["level"].as_str().unwrap_or("error").to_owned();
        item.context = data["context"].as_str().map(str::to_owned);
        item.count += 1;
        item.last = now;
        uuid.clone_into(&mut item.last_uuid);
        item.last_trace_id = trace_id.map(str::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn payload(uuid: &str, file: &str, line: u32, message: &str) -> Value {
        json!({ "data": {
            "environment": "test", "uuid": uuid,
            "server": { "root": "/app/" },
            "body": { "trace": {
                "frames": [{ "filename": file, "lineno": line, "method": "f" }],
                "exception": { "class": "E", "message": message },
            } },
        } })
    }

    #[test]
    fn occurrences_group_by_frames_and_class_alone() {
        let errors = Errors::default();
        errors.add(payload("1", "src/a.rs", 1, "one"), String::new(), 10, 1);
        errors.add(payload("2", "/app/src/a.rs", 2, "two"), String::new(), 10, 2);
        errors.add(payload("3", "src/b.rs", 1, "one"), String::new(), 10, 3);
        assert!(matches!(
            errors.add(payload("3", "src/b.rs", 1, "x"), String::new(), 10, 4),
            Taken::Duplicate
        ));
        let (items, counts, _) = errors.list();
        let seen: Vec<_> = items.iter().map(|it| (it.count, it.title.as_str())).collect();
        assert_eq!(seen, [(1, "E: one"), (2, "E: one")]);
        assert_eq!((counts.accepted, counts.duplicates), (3, 1));
    }

    #[test]
    fn the_body_is_kept_as_received_but_for_the_token() {
        let errors = Errors::default();
        let mut sent = payload("1", "a", 1, "x");
        sent["access_token"] = json!("s3cret-token");
        let raw = format!("{sent:#}");
        errors.add(sent, raw.clone(), raw.len(), 1);
        let kept = errors.occurrences(|_| true).remove(0).raw;
        assert_eq!(kept, raw.replace("s3cret-token", "…"));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let errors = Errors::default();
        for number in 0..100 {
            errors.add(
                payload(&number.to_string(), "a", 1, "x"),
                String::new(),
                MAX_BYTES / 10,
                number,
            );
        }
        assert_eq!(errors.occurrences(|_| true).len(), 10);
        assert_eq!(errors.list().0[0].count, 100);
    }
}
