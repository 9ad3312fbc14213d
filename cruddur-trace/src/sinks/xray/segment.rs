//! One span becomes the body of a segment or a subsegment.
//!
//! A body is everything but the id, what ties the document to its trace, and nested subsegments:
//! those are added where the splitter has decided what stands in which document.
//! Source of the fields: "AWS X-Ray segment documents", AWS X-Ray developer guide, read 2026-11.

use std::borrow::Cow;

use crate::record::{Link, Outcome, Sampling, SpanKind, SpanRecord, UnixNanos};
use crate::sampling::xray::wildcard_match;

use super::annotations::{Indexed, write_annotations};
use super::blocks::{self, Flags, field};
use super::caps::Caps;
use super::cause::write_cause;
use super::facets::{Facet, Facets};
use super::json::Json;
use super::metadata::{About, write_metadata};
use super::name::{MAX_FIELD_CHARS, sanitized_name};
use super::service::Service;
use super::settings::XraySettings;

/// Turns spans into bodies; nothing in it changes after it is made.
#[derive(Debug)]
pub(crate) struct Translator {
    service: Service,
    indexed: Indexed,
    dynamic_naming: Option<String>,
    /// Lambda makes the segment of an invocation itself; ours are subsegments of it.
    is_below_lambda: bool,
}

impl Translator {
    pub(crate) fn new(settings: &XraySettings) -> Self {
        Self {
            service: Service::new(settings),
            indexed: Indexed::new(&settings.indexed),
            // A name that is set in so many words is stronger than a pattern, as in AWS's SDKs.
            dynamic_naming: settings
                .dynamic_naming
                .clone()
                .filter(|pattern| !pattern.is_empty() && settings.segment_name.is_none()),
            is_below_lambda: settings.is_lambda(),
        }
    }

    /// Whether a span stands for its service's part of a trace: what it begins, and what came from
    /// elsewhere; but below the segment that Lambda made, everything is a subsegment.
    pub(crate) fn is_segment(&self, span: &SpanRecord) -> bool {
        match (span.parent_id, span.parent_is_remote) {
            (None, _) => true,
            (Some(_), true) => !self.is_below_lambda,
            (Some(_), false) => span.kind == SpanKind::Server,
        }
    }

    /// Appends `,"name":…` and all that follows, without a closing brace.
    pub(crate) fn write_body(
        &self,
        json: &mut Json,
        span: &SpanRecord,
        sampling: &Sampling,
        caps: &Caps,
    ) {
        let is_segment = self.is_segment(span);
        let mut facets = Facets::of(&span.attributes);
        let flags = Flags::of(blocks::status(&facets), span);
        let is_aws_call = !is_segment && blocks::is_aws_call(&facets);
        let is_remote = !is_segment && matches!(span.kind, SpanKind::Client | SpanKind::Producer);
        let name = if is_segment {
            self.segment_name(&facets)
        } else {
            subsegment_name(span, &facets, is_aws_call)
        };
        let by_span = facets.take(Facet::AnnotationKeys);

        json.key("name");
        json.text(&name);
        json.key("start_time");
        json.seconds(span.start);
        if span.outcome == Outcome::Unfinished {
            json.key("in_progress");
            json.boolean(true);
        } else {
            json.key("end_time");
            json.seconds(UnixNanos(span.end.0.max(span.start.0)));
        }
        if is_aws_call || is_remote {
            json.key("namespace");
            json.text(if is_aws_call { "aws" } else { "remote" });
        }
        blocks::write_http(json, &mut facets, is_segment);
        flags.write(json);
        let mut trimmed = write_cause(json, span, is_remote || is_aws_call, caps);
        if is_segment {
            field(json, "user", facets.take_text(Facet::User, MAX_FIELD_CHARS));
            if !self.service.fields.is_empty() {
                json.verbatim(&self.service.fields);
            }
            let rule = facets.take_text(Facet::SamplingRule, MAX_FIELD_CHARS);
            self.write_segment_aws(json, sampling.xray_rule.as_deref().or(rule));
        } else if is_aws_call {
            blocks::write_aws_call(json, &mut facets);
        }
        // X-Ray documents `sql` for subsegments only; on a segment the attributes are metadata.
        if !is_segment {
            trimmed += blocks::write_sql(json, &mut facets, caps);
        }
        trimmed += write_links(json, &span.links, caps);

        let mut rest = facets.into_rest();
        write_annotations(json, &mut rest, &self.indexed, by_span, caps);
        let namespaces: &[u8] = if is_segment { &self.service.metadata } else { &[] };
        let about = About { span, shown_name: &name, trimmed, namespaces };
        write_metadata(json, &rest, &about, caps);
    }

