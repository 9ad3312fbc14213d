//! A request in OpenTelemetry's words: the attributes of its span.
//!
//! Source: semantic conventions 1.42, HTTP server spans (stable), read 2026-11. Every value is copied
//! into the trace's buffer, so that nothing is allocated.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, Request, Version};

use super::address::{self, with_ip_text};
use super::forwarded::{self, Forwarded};
use super::head::Head;
use super::headers;
use super::method::OTHER;
use super::options::Settings;
use crate::sampling::RequestFacts;
use crate::span::Root;

/// What is read of a request once, for the sampler, the span and the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) method: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) host: Option<(&'a str, Option<u16>)>,
    pub(crate) peer: Option<SocketAddr>,
    forwarded: Forwarded<'a>,
}

impl<'a> Seen<'a> {
    pub(crate) fn of<B>(settings: &Settings, request: &'a Request<B>, head: &Head<'a>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let peer = address::peer(request.extensions());
        let forwarded = match settings.trusted.is_empty() {
            true => Forwarded::default(),
            false => forwarded::read(headers, peer, &settings.trusted),
        };
        let in_uri = || uri.scheme_str().and_then(forwarded::known_scheme);
        Self {
            method: settings.methods.name(request.method().as_str()),
            scheme: forwarded.scheme.or_else(in_uri).unwrap_or(settings.scheme),
            host: address::host(uri, head.host, &forwarded),
            peer,
            forwarded,
        }
    }

    pub(crate) fn facts<B>(&self, request: &'a Request<B>) -> RequestFacts<'a> {
        let host = self.host.map_or("", |(host, _)| host);
        RequestFacts::new(self.method, request.uri().path(), host, self.scheme)
    }

    /// The client's address as far as it is known.
    pub(crate) fn client(&self) -> Option<std::net::IpAddr> {
        self.forwarded.client.or_else(|| self.peer.map(|peer| peer.ip()))
    }

    /// Sets all attributes that are known before the request is handled.
    pub(crate) fn describe<B>(
        &self,
        root: &mut Root,
        settings: &Settings,
        request: &Request<B>,
        head: &Head<'_>,
    ) {
        let uri = request.uri();
        root.set_word("http.request.method", self.method);
        if self.method == OTHER {
            root.set_text("http.request.method_original", request.method().as_str());
        }
        root.set_text("url.path", uri.path());
        root.set_word("url.scheme", self.scheme);
        if let Some(text) = uri.query().filter(|text| !text.is_empty()) {
            root.set_query("url.query", text);
        }
        if let Some((host, port)) = self.host {
            root.set_text("server.address", host);
            let usual = if matches!(self.scheme, "https" | "wss") { 443 } else { 80 };
            root.set_integer("server.port", i64::from(port.unwrap_or(usual)));
        }
        if let Some(client) = self.client() {
            with_ip_text(client, |text| root.set_text("client.address", text));
        }
        if let Some(peer) = self.peer {
            with_ip_text(peer.ip(), |text| root.set_text("network.peer.address", text));
            root.set_integer("network.peer.port", i64::from(peer.port()));
        }
        if let Some(version) = protocol_version(request.version()) {
            root.set_word("network.protocol.version", version);
        }
        if let Some(agent) = head.user_agent {
            match agent.to_str() {
                Ok(text) => root.set_text("user_agent.original", text),
                Err(_) => {
                    let text = String::from_utf8_lossy(agent.as_bytes());
                    root.set_text("user_agent.original", &text);
                }
            }
        }
        headers::capture(root, request.headers(), &settings.request_headers);
    }
}

/// `1.1`, `2`, and so on.
pub(crate) fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// Whether a message of this content type is gRPC; `application/grpc-web` has its trailers in the
/// body and is none.
pub(crate) fn is_grpc(content_type: &HeaderValue) -> bool {
    let rest = content_type.as_bytes().strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| rest.first().is_none_or(|next| b"+; ".contains(next)))
}

/// The status of a gRPC call, from headers or trailers.
pub(crate) fn grpc_status(headers: &HeaderMap) -> Option<i64> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// A header's value as a number, such as a length.
pub(crate) fn number(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

/// Whether a gRPC status is the server's fault.
/// Source: semantic conventions 1.42, gRPC, span status of servers, read 2026-11.
pub(crate) fn is_grpc_fault(status: i64) -> bool {
    // Unknown, deadline exceeded, unimplemented, internal, unavailable, data loss.
    matches!(status, 2 | 4 | 12 | 13 | 14 | 15)
}
