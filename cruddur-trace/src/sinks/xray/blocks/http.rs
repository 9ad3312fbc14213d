//! The `http` block: a request by its URL or its parts, and its response.

use super::{field, status};
use crate::record::text::first_chars;
use crate::sinks::xray::facets::{Facet, Facets};
use crate::sinks::xray::json::Json;
use crate::sinks::xray::name::MAX_FIELD_CHARS;

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