    /// The service's name, or the host's where that matches the pattern of dynamic naming.
    fn segment_name(&self, facets: &Facets<'_>) -> Cow<'_, str> {
        if let (Some(pattern), Some(host)) = (&self.dynamic_naming, facets.peek_text(Facet::Host))
            && wildcard_match(pattern, host)
        {
            return Cow::Owned(sanitized_name(host).into_owned());
        }
        Cow::Borrowed(&self.service.name)
    }

    fn write_segment_aws(&self, json: &mut Json, rule: Option<&str>) {
        json.verbatim(&self.service.open_aws);
        field(json, "sampling_rule_name", rule);
        json.close_object();
        json.close_object();
    }
}

/// What the span calls, for a client's; else the span's own name.
fn subsegment_name<'a>(
    span: &'a SpanRecord,
    facets: &Facets<'a>,
    is_aws_call: bool,
) -> Cow<'a, str> {
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer) && !is_aws_call {
        return sanitized_name(&span.name);
    }
    let text = |facet| facets.peek_text(facet);
    let remote =
        if is_aws_call { text(Facet::AwsService).or(text(Facet::RpcService)) } else { None };
    let remote = remote.or_else(|| text(Facet::PeerService));
    if let Some(name) = remote {
        return sanitized_name(name);
    }
    if text(Facet::DbSystem).is_some() {
        return match (text(Facet::DbName), text(Facet::Host)) {
            (Some(name), Some(host)) => {
                Cow::Owned(sanitized_name(&format!("{name}@{host}")).into_owned())
            }
            (Some(name), None) | (None, Some(name)) => sanitized_name(name),
            (None, None) => sanitized_name(&span.name),
        };
    }
    let of_url = || text(Facet::Url).and_then(host_of);
    let remote = text(Facet::RpcService).or_else(|| text(Facet::Host)).or_else(of_url);
    sanitized_name(remote.unwrap_or(&span.name))
}

/// The host of an absolute URL.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => host.split(':').next()?,
    };
    Some(host).filter(|host| !host.is_empty())
}

/// Writes links; gives how many were left out, with their attributes.
fn write_links(json: &mut Json, links: &[Link], caps: &Caps) -> u64 {
    let shown = links.len().min(caps.links);
    let mut trimmed = (links.len() - shown) as u64;
    if shown == 0 {
        return trimmed;
    }
    json.key("links");
    json.open_array();
    for link in &links[..shown] {
        json.open_object();
        json.key("trace_id");
        json.xray_trace_id(link.trace_id.bits());
        json.key("id");
        json.hex(u128::from(link.span_id.bits()), 16);
        if !link.attributes.is_empty() {
            json.key("attributes");
            json.open_object();
            for attribute in &link.attributes {
                if attribute.value.size_bytes() > caps.value_bytes {
                    trimmed += 1;
                    continue;
                }
                json.key(crate::record::text::first_chars(&attribute.key, 500));
                json.value(&attribute.value);
            }
            json.close_object();
        }
        json.close_object();
    }
    json.close_array();
    trimmed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_urls() {
        let check = |url: &str, expected: Option<&str>| assert_eq!(host_of(url), expected, "{url}");
        check("https://api.example.com:8443/v1?x=1", Some("api.example.com"));
        check("http://user:pw@host/", Some("host"));
        check("http://[::1]:80/", Some("::1"));
        check("/only/a/path", None);
        check("http:///x", None);
    }
}
