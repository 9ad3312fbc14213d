//! Log records received over OTLP, oldest first, bounded by count and by bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::lock;
use super::span::Sender;
use super::value::{Attributes, Key, Keys, Object, Value, attributes_bytes, hex};
use crate::time::rfc3339;

const MAX_RECORDS: usize = 50_000;
const MAX_BYTES: usize = 64 << 20;

/// All log records.
#[derive(Default)]
pub(crate) struct Logs(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    records: VecDeque<Record>,
    keys: Keys,
    bytes: usize,
    next: u64,
}

/// One log record.
pub(crate) struct Record {
    /// Its number, counted from the start.
    pub(crate) sequence: u64,
    /// Nanoseconds since 1970.
    pub(crate) time: u64,
    pub(crate) severity: Key,
    pub(crate) severity_number: i32,
    pub(crate) body: Value,
    /// All zero: none.
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
    pub(crate) event_name: Key,
    pub(crate) attributes: Attributes,
    pub(crate) sender: Arc<Sender>,
}

impl Logs {
    /// Takes the records of one request and gives how many it refused.
    pub(crate) fn add(&self, request: ExportLogsServiceRequest, now: u64) -> i64 {
        let ring = &mut *lock(&self.0);
        let mut refused = 0;
        for resource_logs in request.resource_logs {
            let resource =
                ring.keys.attributes(resource_logs.resource.unwrap_or_default().attributes);
            for scope_logs in resource_logs.scope_logs {
                let sender =
                    Arc::new(Sender::new(&mut ring.keys, resource.clone(), scope_logs.scope));
                for sent in scope_logs.log_records {
                    match ring.record(&sender, sent, now) {
                        Some(record) => ring.push(record),
                        None => refused += 1,
                    }
                }
            }
        }
        refused
    }

    /// Lets a reader look at the records, newest first.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&mut dyn Iterator<Item = &Record>) -> T) -> T {
        look(&mut lock(&self.0).records.iter().rev())
    }

    pub(crate) fn clear(&self) {
        let mut ring = lock(&self.0);
        let next = ring.next;
        *ring = Ring { next, ..Ring::default() };
    }
}

impl Ring {
    fn record(&mut self, sender: &Arc<Sender>, sent: LogRecord, now: u64) -> Option<Record> {
        let time =
            [sent.time_unix_nano, sent.observed_time_unix_nano].into_iter().find(|time| *time > 0);
        self.next += 1;
        Some(Record {
            sequence: self.next,
            time: time.unwrap_or(now),
            severity: self.keys.share(&sent.severity_text),
            severity_number: sent.severity_number,
            body: self.keys.value(sent.body, 0),
            trace_id: id(&sent.trace_id)?,
            span_id: id(&sent.span_id)?,
            event_name: self.keys.share(&sent.event_name),
            attributes: self.keys.attributes(sent.attributes),
            sender: Arc::clone(sender),
        })
    }

    fn push(&mut self, record: Record) {
        self.bytes += record.bytes();
        self.records.push_back(record);
        while self.records.len() > MAX_RECORDS || (self.bytes > MAX_BYTES && self.records.len() > 1)
        {
            let Some(oldest) = self.records.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

/// No id is all zero; an id of another length is a fault.
fn id<const N: usize>(sent: &[u8]) -> Option<[u8; N]> {
    if sent.is_empty() { Some([0; N]) } else { sent.try_into().ok() }
}

impl Record {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.body.bytes() + attributes_bytes(&self.attributes)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sequence", &self.sequence)?;
        map.serialize_entry("time", &rfc3339(self.time))?;
        map.serialize_entry("severity", &*self.severity)?;
        map.serialize_entry("severity_number", &self.severity_number)?;
        map.serialize_entry("body", &self.body)?;
        map.serialize_entry("trace_id", &(self.trace_id != [0; 16]).then(|| hex(&self.trace_id)))?;
        map.serialize_entry("span_id", &(self.span_id != [0; 8]).then(|| hex(&self.span_id)))?;
        map.serialize_entry("event_name", &*self.event_name)?;
        map.serialize_entry("service", &*self.sender.service)?;
        map.serialize_entry("scope", &*self.sender.scope)?;
        map.serialize_entry("attributes", &Object(&self.attributes))?;
        map.serialize_entry("resource", &Object(&self.sender.resource))?;
        map.end()
    }
}
