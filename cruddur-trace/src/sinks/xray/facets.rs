//! Sorts a span's attributes: those that X-Ray has a field of its own for, and the rest.
//!
//! An attribute leaves here exactly once. A field *takes* what it can show; what no field took
//! goes to annotations and metadata with the rest, so that nothing vanishes because it was of an
//! unexpected type or stood on an unexpected kind of span.

use crate::record::{Attribute, Value};

/// What X-Ray has a field for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Facet {
    Method,
    Url,
    Scheme,
    Host,
    Port,
    Path,
    Query,
    UserAgent,
    ClientAddress,
    PeerAddress,
    ForwardedFor,
    Traced,
    Status,
    ContentLength,
    DbSystem,
    DbStatement,
    DbName,
    DbUser,
    DbUrl,
    DbVersion,
    DbDriverVersion,
    DbPreparation,
    PeerService,
    RpcSystem,
    RpcService,
    RpcMethod,
    AwsService,
    AwsOperation,
    AwsRegion,
    AwsRequestId,
    AwsAccountId,
    AwsTable,
    AwsTables,
    AwsQueue,
    AwsRetries,
    User,
    AnnotationKeys,
    SamplingRule,
    Count,
}

/// The stable and the older OpenTelemetry names, side by side.
fn facet(key: &str) -> Option<Facet> {
    Some(match key {
        "http.request.method" | "http.method" => Facet::Method,
        "url.full" | "http.url" => Facet::Url,
        "url.scheme" | "http.scheme" => Facet::Scheme,
        "server.address" | "net.host.name" | "net.peer.name" | "http.host" => Facet::Host,
        "server.port" | "net.host.port" | "net.peer.port" => Facet::Port,
        "url.path" | "http.target" => Facet::Path,
        "url.query" => Facet::Query,
        "user_agent.original" | "http.user_agent" => Facet::UserAgent,
        "client.address" | "http.client_ip" => Facet::ClientAddress,
        "network.peer.address" | "net.sock.peer.addr" => Facet::PeerAddress,
        "http.request.header.x-forwarded-for" => Facet::ForwardedFor,
        "aws.xray.traced" => Facet::Traced,
        "http.response.status_code" | "http.status_code" => Facet::Status,
        "http.response.body.size"
        | "http.response_content_length"
        | "http.response.header.content-length" => Facet::ContentLength,
        "db.system.name" | "db.system" => Facet::DbSystem,
        "db.query.text" | "db.statement" => Facet::DbStatement,
        "db.namespace" | "db.name" => Facet::DbName,
        "db.user" => Facet::DbUser,
        "db.connection_string" => Facet::DbUrl,
        "db.version" => Facet::DbVersion,
        "db.driver.version" => Facet::DbDriverVersion,
        "db.preparation" => Facet::DbPreparation,
        "service.peer.name" | "peer.service" => Facet::PeerService,
        "rpc.system" | "rpc.system.name" => Facet::RpcSystem,
        "rpc.service" => Facet::RpcService,
        "rpc.method" => Facet::RpcMethod,
        "aws.service" => Facet::AwsService,
        "aws.operation" => Facet::AwsOperation,
        "aws.region" | "cloud.region" => Facet::AwsRegion,
        "aws.request_id" | "aws.requestId" => Facet::AwsRequestId,
        "aws.account_id" | "aws.account.id" | "cloud.account.id" => Facet::AwsAccountId,
        "aws.table_name" | "aws.table.name" => Facet::AwsTable,
        "aws.dynamodb.table_names" => Facet::AwsTables,
        "aws.queue_url" | "aws.queue.url" | "aws.sqs.queue.url" | "messaging.url" => {
            Facet::AwsQueue
        }
        "aws.retries" | "http.request.resend_count" => Facet::AwsRetries,
        "enduser.id" | "user.id" => Facet::User,
        "aws.xray.annotations" => Facet::AnnotationKeys,
        // What the sampler for the OpenTelemetry SDK puts on the root.
        "aws.xray.sampling_rule" => Facet::SamplingRule,
        _ => return None,
    })
}

/// A span's attributes, sorted.
#[derive(Debug)]
pub(crate) struct Facets<'a> {
    slots: [Option<&'a Attribute>; Facet::Count as usize],
    rest: Vec<&'a Attribute>,
}

impl<'a> Facets<'a> {
    pub(crate) fn of(attributes: &'a [Attribute]) -> Self {
        let mut sorted = Self {
            slots: [None; Facet::Count as usize],
            rest: Vec::with_capacity(attributes.len()),
        };
        for attribute in attributes {
            match facet(&attribute.key) {
                Some(facet) if sorted.slots[facet as usize].is_none() => {
                    sorted.slots[facet as usize] = Some(attribute);
                }
                _ => sorted.rest.push(attribute),
            }
        }
        sorted
    }

    pub(crate) fn has(&self, facet: Facet) -> bool {
        self.slots[facet as usize].is_some()
    }

    /// Text that stays where it is, for names.
    pub(crate) fn peek_text(&self, facet: Facet) -> Option<&'a str> {
        self.slots[facet as usize].and_then(|it| it.value.as_str()).filter(|text| !text.is_empty())
    }

    pub(crate) fn peek_integer(&self, facet: Facet) -> Option<i64> {
        match &self.slots[facet as usize]?.value {
            Value::I64(number) => Some(*number),
            // Some instrumentation writes header values as they come.
            Value::Str(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Text for a field that holds at most this many characters; longer text is also left for the
    /// metadata, whole.
    pub(crate) fn take_text(&mut self, facet: Facet, max_chars: usize) -> Option<&'a str> {
        let text = self.peek_text(facet)?;
        let shown = crate::record::text::first_chars(text, max_chars);
        if shown.len() == text.len() {
            self.slots[facet as usize] = None;
        }
        Some(shown)
    }

    pub(crate) fn take_integer(&mut self, facet: Facet) -> Option<i64> {
        let number = self.peek_integer(facet)?;
        self.slots[facet as usize] = None;
        Some(number)
    }

    pub(crate) fn take_bool(&mut self, facet: Facet) -> Option<bool> {
        let Value::Bool(value) = self.slots[facet as usize]?.value else { return None };
        self.slots[facet as usize] = None;
        Some(value)
    }

    pub(crate) fn take(&mut self, facet: Facet) -> Option<&'a Attribute> {
        self.slots[facet as usize].take()
    }

    /// What no field has taken, in the order of the span as far as it was never known.
    pub(crate) fn into_rest(mut self) -> Vec<&'a Attribute> {
        self.rest.extend(self.slots.into_iter().flatten());
        self.rest
    }
}
