//! The `aws` block of a call to an AWS service.

use super::field;
use crate::record::Value;
use crate::record::text::first_chars;
use crate::sinks::xray::facets::{Facet, Facets};
use crate::sinks::xray::json::Json;
use crate::sinks::xray::name::MAX_FIELD_CHARS;

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
