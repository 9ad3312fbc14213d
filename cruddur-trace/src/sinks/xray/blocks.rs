//! The `http`, `sql` and `aws` blocks of a document, and the flags that follow from a status.

use crate::record::{SpanRecord, Value};

use super::caps::Caps;
use super::facets::{Facet, Facets};
use super::json::Json;
use super::name::{MAX_FIELD_CHARS, first_bytes, first_chars};

/// How a request ended, in X-Ray's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The client's fault (4xx).
    pub(crate) error: bool,
    /// The client came too often (429); always with `error`.
    pub(crate) throttle: bool,
    /// The server's fault (5xx, or a failure with no status).
    pub(crate) fault: bool,
}

impl Flags {
    /// By the HTTP status whatever the span's own status is; a failure without one is a fault.
    pub(crate) fn of(status: Option<i64>, span: &SpanRecord) -> Self {
        match status {
            Some(429) => Self { error: true, throttle: true, fault: false },
            Some(400..=499) => Self { error: true, ..Self::default() },
            Some(500..=599) => Self { fault: true, ..Self::default() },
            _ => Self { fault: span.is_failure(), ..Self::default() },
        }
    }

    pub(crate) fn write(self, json: &mut Json) {
        for (key, is_set) in
            [("error", self.error), ("throttle", self.throttle), ("fault", self.fault)]
        {
            if is_set {
                json.key(key);
                json.boolean(true);
            }
        }
    }
}

/// Writes a text field if there is one.
pub(crate) fn field(json: &mut Json, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        json.key(key);
        json.text(text);
    }
}

/// The status of an HTTP response, where it is one.
pub(crate) fn status(facets: &Facets<'_>) -> Option<i64> {
    facets.peek_integer(Facet::Status).filter(|status| (100..=599).contains(status))
}

pub(crate) fn write_http(json: &mut Json, facets: &mut Facets<'_>, is_segment: bool) {
    let status = status(facets);
    let is_request = [Facet::Method, Facet::Url, Facet::Path].iter().any(|it| facets.has(*it));
    if !is_request && status.is_none() {
        return;
    }
    json.key("http");
    json.open_object();
    if is_request {
        json.key("request");
        json.open_object();
        write_request(json, facets, is_segment);
        json.close_object();
    }
    let length = facets.peek_integer(Facet::ContentLength).filter(|length| *length >= 0);
    if status.is_some() || length.is_some() {
        json.key("response");
        json.open_object();
        if let Some(status) = status {
            facets.take(Facet::Status);
            json.key("status");
            json.integer(status);
        }
        if let Some(length) = length {
            facets.take(Facet::ContentLength);
            json.key("content_length");
            json.integer(length);
        }
        json.close_object();
    }
    json.close_object();
}

fn write_request(json: &mut Json, facets: &mut Facets<'_>, is_segment: bool) {
    field(json, "method", facets.take_text(Facet::Method, MAX_FIELD_CHARS));
    if facets.peek_text(Facet::Url).is_some() {
        field(json, "url", facets.take_text(Facet::Url, MAX_FIELD_CHARS));
    } else if let Some(url) = composed_url(facets) {
        let shown = first_chars(&url, MAX_FIELD_CHARS);
        field(json, "url", Some(shown));
        if shown.len() == url.len() {
            for part in [Facet::Scheme, Facet::Host, Facet::Port, Facet::Path, Facet::Query] {
                facets.take(part);
            }
        }
    }
    field(json, "user_agent", facets.take_text(Facet::UserAgent, MAX_FIELD_CHARS));
    if is_segment {
        let peer = facets.peek_text(Facet::PeerAddress);
        let client = facets.take_text(Facet::ClientAddress, MAX_FIELD_CHARS);
        let is_forwarded = facets.has(Facet::ForwardedFor)
            || matches!((client, peer), (Some(client), Some(peer)) if client != peer);
        let client = client.or_else(|| facets.take_text(Facet::PeerAddress, MAX_FIELD_CHARS));
        field(json, "client_ip", client);
        if is_forwarded && client.is_some() {
            json.key("x_forwarded_for");
            json.boolean(true);
        }
    } else if let Some(traced) = facets.take_bool(Facet::Traced) {
        json.key("traced");
        json.boolean(traced);
    }
}

