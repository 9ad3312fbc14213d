//! Requests: encoded records under one resource and scope, split by bytes and in halves.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::write::GzEncoder;

use super::ceiling::Ceiling;
use super::{RequestLimits, attributes, proto};
use crate::config::Compression;
use crate::record::Resource;

/// A signal of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// One export request, as bytes.
#[derive(Clone, Debug)]
pub(crate) struct OtlpRequest {
    pub(super) signal: Signal,
    /// The message, compressed if that is asked for.
    pub(super) body: Bytes,
    /// What it was made of, for halving.
    records: Records,
}

/// Encoded records of one resource, one after the other.
#[derive(Clone, Debug)]
struct Records {
    frame: Arc<Frame>,
    bytes: Bytes,
    /// Where each record ends, and how much it counts for.
    ends: Vec<(u32, u32)>,
}

/// What stands around the records.
#[derive(Debug)]
pub(super) struct Frame {
    signal: Signal,
    resource: Vec<u8>,
    scope: Vec<u8>,
    /// Of the resource, and of the scope.
    schema: Vec<u8>,
    compression: Compression,
}

impl Frame {
    pub(super) fn new(signal: Signal, resource: &Resource, compression: Compression) -> Arc<Self> {
        let schema = attributes::schema(resource);
        let (resource, scope) = (attributes::resource(resource), attributes::scope());
        Arc::new(Self { signal, resource, scope, schema, compression })
    }

    pub(super) const fn signal(&self) -> Signal {
        self.signal
    }

    /// `Export…ServiceRequest { resource_… { resource, scope_… { scope, records, schema }, schema } }`:
    /// all three signals have the same numbers.
    fn wrap(&self, records: &[u8]) -> Bytes {
        let field_len = |length: usize| 1 + proto::varint_len(length as u64) + length;
        let scope_part = self.scope.len() + records.len() + self.schema.len();
        let resource_part = self.resource.len() + field_len(scope_part) + self.schema.len();
        let mut out = Vec::with_capacity(field_len(resource_part));
        out.push(1 << 3 | 2);
        proto::varint(&mut out, resource_part as u64);
        out.extend_from_slice(&self.resource);
        out.push(2 << 3 | 2);
        proto::varint(&mut out, scope_part as u64);
        out.extend_from_slice(&self.scope);
        out.extend_from_slice(records);
        out.extend_from_slice(&self.schema);
        out.extend_from_slice(&self.schema);
        match self.compression {
            Compression::None => out.into(),
            Compression::Gzip => gzip(&out).into(),
        }
    }

    /// Bytes that the frame adds to the records, at most.
    fn overhead(&self) -> usize {
        self.resource.len() + self.scope.len() + 2 * self.schema.len() + 32
    }
}

/// Level 1: on telemetry it takes a third of the time of the default and gives a tenth more bytes.
fn gzip(body: &[u8]) -> Vec<u8> {
    let into = Vec::with_capacity(body.len() / 4);
    let mut encoder = GzEncoder::new(into, flate2::Compression::fast());
    // Writing into a vector can't fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// Gathers records into requests that keep under a limit of (uncompressed) bytes.
pub(super) struct Packer {
    frame: Arc<Frame>,
    limits: RequestLimits,
    ceiling: Ceiling,
    bytes: Vec<u8>,
    ends: Vec<(u32, u32)>,
    pub(super) requests: Vec<(OtlpRequest, u64)>,
    /// Records that are larger than the backend takes.
    pub(super) too_large: u64,
}

impl Packer {
    pub(super) fn new(frame: Arc<Frame>, limits: RequestLimits, ceiling: Ceiling) -> Self {
        Self {
            frame,
            limits,
            ceiling,
            bytes: Vec::with_capacity(64 * 1024),
            ends: Vec::new(),
            requests: Vec::new(),
            too_large: 0,
        }
    }

    /// The largest record that can be sent.
    pub(super) fn max_record_bytes(&self) -> usize {
        self.room().min(self.limits.max_record_bytes)
    }

    /// Bytes of records that fit into one request.
    fn room(&self) -> usize {
        self.limits.max_bytes.saturating_sub(self.frame.overhead())
    }

    /// Adds what `write` writes: one record, which counts for `count`.
    pub(super) fn add(&mut self, count: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        write(&mut self.bytes);
        let own = self.bytes.len() - before;
        if own > self.max_record_bytes() {
            self.bytes.truncate(before);
            self.too_large += count;
            return;
        }
        let room = self.room().min(self.ceiling.bytes());
        if self.bytes.len() > room || self.ends.len() >= self.limits.max_records {
            let last = self.bytes.split_off(before);
            self.close();
            self.bytes.extend_from_slice(&last);
        }
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.ends.push((end, u32::try_from(count).unwrap_or(u32::MAX)));
    }

    pub(super) fn close(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(64 * 1024));
        let ends = std::mem::take(&mut self.ends);
        let records = Records { frame: Arc::clone(&self.frame), bytes: bytes.into(), ends };
        self.requests.push(records.into_request());
    }
}

impl Records {
    fn into_request(self) -> (OtlpRequest, u64) {
        let count = self.ends.iter().map(|(_, count)| u64::from(*count)).sum();
        let body = self.frame.wrap(&self.bytes);
        (OtlpRequest { signal: self.frame.signal, body, records: self }, count)
    }
}

impl OtlpRequest {
    /// The message, as it is sent.
    #[cfg(feature = "_encoders")]
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Bytes of its records, before compression.
    pub(super) fn record_bytes(&self) -> usize {
        self.records.bytes.len()
    }

    pub(super) fn can_split(&self) -> bool {
        self.records.ends.len() > 1
    }

    /// Halves, by number of records.
    pub(super) fn split(self) -> Result<[(Self, u64); 2], Self> {
        let Records { frame, bytes, ends } = &self.records;
        let middle = ends.len() / 2;
        if middle == 0 {
            return Err(self);
        }
        let (first, second) = ends.split_at(middle);
        let cut = first.last().map_or(0, |(end, _)| *end);
        let part = |range: Bytes, ends: Vec<(u32, u32)>| {
            Records { frame: Arc::clone(frame), bytes: range, ends }.into_request()
        };
        let moved = second.iter().map(|(end, count)| (end - cut, *count)).collect();
        let (head, tail) = (bytes.slice(..cut as usize), bytes.slice(cut as usize..));
        Ok([part(head, first.to_vec()), part(tail, moved)])
    }
}
