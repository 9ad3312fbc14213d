//! A request's headers, read in one pass.
//!
//! A dozen headers matter to the layer, and most requests have few of them: looking at each header
//! once costs a third of asking the map for each name, which hashes the name every time. What comes
//! more than once is read from the map itself, so that nothing is decided here.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::propagation::{Extract, Field};

const FIELDS: usize = Field::ALL.len();

/// The first value of each header that the layer knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    all: &'a HeaderMap,
    context: [Option<&'a HeaderValue>; FIELDS],
    /// Context fields that came more than once, a bit each.
    repeated: u16,
    pub(crate) accept: Option<&'a HeaderValue>,
    pub(crate) content_length: Option<&'a HeaderValue>,
    pub(crate) content_type: Option<&'a HeaderValue>,
    pub(crate) host: Option<&'a HeaderValue>,
    pub(crate) origin: Option<&'a HeaderValue>,
    pub(crate) request_id: Option<&'a HeaderValue>,
    pub(crate) transfer_encoding: Option<&'a HeaderValue>,
    pub(crate) user_agent: Option<&'a HeaderValue>,
}

impl<'a> Head<'a> {
    /// `request_id` is the header that carries the request's id.
    #[inline]
    pub(crate) fn of(all: &'a HeaderMap, request_id: Option<&HeaderName>) -> Self {
        let mut head = Self {
            all,
            context: [None; FIELDS],
            repeated: 0,
            accept: None,
            content_length: None,
            content_type: None,
            host: None,
            origin: None,
            request_id: None,
            transfer_encoding: None,
            user_agent: None,
        };
        let request_id = request_id.map_or("", HeaderName::as_str);
        for (name, value) in all {
            let name = name.as_str();
            if name == request_id {
                head.request_id.get_or_insert(value);
            }
            let first = match name {
                "accept" => &mut head.accept,
                "content-length" => &mut head.content_length,
                "content-type" => &mut head.content_type,
                "host" => &mut head.host,
                "origin" => &mut head.origin,
                "transfer-encoding" => &mut head.transfer_encoding,
                "user-agent" => &mut head.user_agent,
                _ => {
                    if let Some(field) = Field::of_name(name) {
                        head.add_context(field, value);
                    }
                    continue;
                }
            };
            first.get_or_insert(value);
        }
        head
    }

    fn add_context(&mut self, field: Field, value: &'a HeaderValue) {
        let at = field as usize;
        if self.context[at].replace(value).is_some() {
            self.repeated |= 1 << at;
        }
    }
}

impl Extract for Head<'_> {
    fn each(&self, field: Field, visit: &mut dyn FnMut(&[u8])) {
        let at = field as usize;
        if self.repeated & 1 << at != 0 {
            self.all.each(field, visit);
        } else if let Some(value) = self.context[at] {
            visit(value.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(carrier: &dyn Extract, field: Field) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        carrier.each(field, &mut |value| values.push(value.to_vec()));
        values
    }

    #[test]
    fn it_gives_what_the_map_gives() {
        let mut map = HeaderMap::new();
        for (name, value) in [
            ("Host", "a"),
            ("host", "b"),
            ("tracestate", "a=1"),
            ("traceparent", "00-1"),
            ("tracestate", "b=2"),
            ("x-amzn-trace-id", "Root=1"),
            ("X-Request-Id", "r-1"),
            ("baggage", "k=v"),
            ("b3", "0"),
            ("x-b3-traceid", "1"),
            ("x-b3-spanid", "2"),
            ("x-b3-sampled", "3"),
            ("x-b3-flags", "4"),
        ] {
            map.append(name.parse::<HeaderName>().expect("a name"), value.parse().expect("valid"));
        }
        let id: HeaderName = "x-request-id".parse().expect("a name");
        let head = Head::of(&map, Some(&id));
        for field in Field::ALL {
            assert_eq!(all(&head, field), all(&map, field), "{field:?}");
            assert!(!all(&head, field).is_empty(), "{field:?}");
        }
        assert_eq!(head.host, map.get("host"));
        assert_eq!(head.request_id, map.get(&id));
        assert_eq!(head.origin, None);
    }

    #[test]
    fn a_context_header_may_be_the_request_id() {
        let map = HeaderMap::from_iter([(
            HeaderName::from_static("x-amzn-trace-id"),
            HeaderValue::from_static("Root=1"),
        )]);
        let head = Head::of(&map, Some(&HeaderName::from_static("x-amzn-trace-id")));
        assert_eq!(head.request_id, map.get("x-amzn-trace-id"));
        assert_eq!(all(&head, Field::Xray), [b"Root=1"]);
    }
}