/// The URL from its parts, where only those were recorded (as servers do).
fn composed_url(facets: &Facets<'_>) -> Option<String> {
    let path = facets.peek_text(Facet::Path)?;
    let mut url = String::with_capacity(64 + path.len());
    if let Some(host) = facets.peek_text(Facet::Host) {
        url.push_str(facets.peek_text(Facet::Scheme).unwrap_or("http"));
        url.push_str("://");
        // An IPv6 address needs brackets before a port can follow.
        let is_bare_v6 = host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_ok();
        if is_bare_v6 {
            url.push('[');
        }
        url.push_str(host);
        if is_bare_v6 {
            url.push(']');
        }
        if let Some(port) = facets.peek_integer(Facet::Port) {
            url.push(':');
            url.push_str(&port.to_string());
        }
    }
    url.push_str(path);
    if let Some(query) = facets.peek_text(Facet::Query) {
        url.push('?');
        url.push_str(query);
    }
    Some(url)
}

/// Database systems that speak SQL, as OpenTelemetry names them.
fn is_sql(system: &str) -> bool {
    matches!(
        system,
        "other_sql"
            | "sqlite"
            | "postgresql"
            | "mysql"
            | "mariadb"
            | "mssql"
            | "oracle"
            | "db2"
            | "microsoft.sql_server"
            | "oracle.db"
            | "ibm.db2"
            | "cockroachdb"
            | "redshift"
            | "aws.redshift"
            | "h2"
            | "h2database"
            | "hsqldb"
            | "derby"
            | "firebird"
            | "firebirdsql"
            | "clickhouse"
            | "trino"
            | "hive"
            | "teradata"
            | "vertica"
            | "snowflake"
            | "spanner"
            | "gcp.spanner"
    )
}

pub(crate) fn write_sql(json: &mut Json, facets: &mut Facets<'_>, caps: &Caps) -> u64 {
    if !facets.peek_text(Facet::DbSystem).is_some_and(is_sql) {
        return 0;
    }
    let mut trimmed = 0;
    json.key("sql");
    json.open_object();
    let url = facets.peek_text(Facet::DbUrl).is_some();
    if url {
        field(json, "url", facets.take_text(Facet::DbUrl, MAX_FIELD_CHARS));
    } else if let Some(name) = facets.take_text(Facet::DbName, MAX_FIELD_CHARS) {
        let host = facets.peek_text(Facet::Host).map(|host| first_chars(host, MAX_FIELD_CHARS));
        let url = host.map_or_else(|| name.to_owned(), |host| format!("{host}/{name}"));
        field(json, "url", Some(&url));
    }
    if let Some(query) = facets.peek_text(Facet::DbStatement) {
        facets.take(Facet::DbStatement);
        let shown = first_bytes(query, caps.sql_bytes);
        trimmed += u64::from(shown.len() < query.len());
        field(json, "sanitized_query", Some(shown));
    }
    for (key, facet) in [
        ("database_type", Facet::DbSystem),
        ("database_version", Facet::DbVersion),
        ("driver_version", Facet::DbDriverVersion),
        ("user", Facet::DbUser),
        ("preparation", Facet::DbPreparation),
    ] {
        field(json, key, facets.take_text(facet, MAX_FIELD_CHARS));
    }
    json.close_object();
    trimmed
}

/// Whether a span is a call to an AWS service.
pub(crate) fn is_aws_call(facets: &Facets<'_>) -> bool {
    facets.has(Facet::AwsService)
        || facets.has(Facet::AwsOperation)
        || facets.peek_text(Facet::RpcSystem) == Some("aws-api")
}

pub(crate) fn write_aws_call(json: &mut Json, facets: &mut Facets<'_>) {
    json.key("aws");
    json.open_object();
    let operation =
        if facets.has(Facet::AwsOperation) { Facet::AwsOperation } else { Facet::RpcMethod };
    for (key, facet) in [
        ("operation", operation),
        ("region", Facet::AwsRegion),
        ("request_id", Facet::AwsRequestId),
        ("account_id", Facet::AwsAccountId),
        ("table_name", Facet::AwsTable),
        ("queue_url", Facet::AwsQueue),
    ] {
        field(json, key, facets.take_text(facet, MAX_FIELD_CHARS));
    }
    write_tables(json, facets);
    if let Some(retries) = facets.take_integer(Facet::AwsRetries) {
        json.key("retries");
        json.integer(retries);
    }
    json.close_object();
}

/// One table is a name, several are a list; what is neither stays for the metadata.
fn write_tables(json: &mut Json, facets: &mut Facets<'_>) {
    let Some(attribute) = facets.take(Facet::AwsTables) else { return };
    let names: Vec<&str> = match &attribute.value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).take(25).collect(),
        Value::Str(name) => vec![name.as_ref()],
        _ => Vec::new(),
    };
    match names.as_slice() {
        [] => {}
        [name] => field(json, "table_name", Some(first_chars(name, MAX_FIELD_CHARS))),
        several => {
            json.key("table_names");
            json.open_array();
            for name in several {
                json.text(first_chars(name, MAX_FIELD_CHARS));
            }
            json.close_array();
        }
    }
}
