//! Log groups with their streams and events: what the CloudWatch Logs stand-in keeps.
//!
//! Plain data behind the receiver's lock; bounded: the oldest events of the fullest stream go first.
//! Validation belongs to `receivers::cloudwatch_logs`, and reading for the page to `store::logs`.

use std::collections::{BTreeMap, VecDeque};

/// Bytes of events kept over all groups; a developer's day of lines.
const MAX_BYTES: usize = 64 * 1_048_576;
/// Most groups, and most streams of all of them: their names are never forgotten by themselves.
const MAX_GROUPS: usize = 1_000;
const MAX_STREAMS: usize = 20_000;

/// All groups, by name.
#[derive(Debug, Default)]
pub(crate) struct LogGroups {
    groups: BTreeMap<String, LogGroup>,
    bytes: usize,
    next_event: u64,
}

/// One group.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogGroup {
    /// When it was made, in milliseconds since 1970.
    pub(crate) created_millis: i64,
    /// Days that events are kept; `None` is for ever.
    pub(crate) retention_days: Option<i32>,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Its streams, by name.
    pub(crate) streams: BTreeMap<String, LogStream>,
}

/// One stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogStream {
    /// When it was made, in milliseconds since 1970.
    pub(crate) created_millis: i64,
    /// When something was put last, in milliseconds since 1970.
    pub(crate) ingested_millis: Option<i64>,
    /// In the order of their times.
    pub(crate) events: VecDeque<LogEvent>,
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct LogEvent {
    /// Counts up in this store; a page of answers goes on after one.
    pub(crate) id: u64,
    /// When it happened, in milliseconds since 1970.
    pub(crate) time_millis: i64,
    /// When it arrived, in milliseconds since 1970.
    pub(crate) ingested_millis: i64,
    /// What it says.
    pub(crate) message: String,
}

impl LogEvent {
    /// About what it takes in memory.
    fn held_bytes(&self) -> usize {
        size_of::<Self>() + self.message.len()
    }
}

impl LogGroups {
    /// Whether there is room for one more group.
    pub(crate) fn has_room_for_group(&self) -> bool {
        self.groups.len() < MAX_GROUPS
    }

    /// Whether there is room for one more stream in any of the groups.
    pub(crate) fn has_room_for_stream(&self) -> bool {
        self.groups.values().map(|group| group.streams.len()).sum::<usize>() < MAX_STREAMS
    }

    /// All groups in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &LogGroup)> {
        self.groups.iter()
    }

    /// The group of this name.
    #[must_use]
    pub(crate) fn group(&self, name: &str) -> Option<&LogGroup> {
        self.groups.get(name)
    }

    /// The group of this name, to be changed.
    pub(crate) fn group_mut(&mut self, name: &str) -> Option<&mut LogGroup> {
        self.groups.get_mut(name)
    }

    /// Makes a group; `false` if there is one.
    pub(crate) fn add_group(&mut self, name: &str, group: LogGroup) -> bool {
        if self.groups.contains_key(name) {
            return false;
        }
        self.groups.insert(name.to_owned(), group);
        true
    }

    /// Forgets all events; groups and streams stay, since their writers count on them.
    pub(crate) fn clear(&mut self) {
        for stream in self.groups.values_mut().flat_map(|group| group.streams.values_mut()) {
            stream.events.clear();
        }
        self.bytes = 0;
    }

    /// Removes a group with all its streams; `false` if there is none.
    pub(crate) fn remove_group(&mut self, name: &str) -> bool {
        let removed = self.groups.remove(name);
        for stream in removed.iter().flat_map(|group| group.streams.values()) {
            self.bytes -= stream.held_bytes();
        }
        removed.is_some()
    }

    /// Removes a stream; `false` if there is none.
    pub(crate) fn remove_stream(&mut self, group: &str, name: &str) -> bool {
        let removed = self.groups.get_mut(group).and_then(|group| group.streams.remove(name));
        self.bytes -= removed.as_ref().map_or(0, LogStream::held_bytes);
        removed.is_some()
    }

    /// Adds events, each a time and a message, to a stream; `false` if there is no such stream.
    pub(crate) fn put(
        &mut self,
        group: &str,
        stream: &str,
        events: Vec<(i64, String)>,
        now: i64,
    ) -> bool {
        let found = self.groups.get_mut(group).and_then(|group| group.streams.get_mut(stream));
        let Some(stream) = found else { return false };
        stream.ingested_millis = Some(now);
        for (time_millis, message) in events {
            let id = self.next_event;
            self.next_event += 1;
            let at = stream.events.partition_point(|event| event.time_millis <= time_millis);
            let event = LogEvent { id, time_millis, ingested_millis: now, message };
            self.bytes += event.held_bytes();
            stream.events.insert(at, event);
        }
        self.shrink();
        true
    }

    fn shrink(&mut self) {
        while self.bytes > MAX_BYTES {
            let streams = self.groups.values_mut().flat_map(|group| group.streams.values_mut());
            let fullest = streams.max_by_key(|stream| stream.events.len());
            let Some(oldest) = fullest.and_then(|stream| stream.events.pop_front()) else { return };
            self.bytes -= oldest.held_bytes();
        }
    }
}

impl LogStream {
    fn held_bytes(&self) -> usize {
        self.events.iter().map(LogEvent::held_bytes).sum()
    }

    /// Bytes of all its messages.
    #[must_use]
    pub(crate) fn size_bytes(&self) -> usize {
        self.events.iter().map(|event| event.message.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_stream() -> LogGroups {
        let mut groups = LogGroups::default();
        assert!(groups.add_group("g", LogGroup::default()));
        let group = groups.group_mut("g").expect("just made");
        group.streams.insert("s".to_owned(), LogStream::default());
        groups
    }

    #[test]
    fn events_stand_in_the_order_of_their_times() {
        let mut groups = with_stream();
        let event = |time: i64, text: &str| (time, text.to_owned());
        assert!(groups.put("g", "s", vec![event(2, "b"), event(5, "d")], 9));
        assert!(groups.put("g", "s", vec![event(1, "a"), event(2, "c")], 9));
        let messages: String =
            groups.group("g").expect("made")["s"].events.iter().map(|it| &*it.message).collect();
        assert_eq!(messages, "abcd");
    }

    #[test]
    fn the_store_is_bounded_and_counts_what_it_removes() {
        let mut groups = with_stream();
        for _ in 0..70 {
            groups.put("g", "s", vec![(1, "x".repeat(1_048_576))], 9);
        }
        assert!(groups.bytes <= MAX_BYTES);
        assert_eq!(groups.group("g").expect("made")["s"].events.len(), 63);
        // Small events take more than what they say.
        for turn in 0..100 {
            let small = (0..10_000).map(|_| (1 + turn, "x".to_owned())).collect();
            groups.put("g", "s", small, 9);
        }
        let stream = &groups.group("g").expect("made")["s"];
        assert!(groups.bytes <= MAX_BYTES && stream.held_bytes() == groups.bytes);
        assert!(stream.events.len() < MAX_BYTES / size_of::<LogEvent>());
        assert!(groups.remove_group("g"));
        assert_eq!(groups.bytes, 0);
    }

    impl std::ops::Index<&str> for LogGroup {
        type Output = LogStream;

        fn index(&self, name: &str) -> &LogStream {
            &self.streams[name]
        }
    }
}
